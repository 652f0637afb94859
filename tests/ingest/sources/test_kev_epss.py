"""The catalogue and the scores: good entries are taken, bad ones named."""

from __future__ import annotations

import gzip
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.gather import PARSE_LIMITS
from ingest.sandbox import run_parser
from ingest.sources import epss, kev
from knowledge.errors import BadInputError

ENTRY = {
    "cveID": "CVE-2026-8037",
    "vendorProject": "Progress",
    "product": "LoadMaster",
    "vulnerabilityName": "Progress LoadMaster flaw",
    "dateAdded": "2026-08-07",
    "shortDescription": "words",
    "requiredAction": "act",
    "dueDate": "2026-08-10",
    "knownRansomwareCampaignUse": "Known",
    "notes": "https://x.example/",
    "cwes": ["CWE-77", "nonsense"],
}


def catalogue(*entries: Any, **more: Any) -> bytes:
    head = {"title": "x", "catalogVersion": "2026.08.07", "count": len(entries)}
    return json.dumps({**head, **more, "vulnerabilities": list(entries)}).encode()


def test_entry() -> None:
    result = kev.parse(catalogue(ENTRY), {})
    (record,) = result["records"]
    assert (result["version"], result["complete"], result["skipped"]) == ("2026.08.07", True, [])
    assert record["cve_id"] == "CVE-2026-8037"
    assert (record["date_added"], record["due_date"]) == ("2026-08-07", "2026-08-10")
    assert (record["ransomware"], record["cwes"]) == ("known", ["CWE-77"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cveID": "CVE-1"}, "not a CVE id"),
        ({"cveID": ["CVE-2026-1111"]}, "valid string"),
        ({"dateAdded": 20260101}, "valid string"),
        ({"dateAdded": "yesterday"}, "Invalid isoformat"),
        ({"vendorProject": {"a": 1}}, "valid string"),
        ({"cwes": "CWE-1"}, "valid list"),
    ],
)
def test_a_bad_entry_is_skipped_with_its_reason_and_the_rest_taken(change: dict[str, Any], words: str) -> None:
    result = kev.parse(catalogue({**ENTRY, **change}, {**ENTRY, "cveID": "CVE-2026-9999"}), {})
    assert [record["cve_id"] for record in result["records"]] == ["CVE-2026-9999"]
    assert words in result["skipped"][0][1]


def test_odd_details_are_noted() -> None:
    result = kev.parse(catalogue({**ENTRY, "dueDate": "soon"}, ENTRY, "text", count=9), {})
    assert "due_date" not in result["records"][0]
    reasons = " / ".join(f"{subject} {reason}" for subject, reason in result["skipped"])
    assert "not a date" in reasons
    assert "listed twice" in reasons
    assert "entry 3" in reasons
    assert "says that it has 9 entries, and 3 came" in reasons
    assert result["complete"] is False


def test_empty_and_foreign_catalogues() -> None:
    assert kev.parse(catalogue(), {})["outcome"] == "empty"
    for data, words in (
        (b"[]", "a list at the top"),
        (b"{}", "no 'vulnerabilities'"),
        (b'{"vulnerabilities": {}}', "has an object where"),
        (b'{"vulnerabilities": [1, 2]}', "no entry that can be read"),
    ):
        with pytest.raises(BadInputError, match=words):
            kev.parse(data, {})


@pytest.mark.parametrize(("name", "count"), [("kev_2025-08-25_cisagov.json", 1404), ("kev_2026-08-07.json", 1662)])
def test_real_catalogue(name: str, count: int, shared_data: Path) -> None:
    result = run_parser("source.kev", (shared_data / "kev" / name).read_bytes(), subject=name)
    assert (len(result["records"]), result["skipped"], result["complete"]) == (count, [], True)


HEAD = "#model_version:v2025.03.14,score_date:2026-08-07T12:55:00Z\n"


def rows(data: bytes | str) -> Any:
    return epss.parse(data.encode() if isinstance(data, str) else data, {})["rows"]


def test_scores_plain_and_gzip() -> None:
    text = HEAD + "cve,epss,percentile\nCVE-2026-8037,0.5,0.99\ncve-1999-0001,1,0\n"
    expected = [["CVE-2026-8037", 0.5, 0.99, "2026-08-07"], ["CVE-1999-0001", 1.0, 0.0, "2026-08-07"]]
    assert rows(text) == expected
    assert rows(gzip.compress(text.encode())) == expected
    half = len(text) // 2
    assert rows(gzip.compress(text[:half].encode()) + gzip.compress(text[half:].encode())) == expected
    assert rows(text.replace("\n", "\r\n")) == expected


def test_header_variants() -> None:
    assert rows("cve,epss,percentile\nCVE-2026-8037,0.5,0.9\n") == [["CVE-2026-8037", 0.5, 0.9, None]]
    assert rows("# a comment\ncve,epss,percentile,date\nCVE-2026-8037,0.5,0.9,2026-07-04\n")[0][3] == "2026-07-04"
    assert rows("percentile,cve,epss\n0.9,CVE-2026-8037,0.5\n")[0][:3] == ["CVE-2026-8037", 0.5, 0.9]


def test_bad_rows_are_named() -> None:
    text = "cve,epss,percentile\nCVE-1,0.1,0.1\nCVE-2026-1111,1.5,0\nCVE-2026-2222,nan,0\nCVE-2026-3333\n"
    result = epss.parse((text + "CVE-2026-4444,0.1,0.1\nCVE-2026-4444,0.2,0.1\n").encode(), {})
    assert [row[0] for row in result["rows"]] == ["CVE-2026-4444"]
    assert len(result["skipped"]) == 5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"<html>", "web page"),
        (b"# only\n", "only comment"),
        (b"a,b,c\n1,2,3\n", "no column 'cve'"),
        (b"cve,epss\nCVE-2026-1111,0.1\n", "no column 'percentile'"),
        (b"\x1f\x8bnope", "says it is gzip"),
        (gzip.compress(b"x" * 5000, mtime=0)[:-12], "breaks off"),
        (gzip.compress(b"\0" * 70_000_000, mtime=0), "more than 64 MB"),
        (b"cve,epss,percentile\nx,y,z\n", "no row that can be read"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_not_a_score_file(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        epss.parse(data, {})


def test_a_whole_day_of_scores_fits_the_limits() -> None:
    generator = random.Random(7)
    lines = [
        f"CVE-{1999 + n % 28}-{n + 1000},{generator.random():.5f},{generator.random():.5f}" for n in range(280_000)
    ]
    data = gzip.compress((HEAD + "cve,epss,percentile\n" + "\n".join(lines)).encode(), 1)
    result = run_parser("source.epss", data, subject="scores", limits=PARSE_LIMITS["epss"])
    assert len(result["rows"]) == 280_000


def test_real_samples(shared_data: Path) -> None:
    counts = {}
    for name in ("epss_50_cves_2026-07-04_vulnctl.csv", "example-1.csv", "missing-date.csv"):
        counts[name] = len(rows((shared_data / "epss" / name).read_bytes()))
    assert list(counts.values()) == [50, 5, 5]
    assert date.fromisoformat(rows((shared_data / "epss/example-1.csv").read_bytes())[0][3]) == date(2025, 2, 20)
    with pytest.raises(BadInputError):
        rows((shared_data / "epss/invalid-header.csv").read_bytes())
