"""The demo's files are what they claim to be: real formats, real facts, invented names, small."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ingest.gather_folder import Folder
from ingest.inventory.service import plan_assets, plan_third_parties, read_inventory
from ingest.sources import csaf, cve5, epss, feed, kev, nvd
from knowledge.identifiers import cve_ids_in
from ui.demo.build import demo_sources
from ui.demo.plan import DemoMorning, DemoPlan, data_folder, read_plan

PLAN = read_plan()
SOURCES = demo_sources(PLAN)
BY_DAY = {f"{morning.at:%d %B}": morning for morning in PLAN.mornings}


@pytest.fixture(scope="module")
def data() -> Any:
    with data_folder() as folder:
        yield folder


@pytest.fixture(params=list(BY_DAY))
def morning(request: pytest.FixtureRequest) -> DemoMorning:
    return BY_DAY[request.param]


def _file(folder: Path, source_id: str) -> Path:
    """The captured file or folder of a source, found as `refresh --from` finds it."""
    source = next(source for source in SOURCES if source.id == source_id)
    found = Folder(folder).find(source)
    assert found is not None, source_id
    return found


def _read(folder: Path, source_id: str, at: str) -> list[dict[str, Any]]:
    kind = next(source.kind for source in SOURCES if source.id == source_id)
    parse = {"feed": feed, "kev": kev, "epss": epss, "nvd": nvd, "csaf": csaf, "cve5": cve5}[kind].parse
    path = _file(folder, source_id)
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    return [parse(file.read_bytes(), {"source_id": source_id, "now": at}) for file in files]


def test_package_data_is_small(data: Path) -> None:
    assert sum(file.stat().st_size for file in data.rglob("*") if file.is_file()) < 600_000


def test_every_captured_file_is_read_whole_by_its_parser(data: Path, morning: DemoMorning) -> None:
    folder = data / morning.folder
    broken = []
    for source in SOURCES:
        for answer in _read(folder, source.id, morning.at.isoformat()):
            assert answer["skipped"] == [], source.id
            if answer["outcome"] != "read":
                broken.append((source.id, answer["outcome"]))
    last = morning == PLAN.mornings[-1]
    assert broken == ([("demo-harbour-wire", "not-a-feed")] if last else [])


def test_no_captured_file_belongs_to_no_source(data: Path, morning: DemoMorning) -> None:
    assert Folder(data / morning.folder).unmatched(SOURCES) == ()


def test_one_entry_joins_kev_between_the_mornings(data: Path) -> None:
    days = [
        {record["cve_id"] for record in _read(data / m.folder, "cisa-kev", m.at.isoformat())[0]["records"]}
        for m in PLAN.mornings
    ]
    assert days[1] - days[0] == {"CVE-2026-8037"}
    assert days[0] <= days[1]


def test_one_advisory_and_two_nvd_records_gain_their_ranges(data: Path) -> None:
    def ranges(m: DemoMorning) -> tuple[int, int]:
        records = _read(data / m.folder, "nvd", m.at.isoformat())[0]["records"]
        bare = sum(1 for record in records if not record.get("configurations"))
        (advisory,) = (
            record
            for answer in _read(data / m.folder, "demo-csaf", m.at.isoformat())
            for record in answer["records"]
            if record["tracking_id"] == "HCD-2026-0081"
        )
        return bare, len(advisory["products"])

    assert [ranges(m) for m in PLAN.mornings] == [(2, 1), (0, 2)]


def test_no_item_is_from_after_its_morning(data: Path, morning: DemoMorning) -> None:
    for source in PLAN.sources:
        if source.kind == "feed":
            for answer in _read(data / morning.folder, source.id, morning.at.isoformat()):
                assert all(record["published_at"] <= morning.at.isoformat() for record in answer["records"])


def test_links_of_invented_publishers_lead_nowhere(data: Path, morning: DemoMorning) -> None:
    hosts = {urlsplit(source.url).hostname for source in PLAN.sources}
    for source in PLAN.sources:
        if source.kind == "feed":
            for answer in _read(data / morning.folder, source.id, morning.at.isoformat()):
                hosts |= {urlsplit(record["link"]).hostname for record in answer["records"]}
    assert all(str(host).endswith(".example") for host in hosts)


def test_lists_import_without_a_lost_row(data: Path) -> None:
    skipped = {}
    for client in PLAN.clients:
        for one in client.lists:
            inventory = read_inventory(data / one.file, subject=one.subject, sheet=one.sheet)
            planned: Any
            if one.subject == "assets":
                planned = plan_assets(inventory, [], [], client.taken_on_at)
            else:
                planned = plan_third_parties(inventory, [], client.taken_on_at)
            assert planned.report.inserted >= 3, one.file
            if planned.report.skipped:
                skipped[one.file] = [row.reason for row in planned.report.rows if row.action == "skip"]
    assert list(skipped) == ["kestrel/halle-nmap.xml"], "only ports without a product"


def test_every_decision_names_a_cve_of_an_earlier_or_the_same_morning(data: Path) -> None:
    for client in PLAN.clients:
        for note in client.notes:
            folders = [data / m.folder for m in PLAN.mornings if m.at.date() <= note.day]
            named = {cve for folder in folders for file in folder.glob("*.xml") for cve in cve_ids_in(file.read_text())}
            assert note.item in named


def test_kev_facts_are_those_of_the_catalogue(data: Path, shared_data: Path) -> None:
    catalogue = json.loads((shared_data / "kev/kev_2026-08-07.json").read_text(encoding="utf-8"))
    real = {entry["cveID"]: entry for entry in catalogue["vulnerabilities"]}
    facts = ("dateAdded", "dueDate", "knownRansomwareCampaignUse", "cwes")
    for m in PLAN.mornings:
        entries = json.loads((data / m.folder / "cisa-kev.json").read_text(encoding="utf-8"))["vulnerabilities"]
        for entry in entries:
            assert {name: entry[name] for name in facts} == {name: real[entry["cveID"]][name] for name in facts}
            assert (entry["vendorProject"], entry["product"]) == (
                real[entry["cveID"]]["vendorProject"].strip(),
                real[entry["cveID"]]["product"].strip(),
            )
        on_that_day = {i for i, e in real.items() if e["dateAdded"] <= m.at.date().isoformat()}
        assert {entry["cveID"] for entry in entries} <= on_that_day


def test_version_ranges_are_those_of_the_public_data(data: Path, shared_data: Path) -> None:
    real: dict[str, set[str]] = {}
    with gzip.open(shared_data / "nvd/nvd_overrides_4000.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            real[record["id"]] = set(_ranges(record["cve"].get("configurations", [])))
    page = json.loads((data / PLAN.mornings[-1].folder / "nvd.json").read_text(encoding="utf-8"))
    for item in page["vulnerabilities"]:
        cve = item["cve"]
        assert set(_ranges(cve["configurations"])) <= real[cve["id"]], cve["id"]


def _ranges(configurations: list[dict[str, Any]]) -> list[str]:
    return [
        json.dumps({key: match[key] for key in sorted(match) if key != "matchCriteriaId"})
        for configuration in configurations
        for node in configuration["nodes"]
        for match in node["cpeMatch"]
    ]


def test_texts_share_no_long_run_of_words_with_the_catalogue(data: Path, shared_data: Path) -> None:
    """Eight words in a row; the whole comparison, news included, is part of making the data, not of the project."""

    def runs(text: str) -> set[str]:
        words = re.findall(r"[a-z0-9.'-]+", text.lower())
        return {" ".join(words[i : i + 8]) for i in range(len(words) - 7)}

    catalogue = json.loads((shared_data / "kev/kev_2026-08-07.json").read_text(encoding="utf-8"))
    theirs: set[str] = set()
    for entry in catalogue["vulnerabilities"]:
        theirs |= runs(entry["shortDescription"]) | runs(entry["requiredAction"])
    entries = json.loads((data / PLAN.mornings[-1].folder / "cisa-kev.json").read_text(encoding="utf-8"))[
        "vulnerabilities"
    ]
    for entry in entries:
        assert not theirs & (runs(entry["shortDescription"]) | runs(entry["requiredAction"])), entry["cveID"]


def test_plan_is_frozen_and_in_order_of_time() -> None:
    plan: DemoPlan = PLAN
    times = [m.at for m in plan.mornings]
    assert times == sorted(times)
    assert plan.today == times[-1]
    assert all(client.taken_on_at < plan.today for client in plan.clients)
