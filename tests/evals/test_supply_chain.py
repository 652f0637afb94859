"""The audit's judgement, its honesty where nobody answers, and what the bill of materials keeps."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from evals.runs import ROOT


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


audit, sbom = script("audit"), script("sbom")
REPORT: dict[str, Any] = {
    "dependencies": [
        {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}]},
        {"name": "b", "version": "1", "vulns": []},
        {"name": "c", "skip_reason": "not found"},
    ]
}


def row(until: date, i: str = "CVE-1") -> dict[str, Any]:
    return {"id": i, "package": "a", "reason": "not used", "until": until}


def test_a_weakness_needs_an_exception_that_holds() -> None:
    found, skipped = audit.parse(REPORT)
    today = date(2026, 8, 7)
    assert skipped == ["c"]
    assert [one.package for one in audit.judged(found, (), today)[0]] == ["a"]
    assert audit.judged(found, (row(date(2027, 1, 1)),), today) == ([], [])
    left, said = audit.judged(found, (row(date(2026, 8, 6)),), today)
    assert len(left) == 1
    assert said == ["exception ran out: CVE-1 (not used)"]
    assert "take it out" in audit.judged([], (row(date(2027, 1, 1)),), today)[1][0]


def test_an_exception_needs_a_reason_and_a_day() -> None:
    with pytest.raises(SystemExit, match="needs id"):
        audit.read_exceptions('[[exception]]\nid = "CVE-1"\npackage = "a"\nuntil = 2027-01-01\n')
    assert all(one["reason"] for one in audit.read_exceptions(audit.EXCEPTIONS.read_text()))


@pytest.mark.parametrize(("required", "code"), [(False, 0), (True, 3)])
def test_a_service_that_knows_nothing_is_no_clean_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], required: bool, code: int
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(audit, "_asked", lambda lines, _service: (asked.append(lines) or [], ["jinja2"]))
    monkeypatch.setattr(sys, "argv", ["audit.py", *(["--required"] if required else [])])
    assert audit.main() == code
    assert capsys.readouterr().out.startswith("NOT AUDITED")
    assert asked == [[audit.WITNESS]], "nothing else is asked of a service that does not answer"


def test_the_bill_holds_what_the_product_needs() -> None:
    names = sbom.needed("vciso-copilot", ("search",))
    assert {"pydantic", "sqlalchemy", "chromadb"} <= names
    assert not {"pytest", "ruff", "mypy", "streamlit"} & names
    bill = {
        "metadata": {"component": {"bom-ref": "root"}},
        "components": [{"name": "Pydantic", "bom-ref": "p"}, {"name": "pytest", "bom-ref": "t"}],
        "dependencies": [{"ref": "root", "dependsOn": ["p", "t"]}, {"ref": "t"}],
    }
    kept = sbom.pruned(bill, names)
    assert [one["name"] for one in kept["components"]] == ["Pydantic"]
    assert kept["dependencies"] == [{"ref": "root", "dependsOn": ["p"]}]
