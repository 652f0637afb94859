"""The forty cases: each has a test that bears its number, and the page lists them all."""

from __future__ import annotations

from pathlib import Path

from evals.runs import ROOT
from evals.suites.hostile import NumberedTest, _outcomes, numbered_tests, run, table
from evals.suites.hostile_cases import CASES

PAGE = ROOT / "docs" / "security-model.md"


def test_every_case_has_a_test_and_every_number_is_a_case() -> None:
    tests = numbered_tests(ROOT / "tests")
    assert {test.case for test in tests} == set(CASES)
    assert list(CASES) == [f"C{number}" for number in range(1, 41)]
    assert run(quick=True)["metrics"]["cases_without_test"] == 0


def test_the_page_lists_every_case_with_its_tests() -> None:
    assert table(numbered_tests(ROOT / "tests")) in PAGE.read_text(encoding="utf-8"), (
        "run `python scripts/security_table.py`"
    )


def test_outcomes_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    bodies = {"a": "pass", "b": "assert 0", "c": "pytest.skip('x')"}
    file.write_text("import pytest\n" + "".join(f"def test_c01_{n}(): {body}\n" for n, body in bodies.items()))
    found = tuple(NumberedTest("C1", f"{tmp_path.name}/test_x.py", f"test_c01_{n}") for n in bodies)
    assert numbered_tests(tmp_path) == found
    assert _outcomes([str(file)]) == {"passed": 1, "failed": 1, "skipped": 1}
