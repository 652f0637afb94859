"""The framework commands, as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from knowledge import errors
from ui.cli import audit, client, framework
from ui.cli.common import Group
from ui.cli.main import options

Run = Callable[..., Result]

TABLE = "Requirement ID,Title,Text\n1,Doors,\n1.1,Lock,Doors are locked.\n1.2,Shut,\x1b[31mDoors are shut.\n"


@pytest.fixture
def vciso(home: Path) -> Run:
    app = typer.Typer(cls=Group)
    app.callback()(options)
    app.add_typer(framework.app)
    app.add_typer(client.app)
    app.add_typer(audit.app)

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *arguments], env={"COLUMNS": "160"})
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "house.csv"
    file.write_text(TABLE)
    return file


def test_list_shows_packs_with_counts_and_licences(vciso: Run) -> None:
    text = vciso("framework", "list").stdout
    assert "nist-csf-2.0" in text
    assert "106 of 134" in text
    assert "must be bought for its text" in text
    heads = {head["id"]: head for head in json.loads(vciso("framework", "list", "--json").stdout)}
    assert (heads["iso-27001-2022"]["assessable"], heads["iso-27001-2022"]["where"]) == (123, "shipped")


def test_show_a_framework_and_a_requirement_by_usual_names(vciso: Run) -> None:
    tree = vciso("framework", "show", "csf").stdout
    assert "    GV.OC-01  Mission informs" in tree
    shown = vciso("framework", "show", "800-53", "ac-02(01)").stdout
    for words in ("SP 800-53 r5 AC-2(1)", "AC Access Control > AC-2", "Question", "Keywords", "moderate, high"):
        assert words in shown
    both = vciso("framework", "show", "CSF", "gv.oc-1").stdout
    assert "nist-sp-800-53-r5: PM-11 (intersects)" in both
    assert "the title is ours" in both
    record = json.loads(vciso("framework", "show", "171", "3.1.1", "--json").stdout)
    assert (record["id"], record["path"]) == ("03.01.01", ["03.01", "03.01.01"])
    assert "AC-2 (intersects)" in record["mappings"]["nist-sp-800-53-r5"]
    assert "see AC-2, AU-6" in vciso("framework", "show", "800-53", "AC-13").stdout


def test_import_shared_and_licensed_copies(vciso: Run, table: Path) -> None:
    for name in ("acme", "globex"):
        vciso("client", "add", name, "--id", name)
    assert "nothing kept" in vciso("framework", "import", str(table), "--dry-run").stdout
    report = vciso("framework", "import", str(table), "--client", "acme", "--title", "House rules").stdout
    assert "3 rows, 3 assessable, 0 withdrawn, 2 with text; house-rules (acme)" in report
    assert "column Text: statement (header)" in report
    assert "vciso client set acme --framework house-rules" in report
    vciso("client", "set", "acme", "--framework", "house-rules")
    again = vciso("framework", "import", str(table), "--client", "acme", "--title", "House rules").stdout
    assert "Not in scope" not in again
    vciso("client", "set", "globex", "--framework", "house-rules", code=errors.NotFoundError.exit_code)
    assert "house-rules" not in vciso("framework", "list").stdout
    assert "house-rules" not in vciso("framework", "list", "--client", "globex").stdout
    assert "house-rules" in vciso("framework", "list", "--client", "acme").stdout
    shown = vciso("framework", "show", "house-rules", "1.2", "--client", "acme").stdout
    assert "Doors are shut." in shown
    assert "\x1b" not in shown
    vciso("framework", "show", "house-rules", code=errors.NotFoundError.exit_code)
    vciso("framework", "import", str(table), "--id", "public-rules")
    assert "public-rules" in vciso("framework", "list", "--client", "globex").stdout
    vciso("framework", "remove", "public-rules")
    vciso("framework", "remove", "public-rules", code=errors.NotFoundError.exit_code)
    vciso("framework", "remove", "house-rules", "--client", "acme")
    assert "house-rules" not in vciso("framework", "list", "--client", "acme").stdout


LIBRARY = """
urn: urn:acme:risk:library:house
ref_id: HOUSE
name: House rules
version: {version}
objects:
  framework:
    urn: urn:acme:risk:framework:house
    ref_id: HOUSE
    name: House rules
    requirement_nodes:
    - {{urn: 'urn:acme:n:1', ref_id: H-1, assessable: true, name: Doors, description: Doors are locked.}}
"""


def test_an_import_says_what_it_replaces_and_changes_nothing_twice(vciso: Run, table: Path, tmp_path: Path) -> None:
    assert "takes the place" not in vciso("framework", "import", str(table), "--id", "rules").stdout
    chain = len(json.loads(vciso("audit", "show", "--json").stdout))
    assert "Unchanged: the copy rules" in vciso("framework", "import", str(table), "--id", "rules").stdout
    assert len(json.loads(vciso("audit", "show", "--json").stdout)) == chain
    other = tmp_path / "other.csv"
    other.write_text("id,title\nX-1,Something else\n")
    for more in (["--dry-run"], []):
        said = vciso("framework", "import", str(other), "--id", "rules", *more).stdout
        assert "takes the place of the copy of 20" in said
        assert ": house, " in said
    told = json.loads(vciso("framework", "import", str(other), "--id", "rules", "--json").stdout)
    assert told["unchanged"] is True


def test_nothing_of_a_removed_copy_stays_on_the_disk(vciso: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "licensed.csv"
    file.write_text("Ref,Text\nL-1001,Only licensed readers know the word brombeerzyx.\nL-1002,Another.\n")

    def holds() -> set[str]:
        return {path.name for path in home.rglob("*") if path.is_file() and b"brombeerzyx" in path.read_bytes()}

    vciso("client", "add", "Acme", "--id", "acme")
    for more in ((), ("--client", "acme")):
        vciso("framework", "import", str(file), "--id", "licensed", *more)
        assert holds(), "the text, and its words for search"
        vciso("framework", "remove", "licensed", *more)
        assert not holds()


def test_a_newer_edition_stands_beside_the_older_one_and_says_so(vciso: Run, tmp_path: Path) -> None:
    file = tmp_path / "house.yaml"
    file.write_text(LIBRARY.format(version=4))
    assert "Beside it" not in vciso("framework", "import", str(file)).stdout
    file.write_text(LIBRARY.format(version=5))
    said = vciso("framework", "import", str(file)).stdout
    assert "Beside it stays house-rules-4, version 4: vciso framework remove house-rules-4" in said


def test_an_imported_text_stands_beside_our_summary(vciso: Run, tmp_path: Path) -> None:
    file = tmp_path / "csf.csv"
    ids = [row["id"] for row in json.loads(vciso("framework", "show", "csf", "--json").stdout)["requirements"]]
    file.write_text("id,text\n" + "".join(f"{i.lower()},Official words of {i}\n" for i in ids))
    said = vciso("framework", "import", str(file), "--title", "NIST CSF 2.0").stdout
    assert "Recognised as the text of nist-csf-2.0" in said
    shown = vciso("framework", "show", "csf", "GV.OC-01").stdout
    assert "Text in nist-csf-2.0-text:" in shown
    assert "Official words of GV.OC-01" in shown
    assert "what the business is there to do" in shown


def test_crosswalks(vciso: Run) -> None:
    assert "PM-11" in vciso("framework", "crosswalk", "csf", "800-53", "gv.oc-1").stdout
    back = json.loads(vciso("framework", "crosswalk", "800-53", "csf", "PM-11", "--json").stdout)
    assert "GV.OC-01" in {trail["to"] for trail in back["trails"]}
    chain = vciso("framework", "crosswalk", "cis", "800-53", "4.1").stdout
    assert "possible" in chain
    assert "these are chains" in chain
    for attack in ("attack-16.1", "ATT&CK", "mitre attack", "MITRE ATT&CK v16"):
        assert "AC-4" in vciso("framework", "crosswalk", attack, "800-53", "t1001.001").stdout
    base = vciso("framework", "crosswalk", "800-53", "csf", "AC-2(1)").stdout
    assert (
        "Its base control AC-2 is paired with 5: vciso framework crosswalk nist-sp-800-53-r5 nist-csf-2.0 AC-2" in base
    )
    # An enhancement that the pack does not have is still looked up where a publisher's table has it.
    assert "PM-30(1)" in vciso("framework", "crosswalk", "csf", "800-53", "GV.OC-04").stdout
    assert "A.8.16" in vciso("framework", "crosswalk", "800-53", "iso", "ac-2.12").stdout
    whole = json.loads(vciso("framework", "crosswalk", "iso 27001", "800-53", "--json").stdout)
    assert len(whole["pairs"]) == 642
    assert "6.3" in whole["unmapped"]
    assert "pair 6.3 with nothing" in vciso("framework", "crosswalk", "iso 27001", "800-53", "6.3").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "itil"), errors.NotFoundError.exit_code, "Known ids: cis-controls-8.1"),
        (("show", "800-53", "AC-99"), errors.NotFoundError.exit_code, "not in SP 800-53 r5"),
        (("show", "800-53", "AC-2(99)"), errors.NotFoundError.exit_code, "base control AC-2"),
        (("crosswalk", "soc2", "csf"), errors.NotFoundError.exit_code, "directly or over others"),
        (("crosswalk", "soc2", "csf", "CC6.1"), errors.NotFoundError.exit_code, "directly or over others"),
        (("crosswalk", "cis", "iso 27001"), errors.NotFoundError.exit_code, "Name one requirement to go over others"),
        (("crosswalk", "csf", "csf"), errors.NotFoundError.exit_code, "is one framework"),
        (("crosswalk", "attack-15.1", "800-53"), errors.NotFoundError.exit_code, "tx-ramp, attack-16.1."),
        (("import", "."), errors.BadInputError.exit_code, ".: cannot be opened"),
        (("crosswalk", "csf", "800-53", "PR.ZZ-1"), errors.NotFoundError.exit_code, "PR.ZZ-1"),
        (("crosswalk", "attack-16.1", "800-53", "T9999"), errors.NotFoundError.exit_code, "is in no table"),
        (("import", "nope.json"), errors.NotFoundError.exit_code, "no such file"),
        (("import", __file__, "--map", "x"), errors.UsageError.exit_code, "Column=field"),
        (("import", __file__, "--client", "ghost"), errors.NotFoundError.exit_code, "no such client"),
    ],
)
def test_errors_are_one_or_two_lines(vciso: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = vciso("framework", *arguments, code=code)
    assert words in result.stderr
    assert 1 <= len(result.stderr.strip().splitlines()) <= 2


def test_help_reads_no_pack_and_no_parser() -> None:
    code = (
        "import sys; from ui.cli import framework\n"
        "try:\n    framework.app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rsplit("MODULES", 1)[1].split())
    assert not {
        name for name in loaded if name.startswith(("yaml", "sqlalchemy", "openpyxl", "knowledge.frameworks", "ingest"))
    }
