"""The official files of NIST and FedRAMP, where they are at hand, against what NIST itself publishes from them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.frameworks.service import FrameworkImport, read_framework
from knowledge.frameworks.loader import load_pack
from knowledge.records.framework import Requirement

Read = Callable[..., FrameworkImport]

# NIST's spreadsheet keeps a last line that its OSCAL file lacks, or a bracket too many.
TEXTS_THAT_DIFFER = {"AC-19(4)", "MA-5(1)", "SC-30(3)"}


@pytest.fixture
def folder(shared_data: Path) -> Path:
    return shared_data / "frameworks"


@pytest.fixture
def read(folder: Path, now: datetime) -> Read:
    def take(path: str, **options: Any) -> FrameworkImport:
        return read_framework(folder / path, now, **options)

    return take


@pytest.fixture
def catalog(folder: Path) -> Path:
    return folder / "nist" / "oscal" / "NIST_SP-800-53_rev5_catalog-min_v1.0.0.json"


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()


def by_id(found: FrameworkImport) -> dict[str, Requirement]:
    return {row.id: row for row in found.requirements}


def test_800_53_has_every_control_with_the_text_of_nists_own_table(read: Read, folder: Path, catalog: Path) -> None:
    found = read("nist/oscal/" + catalog.name)
    rows = by_id(found)
    controls = [row for row in rows.values() if row.kind != "family"]
    assert (sum(row.assessable for row in controls), sum(row.withdrawn for row in controls)) == (1007, 182)
    assert found.framework.extends == "nist-sp-800-53-r5"
    assert not found.report.notes
    assert all(row.statement and row.guidance for row in controls if row.assessable)
    assert not [row.id for row in rows.values() if "{{" in row.statement or "insert:" in row.statement]
    assert all(row.withdrawn_sentence for row in controls if row.withdrawn)
    with (folder / "nist" / "NIST_SP-800-53_rev5_catalog_load.csv").open(encoding="utf-8-sig", newline="") as lines:
        published = {row["identifier"]: row for row in csv.DictReader(lines)}
    live = [i for i, row in rows.items() if row.assessable]
    assert len(live) == 1007
    assert {i for i in live if plain(rows[i].statement) != plain(published[i]["control_text"])} == TEXTS_THAT_DIFFER
    # The tables write an enhancement's title behind that of its control.
    assert all(plain(published[i]["name"]).endswith(plain(rows[i].title)) for i in live)


@pytest.mark.parametrize(("level", "controls"), [("LOW", 149), ("MODERATE", 287), ("HIGH", 370), ("PRIVACY", 96)])
def test_a_baseline_selects_what_it_says(read: Read, catalog: Path, level: str, controls: int) -> None:
    found = read(f"nist/oscal/NIST_SP-800-53_rev5_{level}-baseline_profile-min.json", others=[catalog])
    assert sum(row.assessable for row in found.requirements) == controls
    pack = load_pack("nist-sp-800-53-r5")
    listed = {row.id for row in pack.assessable if level.lower() in row.listed("baselines")}
    assert listed <= {row.id for row in found.requirements if row.assessable}


@pytest.mark.parametrize("level", ["HIGH", "PRIVACY"])
def test_a_baseline_resolves_to_nists_own_resolution(read: Read, catalog: Path, level: str) -> None:
    ours = by_id(read(f"nist/oscal/NIST_SP-800-53_rev5_{level}-baseline_profile-min.json", others=[catalog]))
    theirs = by_id(read(f"nist/oscal/NIST_SP-800-53_rev5_{level}-baseline-resolved-profile_catalog-min.json"))
    assert list(ours) == list(theirs)
    assert {i: row.parent for i, row in ours.items()} == {i: row.parent for i, row in theirs.items()}
    # 5.0.1 and 5.1.1 differ in capitals only.
    assert {i: row.title.casefold() for i, row in ours.items()} == {
        i: row.title.casefold() for i, row in theirs.items()
    }


def test_171_has_97_requirements_with_text(read: Read) -> None:
    found = read("nist/NIST_SP800-171_rev3_catalog.xml")
    rows = by_id(found)
    live = [row for row in rows.values() if row.assessable]
    assert len(live) == sum(bool(row.statement) for row in live) == 97
    assert set(rows) == {row.id for row in load_pack("nist-sp-800-171-r3").requirements}
    assert found.report.beyond_pack == 0
    assert rows["03.01.08"].statement.count("[Assignment:") == 3, "one of them inside a choice"
    assert rows["03.01.13"].successors == ("03.13.08",)
    assert not [row.id for row in live if "SR-" in row.id or "insert" in row.statement]


def test_csf_has_its_sentences_and_only_the_rows_in_force_count(read: Read) -> None:
    found = read("nist/NIST_CSF_v2.0_catalog.xml")
    pack = load_pack("nist-csf-2.0")
    live = [row for row in found.requirements if row.assessable]
    assert sorted(row.id for row in live) == sorted(row.id for row in pack.assessable)
    assert all(len(row.statement.split()) >= 3 for row in live)
    assert found.framework.extends == "nist-csf-2.0"
    assert found.report.beyond_pack == 91, "79 subcategories and 12 categories of CSF 1.1 that the file still lists"


@pytest.mark.parametrize(("level", "controls"), [("LOW", 156), ("MODERATE", 323), ("HIGH", 410), ("LI-SaaS", 156)])
def test_fedramp_profiles(read: Read, folder: Path, catalog: Path, level: str, controls: int) -> None:
    name = f"fedramp/FedRAMP_rev5_{level}-baseline_profile-min.json"
    found = read(name, others=[catalog])
    assert sum(row.assessable for row in found.requirements) == controls
    assert any("parameters are not in the catalog" in note.reason for note in found.report.notes), "they are of 5.1.1"
    # The HIGH baseline as NIST resolved it is a catalog of release 5.1.1 and has the parameters that FedRAMP sets.
    newer = folder / "nist/oscal/NIST_SP-800-53_rev5_HIGH-baseline-resolved-profile_catalog-min.json"
    set_ = by_id(read(name, others=[newer]))
    assert "constraint: at least" in set_["AC-1"].statement
    if level == "LI-SaaS":
        letters = re.findall(r"(?m)^([a-z])\.", set_["AC-2"].statement)
        assert letters == ["a", "f", "g", "h"], "the profile removes b, c, d, e and i to l"
        assert not any(part.name == "assessment-objective" for part in set_["AC-1"].parts)
    else:
        assert any(part.name == "assessment-objective" for part in set_["AC-1"].parts)


def test_nists_tables(read: Read) -> None:
    book = read("nist/sp800-53r5-control-catalog.xlsx")
    assert (book.report.assessable, book.report.withdrawn) == (1007, 182)
    assert book.framework.extends == "nist-sp-800-53-r5"
    sheet = read("nist/csf2.xlsx", sheet="CSF 2.0", mapping={"Subcategory": "id", "Category": "parent"})
    rows = by_id(sheet)
    assert sum(row.assessable for row in rows.values()) == 106
    assert (rows["GV.OC-01"].parent, rows["GV.OC-01"].statement[:30]) == ("GV.OC", "The organizational mission is ")


@pytest.mark.parametrize("level", ["LOW", "MODERATE"])
def test_a_smaller_baseline_says_what_nists_resolution_of_high_says(read: Read, catalog: Path, level: str) -> None:
    ours = by_id(read(f"nist/oscal/NIST_SP-800-53_rev5_{level}-baseline_profile-min.json", others=[catalog]))
    high = by_id(read("nist/oscal/NIST_SP-800-53_rev5_HIGH-baseline-resolved-profile_catalog-min.json"))
    shared = [i for i in ours if i in high]
    assert set(ours) <= set(high), "LOW and MODERATE are parts of HIGH (SP 800-53B)"
    assert shared == [i for i in high if i in ours], "in its order"
    assert {i: (ours[i].parent, ours[i].title.casefold()) for i in shared} == {
        i: (high[i].parent, high[i].title.casefold()) for i in shared
    }
