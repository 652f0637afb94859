"""The assets and suppliers commands, as a person runs them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from knowledge.places import Places
from knowledge.records.vulnerability import ConfigNode, Configuration, CpeMatch, Vulnerability
from knowledge.settings import Settings
from ui.cli import assets, client
from ui.cli.common import Call, Group

Run = Callable[..., Result]
NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)

INVENTORY = """Asset ID;Bezeichnung;Hersteller;Produkt;Version;Erreichbarkeit;Kritikalität;Betreiber
FW-01;FW-01;Fortinet;FortiOS;7.4.8;DMZ;hoch;Brightline IT
LB-01;LB-01;Progress;LoadMaster;;Internet;kritisch;
;;;;;;mittel;
"""
SUPPLIERS = (
    "Vendor,Service,Criticality,Tools used\nBrightline IT,remote support,critical,N-able N-central; TeamViewer\n"
)


@pytest.fixture
def vciso(home: Path) -> Run:
    root = typer.Typer(cls=Group)

    @root.callback()
    def options(ctx: typer.Context) -> None:
        ctx.obj = Call(home=home)

    for one in (client.app, assets.app, assets.suppliers):
        root.add_typer(one)

    def run(*arguments: str | Path, code: int = 0) -> Result:
        result = CliRunner().invoke(root, [str(argument) for argument in arguments])
        assert result.exit_code == code, result.output
        return result

    run("client", "add", "Northgate Family Clinic", "--id", "northgate")
    return run


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "liste.csv"
    path.write_text(INVENTORY, encoding="cp1252")
    return path


def listed(vciso: Run, group: str = "assets") -> list[dict[str, object]]:
    return list(json.loads(vciso(group, "list", "northgate", "--json").stdout))


def test_a_dry_run_shows_everything_and_changes_nothing(vciso: Run, inventory: Path) -> None:
    shown = vciso("assets", "import", "northgate", inventory, "--dry-run").stdout
    assert "Hersteller" in shown
    assert "vendor" in shown
    assert "no name, product, host" in shown
    assert "2 new, 0 changed, 0 unchanged, 1 skipped" in shown
    assert "Nothing was changed" in shown
    assert listed(vciso) == []
    assert "No assets yet" in vciso("assets", "list", "northgate").stdout


def test_import_then_a_newer_issue_of_the_list(vciso: Run, inventory: Path) -> None:
    first = json.loads(vciso("assets", "import", "northgate", inventory, "--json").stdout)
    assert (first["inserted"], first["dry_run"]) == (2, False)
    [supplier] = listed(vciso, "suppliers")
    assert supplier["name"] == "Brightline IT"
    inventory.write_text(INVENTORY.replace("7.4.8", "7.4.9").replace("LB-01;LB-01", "LB-02;LB-02"), encoding="cp1252")
    second = vciso("assets", "import", "northgate", inventory).stdout
    assert "version: 7.4.8 -> 7.4.9" in second
    assert "1 not in this file (kept)" in second
    assert {asset["id"] for asset in listed(vciso)} == {"FW-01", "LB-01", "LB-02"}
    # The third row names nothing; while it stands, nothing is retired.
    held = vciso("assets", "import", "northgate", inventory, "--retire-missing").stdout
    assert "nothing was retired" in held.replace("\n", " ")
    inventory.write_text("Asset ID,Name\nFW-01,FW-01\nLB-02,LB-02\n")
    assert "1 retired" in vciso("assets", "import", "northgate", inventory, "--retire-missing").stdout
    assert {asset["id"] for asset in listed(vciso)} == {"FW-01", "LB-02"}


def test_an_import_leaves_its_trace_and_an_idle_one_none(vciso: Run, inventory: Path, home: Path) -> None:
    for _ in range(2):
        vciso("assets", "import", "northgate", inventory)
    with Places(Settings(home=home), now=NOW) as places, places.client("northgate") as place, place.read() as unit:
        rows = [row for row in unit.audit.rows() if row.action == "assets.import"]
    assert [(row.subject, row.detail["inserted"], row.detail["suppliers_added"]) for row in rows] == [
        ("liste.csv", 2, 1)
    ]


def test_a_column_that_a_person_names(vciso: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Kasten,Farbe\nFW-01,rot\n")
    refused = vciso("assets", "import", "northgate", path, code=5)
    assert "--map" in refused.stderr
    assert "odd.csv" in refused.stderr
    vciso("assets", "import", "northgate", path, "--map", "Kasten=name", "--map", "Farbe=notes")
    [asset] = listed(vciso)
    assert (asset["name"], asset["notes"]) == ("FW-01", "rot")
    assert "COLUMN=FIELD" in vciso("assets", "import", "northgate", path, "--map", "Kasten", code=2).stderr


def test_a_refused_file_leaves_nothing(vciso: Run, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xml"
    path.write_text(
        '<!DOCTYPE b [<!ENTITY a "x">]><bom><components><component><name>&a;</name></component></components></bom>'
    )
    assert "bomb.xml" in vciso("assets", "import", "northgate", path, code=5).stderr
    assert listed(vciso) == []
    vciso("assets", "import", "northgate", tmp_path / "none.csv", code=3)
    vciso("assets", "import", "nobody", path.with_name("x"), code=3)


def test_suppliers_and_what_is_missing_of_them(vciso: Run, tmp_path: Path) -> None:
    path = tmp_path / "suppliers.csv"
    path.write_text(SUPPLIERS)
    vciso("suppliers", "import", "northgate", path)
    shown = vciso("suppliers", "show", "northgate", "brightline it").stdout
    assert "N-able N-central; TeamViewer" in shown
    assert "Brightline" in vciso("suppliers", "list", "northgate").stdout
    [gap] = json.loads(vciso("suppliers", "gaps", "northgate", "--json").stdout)
    assert gap["missing"] == ["contact", "contract"]


def test_show_and_gaps_of_assets(vciso: Run, inventory: Path) -> None:
    vciso("assets", "import", "northgate", inventory)
    assert "Fortinet" in vciso("assets", "show", "northgate", "fw-01").stdout
    assert "vciso assets list" in vciso("assets", "show", "northgate", "XX", code=3).stderr
    gaps = json.loads(vciso("assets", "gaps", "northgate", "--json").stdout)
    assert [(gap["id"], gap["missing"]) for gap in gaps] == [("LB-01", ["version", "owner"]), ("FW-01", ["owner"])]
    assert "version unknown" in " ".join(vciso("assets", "gaps", "northgate").stdout.split())


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_imports_again_unchanged(vciso: Run, inventory: Path, tmp_path: Path, form: str) -> None:
    inventory.write_text("name,owner\n=1+1,=cmd|' /C calc'!A0\n@x,-1\n")
    vciso("assets", "import", "northgate", inventory)
    out = tmp_path / f"out.{form}"
    vciso("assets", "export", "northgate", "--out", out, "--format", form)
    if form == "csv":
        with out.open(encoding="utf-8-sig", newline="") as stream:
            assert [row["name"] for row in csv.DictReader(stream)] in (["'=1+1", "'@x"], ["'@x", "'=1+1"])
    again = vciso("assets", "import", "northgate", out).stdout
    assert "0 new, 0 changed, 2 unchanged" in again
    assert "exists already" in vciso("assets", "export", "northgate", "--out", out, code=9).stderr


def test_foreign_text_never_reaches_the_terminal_raw(vciso: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("name,\x1b[31mcolour\nFW\x1b]0;owned\x07-01,red\n")
    shown = vciso("assets", "import", "northgate", path)
    assert "\x1b" not in shown.stdout.replace("\x1b[1m", "").replace("\x1b[0m", "")


def test_names_are_resolved_confirmed_and_taken_back(vciso: Run, home: Path, inventory: Path) -> None:
    vciso("assets", "import", "northgate", inventory)
    matches = tuple(
        CpeMatch(criteria=f"cpe:2.3:a:{name}:*:*:*:*:*:*:*:*") for name in ("kemptechnologies:loadmaster", "x:y")
    )
    record = Vulnerability(
        cve_id="CVE-2026-10001", configurations=(Configuration(nodes=(ConfigNode(matches=matches),)),)
    )
    with Places(Settings(home=home), now=NOW) as places, places.shared().write() as shared:
        shared.vulnerabilities.put([record], changed_at=NOW)

    shown = json.loads(vciso("assets", "resolve", "northgate", "--json").stdout)
    loadmaster = next(row for row in shown if row["product"] == "LoadMaster")
    assert loadmaster["candidates"][0]["name"] == "kemptechnologies:loadmaster"
    assert "Could mean" in vciso("assets", "resolve", "northgate").stdout
    vciso("assets", "resolve", "northgate", "--auto")
    assert json.loads(vciso("assets", "aliases", "northgate", "--json").stdout) == [], "--auto alone changes nothing"

    kept = vciso("assets", "resolve", "northgate", "--accept", "LB-01=kemptechnologies:loadmaster").stdout
    assert "Progress LoadMaster means kemptechnologies:loadmaster" in kept
    (alias,) = json.loads(vciso("assets", "aliases", "northgate", "--json").stdout)
    left = json.loads(vciso("assets", "resolve", "northgate", "--json").stdout)
    assert all(row["product"] != "LoadMaster" for row in left)
    vciso("assets", "unalias", "northgate", alias["id"])
    assert "taken back" in vciso("assets", "aliases", "northgate", "--closed").stdout
    vciso("assets", "unalias", "northgate", alias["id"], code=3)
    vciso("assets", "resolve", "northgate", "--accept", "LB-01=loadmaster", code=2)
    vciso("assets", "resolve", "northgate", "--accept", "nothing=a:b", code=3)
    vciso("assets", "resolve", "northgate", "--apply", code=2)


def test_open_names_are_asked_for_one_after_the_other(
    vciso: Run, home: Path, inventory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vciso("assets", "import", "northgate", inventory)
    match = CpeMatch(criteria="cpe:2.3:a:kemptechnologies:loadmaster:*:*:*:*:*:*:*:*")
    record = Vulnerability(
        cve_id="CVE-2026-10001", configurations=(Configuration(nodes=(ConfigNode(matches=(match,)),)),)
    )
    with Places(Settings(home=home), now=NOW) as places, places.shared().write() as shared:
        shared.vulnerabilities.put([record], changed_at=NOW)
    answers = iter(["1"])
    monkeypatch.setattr(typer, "prompt", lambda *_args, **_options: next(answers, "q"))
    assert "Kept: Progress LoadMaster" in vciso("assets", "resolve", "northgate", "--ask").stdout
