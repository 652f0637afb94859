"""The commands over the real inputs: feeds, catalogues, pages, advisories and inventories, counts told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ui.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def vciso(home: Path) -> Run:
    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *arguments])
        assert result.exit_code == code, result.output
        return result

    return run


def ids_of(catalogue: Path) -> set[str]:
    return {entry["cveID"] for entry in json.loads(catalogue.read_bytes())["vulnerabilities"]}


@pytest.mark.timeout(300)
def test_the_newer_catalogue_shows_exactly_the_entries_added_in_between(
    vciso: Run, home: Path, tmp_path: Path, shared_data: Path
) -> None:
    older, newer = shared_data / "kev" / "kev_2025-08-25_cisagov.json", shared_data / "kev" / "kev_2026-08-07.json"
    folder = tmp_path / "captured"
    folder.mkdir()
    shutil.copy(older, folder / "cisa-kev.json")
    first = json.loads(vciso("refresh", "cisa-kev", "--from", str(folder), "--json").stdout)["sources"][0]
    assert (first["outcome"], first["added"]) == ("read", len(ids_of(older)))
    shutil.copy(newer, folder / "cisa-kev.json")
    second = json.loads(vciso("refresh", "cisa-kev", "--from", str(folder), "--json").stdout)["sources"][0]
    assert second["added"] == len(ids_of(newer) - ids_of(older))
    again = json.loads(vciso("refresh", "cisa-kev", "--from", str(folder), "--json").stdout)["sources"][0]
    assert (again["added"], again["updated"]) == (0, 0)
    from datetime import UTC, datetime

    from knowledge.places import Places
    from knowledge.settings import Settings

    with Places(Settings(home=home), now=datetime.now(UTC)) as places, places.shared().read() as unit:
        entries = unit.vulnerabilities.kev()
    assert {cve for cve, entry in entries.items() if entry.removed_on is None} == ids_of(newer)
    assert {cve for cve, entry in entries.items() if entry.removed_on} == ids_of(older) - ids_of(newer)


@pytest.mark.timeout(300)
def test_the_six_captured_feeds_are_read(vciso: Run, tmp_path: Path, shared_data: Path) -> None:
    folder = tmp_path / "captured"
    folder.mkdir()
    counts = {}
    for file in sorted((shared_data / "feeds").glob("*.xml")):
        source = file.stem
        vciso("source", "add", f"https://{source}.example.com/rss.xml", "--id", f"t-{source}", "--title", source)
        shutil.copy(file, folder / f"t-{source}.xml")
    report = json.loads(vciso("refresh", "--from", str(folder), "--json").stdout)
    for one in report["sources"]:
        if one["source_id"].startswith("t-"):
            assert one["outcome"] == "read", one["sentence"]
            counts[one["source_id"]] = one["added"]
    assert counts == {
        "t-bleepingcomputer": 62,
        "t-cybersecuritynews": 175,
        "t-darkreading": 22,
        "t-securityweek": 61,
        "t-stepsecurity": 3,
        "t-thehackernews": 48,
    }


@pytest.mark.timeout(300)
def test_nothing_new_still_gives_a_brief(vciso: Run, home: Path) -> None:
    vciso("client", "add", "Quiet Firm", "--id", "quiet")
    said = vciso("brief", "quiet").stdout
    assert "Quiet Firm" in said
    (html,) = (home / "clients" / "quiet" / "briefs").glob("*.html")
    assert "Quiet Firm" in html.read_text()
    assert "(unchanged)" in vciso("brief", "--all").stdout
