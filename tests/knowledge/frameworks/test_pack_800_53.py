"""The SP 800-53 rev 5 pack has NIST's exact structure, baselines and relations, and words of our own."""

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "knowledge" / "frameworks" / "data" / "nist-sp-800-53-r5.yaml"
NIST = Path(os.environ.get("VCISO_SHARED", ROOT.parent / "shared")) / "data" / "frameworks" / "nist"
CATALOGUE = NIST / "oscal" / "NIST_SP-800-53_rev5_catalog-min_v1.0.0.json"
BASELINES = ["privacy", "low", "moderate", "high"]

# Family: base controls in force in release 5.2.0, enhancements of the MODERATE baseline.
FAMILIES = {
    "AC": (23, 22),
    "AT": (5, 2),
    "AU": (15, 5),
    "CA": (8, 3),
    "CM": (14, 12),
    "CP": (12, 14),
    "IA": (13, 14),
    "IR": (9, 5),
    "MA": (7, 3),
    "MP": (8, 0),
    "PE": (22, 2),
    "PL": (8, 1),
    "PM": (32, 0),
    "PS": (9, 0),
    "PT": (8, 0),
    "RA": (9, 4),
    "SA": (17, 6),
    "SC": (47, 7),
    "SI": (22, 7),
    "SR": (12, 3),
}
WITHDRAWN = [
    "AC-13",
    "AC-15",
    "AT-5",
    "AU-15",
    "CA-4",
    "CP-5",
    "IR-10",
    "PE-7",
    "PL-3",
    "PL-5",
    "PL-6",
    "RA-4",
    "SA-6",
    "SA-7",
    "SA-12",
    "SA-13",
    "SA-14",
    "SA-18",
    "SA-19",
    "SC-9",
    "SC-14",
    "SC-19",
    "SC-33",
    "SI-9",
]
# Added by NIST after the catalogue file that the tests compare with (5.1.1 and 5.2.0).
LATER = {"IA-13": "Identity Providers and Authorization Servers", "SA-24": "Design For Cyber Resiliency"}
# Release 5.1.1 added IA-13 here; NIST's 5.1.1 files at hand hold only controls of a baseline, and IA-9 is in none.
LATER_RELATED = {"IA-9": {"IA-13"}}
BASELINE_SIZES = {"privacy": (75, 21), "low": (131, 18), "moderate": (177, 110), "high": (188, 182)}
NOT_IN_PACK = {"AU-5(5)", "IR-4(11)"}


@pytest.fixture(scope="module")
def document() -> dict:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(PACK.read_text(encoding="utf-8"), Loader=loader)


@pytest.fixture(scope="module")
def rows(document: dict) -> list[dict]:
    return document["requirements"]


@pytest.fixture(scope="module")
def active(rows: list[dict]) -> dict[str, dict]:
    return {row["id"]: row for row in rows if row.get("assessable")}


def label(oscal_id: str) -> str:
    """ac-2.1 -> AC-2(1)."""
    base, _, enhancement = oscal_id.upper().partition(".")
    return f"{base}({enhancement})" if enhancement else base


def read(name: str) -> dict:
    path = NIST / "oscal" / name
    if not path.exists():
        pytest.skip(f"NIST file not found at {path}")
    return json.loads(path.read_text(encoding="utf-8"))


def nested(control: dict) -> Iterator[dict]:
    yield control
    for child in control.get("controls", []):
        yield from nested(child)


def controls(catalogue: dict) -> dict[str, dict]:
    return {
        label(found["id"]): found
        for group in catalogue["catalog"]["groups"]
        for control in group["controls"]
        for found in nested(control)
    }


def links(control: dict, *relations: str) -> list[str]:
    """Targets of a control's links; a pointer to a part (`ac-3_smt.a`) counts as one to its control."""
    found = (link for link in control.get("links", []) if link["rel"] in relations)
    return [label(link["href"].lstrip("#").partition("_")[0]) for link in found]


def is_withdrawn(control: dict) -> bool:
    return any(prop["name"] == "status" for prop in control.get("props", []))


@pytest.fixture(scope="module")
def old() -> dict[str, dict]:
    """The whole catalogue, release 5.0.1."""
    return controls(read(CATALOGUE.name))


@pytest.fixture(scope="module")
def newer() -> dict[str, dict]:
    """The controls of the HIGH and PRIVACY baselines, release 5.1.1."""
    stem = "NIST_SP-800-53_rev5_{}-baseline-resolved-profile_catalog-min.json"
    return {**controls(read(stem.format("HIGH"))), **controls(read(stem.format("PRIVACY")))}


@pytest.fixture(scope="module")
def profiles() -> dict[str, set[str]]:
    found = {}
    for name in BASELINES:
        profile = read(f"NIST_SP-800-53_rev5_{name.upper()}-baseline_profile-min.json")["profile"]
        found[name] = {
            label(control)
            for source in profile["imports"]
            for chosen in source["include-controls"]
            for control in chosen["with-ids"]
        }
    return found


def test_header(document: dict) -> None:
    header = document["framework"]
    assert header["id"] == PACK.stem
    assert header["urn"] == f"urn:vciso:framework:{PACK.stem}"
    assert header["version"] == "5.2.0"
    assert header["text_depth"] == "summary"


def test_counts_per_family(rows: list[dict]) -> None:
    assert [row["id"] for row in rows if row["kind"] == "family"] == list(FAMILIES)
    for family, (base, enhancements) in FAMILIES.items():
        own = [row for row in rows if row["id"].startswith(f"{family}-") and row.get("assessable")]
        kinds = Counter(row["kind"] for row in own)
        assert (kinds["control"], kinds["enhancement"]) == (base, enhancements), family


def test_totals(rows: list[dict], active: dict[str, dict]) -> None:
    assert len(rows) == 454
    assert len(active) == 410
    assert sum(row["kind"] == "control" for row in active.values()) == 300
    assert sum(row["kind"] == "enhancement" for row in active.values()) == 110


def test_base_numbers_have_no_gaps(rows: list[dict]) -> None:
    for family in FAMILIES:
        numbers = [int(row["id"].split("-")[1]) for row in rows if row["kind"] == "control" and row["parent"] == family]
        assert numbers == list(range(1, len(numbers) + 1)), family


def test_ids_are_unique_and_parents_come_first(rows: list[dict]) -> None:
    seen: set[str] = set()
    for row in rows:
        assert row["id"] not in seen
        if row["kind"] == "family":
            assert "parent" not in row
        else:
            assert row["parent"] in seen, row["id"]
            separator = "(" if row["kind"] == "enhancement" else "-"
            assert row["parent"] == row["id"].split(separator)[0]
        seen.add(row["id"])


def test_withdrawn_rows_say_where_they_went(rows: list[dict], active: dict[str, dict]) -> None:
    gone = {row["id"]: row for row in rows if row.get("attributes", {}).get("withdrawn")}
    assert list(gone) == WITHDRAWN
    for id_, row in gone.items():
        assert row["kind"] == "control"
        assert not {"assessable", "summary", "question", "keywords"} & set(row)
        targets = row["attributes"]["incorporated_into"]
        assert targets or id_ == "SC-19"
        for target in targets:
            assert target in active or target in NOT_IN_PACK or target == "SR", id_


def test_baselines_nest_and_have_the_published_sizes(active: dict[str, dict]) -> None:
    chosen = {name: {i for i, r in active.items() if name in r["attributes"]["baselines"]} for name in BASELINES}
    assert chosen["low"] < chosen["moderate"]
    assert {i for i in chosen["moderate"] if "(" in i} == {i for i in active if "(" in i}
    assert chosen["moderate"] < chosen["high"]
    for name, (base, _) in BASELINE_SIZES.items():
        assert sum("(" not in id_ for id_ in chosen[name]) == base, name
    assert sum("(" in id_ for id_ in chosen["low"]) == 18
    for id_, row in active.items():
        assert row["attributes"]["baselines"] == [name for name in BASELINES if id_ in chosen[name]]


def test_related_ids_are_in_force_in_the_pack(active: dict[str, dict]) -> None:
    for id_, row in active.items():
        related = row["attributes"].get("related", [])
        assert set(related) <= set(active) - {id_}, id_
        assert len(related) == len(set(related)), id_


def test_every_row_has_words_of_its_own(rows: list[dict], active: dict[str, dict]) -> None:
    families = [row for row in rows if row["kind"] == "family"]
    described = [*families, *active.values()]
    for row in described:
        assert row["title"].strip()
        assert 5 <= len(row["summary"].split()) <= 60, row["id"]
    for row in active.values():
        assert 6 <= len(row["question"].split()) <= 45, row["id"]
    for field, found in (("summary", described), ("question", active.values())):
        repeated = [text for text, count in Counter(row[field] for row in found).items() if count > 1]
        assert not repeated


def test_policy_rows_are_not_one_template(active: dict[str, dict]) -> None:
    texts = {
        id_: set(re.findall(r"[a-z]{4,}", row["summary"].lower())) for id_, row in active.items() if id_[2:] == "-1"
    }
    assert len(texts) == 20
    for one, words in texts.items():
        for other, others in texts.items():
            assert one == other or len(words & others) / len(words | others) < 0.6, (one, other)


def test_keywords_add_words(active: dict[str, dict]) -> None:
    for id_, row in active.items():
        words = row["keywords"]
        assert 2 <= len(words) <= 8, id_
        assert len({word.lower() for word in words}) == len(words), id_
        shown = f"{row['title']} {row['summary']}".lower()
        for word in words:
            assert not re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", shown), f"{id_}: {word}"


def test_our_words_are_british(rows: list[dict]) -> None:
    american = re.compile(
        r"\b\w*(?:organiz|authoriz|behavior|analyz|prioritiz|minimiz)\w*|\b(?:program plan|center)\b", re.I
    )
    for row in rows:
        for field in ("summary", "question"):
            assert not american.search(row.get(field, "")), row["id"]


def test_ids_and_titles_equal_the_catalogue(
    rows: list[dict], old: dict[str, dict], newer: dict[str, dict], profiles: dict[str, set[str]]
) -> None:
    expected = {id_: control["title"] for id_, control in {**old, **newer}.items()}
    expected = {id_: title for id_, title in expected.items() if "(" not in id_ or id_ in profiles["moderate"]}
    expected.update(LATER)
    assert {row["id"]: row["title"] for row in rows if row["kind"] != "family"} == expected


def test_order_equals_the_catalogue(rows: list[dict], old: dict[str, dict]) -> None:
    ours = [row["id"] for row in rows if row["kind"] != "family" and row["id"] not in LATER]
    assert ours == [id_ for id_ in old if id_ in set(ours)]


def test_families_equal_the_catalogue(rows: list[dict]) -> None:
    groups = read(CATALOGUE.name)["catalog"]["groups"]
    expected = {group["id"].upper(): group["title"] for group in groups}
    assert {row["id"]: row["title"] for row in rows if row["kind"] == "family"} == expected


def test_withdrawals_equal_the_catalogue(rows: list[dict], old: dict[str, dict]) -> None:
    expected = {
        id_: links(control, "incorporated-into", "moved-to")
        for id_, control in old.items()
        if is_withdrawn(control) and "(" not in id_
    }
    ours = {row["id"]: row["attributes"] for row in rows if row.get("attributes", {}).get("withdrawn")}
    assert {id_: attributes["incorporated_into"] for id_, attributes in ours.items()} == expected


def test_baselines_equal_the_profiles(active: dict[str, dict], profiles: dict[str, set[str]]) -> None:
    for name, (base, enhancements) in BASELINE_SIZES.items():
        assert sum("(" not in id_ for id_ in profiles[name]) == base
        assert sum("(" in id_ for id_ in profiles[name]) == enhancements
    for id_, row in active.items():
        assert row["attributes"]["baselines"] == [name for name in BASELINES if id_ in profiles[name]], id_


def test_related_equal_the_catalogue(active: dict[str, dict], old: dict[str, dict], newer: dict[str, dict]) -> None:
    for id_, row in active.items():
        if id_ in LATER:
            continue
        published = set(links(newer.get(id_, old[id_]), "related")) | LATER_RELATED.get(id_, set())
        assert set(row["attributes"].get("related", [])) == published & set(active) - {id_}, id_


def published_texts(old: dict[str, dict], newer: dict[str, dict]) -> Iterator[str]:
    """NIST's statements and discussions: parts of the OSCAL files, and the CSV, which has the parameters filled in."""

    def prose(part: dict) -> str:
        return " ".join([part.get("prose", ""), *(prose(child) for child in part.get("parts", []))])

    for control in [*old.values(), *newer.values()]:
        yield from (prose(part) for part in control.get("parts", []))
    with (NIST / "NIST_SP-800-53_rev5_catalog_load.csv").open(encoding="utf-8-sig", newline="") as file:
        for record in csv.DictReader(file):
            yield record["control_text"]
            yield record["discussion"]


def runs(text: str, length: int = 8) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def test_no_text_is_the_publishers(active: dict[str, dict], old: dict[str, dict], newer: dict[str, dict]) -> None:
    theirs: set[tuple[str, ...]] = set()
    for text in published_texts(old, newer):
        theirs |= runs(text)
    assert len(theirs) > 50_000
    for id_, row in active.items():
        for field in ("summary", "question"):
            assert not runs(row[field]) & theirs, f"{id_} {field}"
