"""NVD pages and CVE records become Vulnerability records; what cannot be read is named."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.gather import PARSE_LIMITS
from ingest.sandbox import run_parser, run_parser_many
from ingest.sources import cve5, nvd
from knowledge.errors import BadInputError
from knowledge.records.vulnerability import Vulnerability

CPE = "cpe:2.3:a:vendor:product:*:*:*:*:*:*:*:*"
CVE = {
    "id": "CVE-2026-1111",
    "published": "2026-08-01T10:00:00.123",
    "lastModified": "2026-08-02T10:00:00.123",
    "vulnStatus": "Analyzed",
    "descriptions": [{"lang": "es", "value": "no"}, {"lang": "en", "value": "A flaw.\u202e"}],
    "metrics": {
        "cvssMetricV31": [
            {
                "source": "nvd@nist.gov",
                "cvssData": {
                    "version": "3.1",
                    "baseScore": 9,
                    "vectorString": "CVSS:3.1/X",
                    "baseSeverity": "CRITICAL",
                },
            }
        ],
        "cvssMetricV2": [
            {"source": "nvd@nist.gov", "baseSeverity": "HIGH", "cvssData": {"version": "2.0", "baseScore": 7.5}}
        ],
    },
    "weaknesses": [{"description": [{"lang": "en", "value": "CWE-79"}, {"lang": "en", "value": "NVD-CWE-noinfo"}]}],
    "configurations": [
        {
            "operator": "AND",
            "nodes": [
                {"operator": "OR", "cpeMatch": [{"vulnerable": True, "criteria": CPE, "versionEndExcluding": "2.0"}]},
                {"operator": "OR", "cpeMatch": [{"vulnerable": False, "criteria": CPE}]},
            ],
        }
    ],
    "references": [{"url": "https://x.example/"}, {"url": "javascript:x"}],
    "cveTags": [{"sourceIdentifier": "x", "tags": ["disputed"]}],
}


def page(*cves: Any, **more: Any) -> bytes:
    head = {"format": "NVD_CVE", "version": "2.0", "startIndex": 0, "totalResults": len(cves), "resultsPerPage": 500}
    return json.dumps({**head, **more, "vulnerabilities": [{"cve": cve} for cve in cves]}).encode()


def test_page() -> None:
    result = nvd.parse(page(CVE), {})
    found = Vulnerability.model_validate(result["records"][0])
    assert (result["start"], result["count"], result["total"]) == (0, 1, 1)
    assert found.description == "A flaw."
    assert found.published_at == datetime(2026, 8, 1, 10, 0, 0, 123_000, tzinfo=UTC)
    assert [(s.version, s.score, s.severity) for s in found.cvss] == [("3.1", 9.0, "CRITICAL"), ("2.0", 7.5, "HIGH")]
    assert found.cwes == ("CWE-79",)
    assert found.configurations[0].operator == "AND"
    assert found.configurations[0].nodes[0].matches[0].version_end_excluding == "2.0"
    assert found.configurations[0].nodes[1].matches[0].vulnerable is False
    assert found.references == ("https://x.example/",)
    assert found.tags == ("disputed",)


@pytest.mark.parametrize(
    ("status", "state"),
    [("Analyzed", "published"), ("Modified", "published"), ("Rejected", "rejected"), ("Received", "awaiting-analysis"),
     ("Awaiting Analysis", "awaiting-analysis"), ("Undergoing Analysis", "awaiting-analysis"),
     ("Deferred", "awaiting-analysis")],
)  # fmt: skip
def test_state(status: str, state: str) -> None:
    record = nvd.parse(page({**CVE, "vulnStatus": status}), {})["records"][0]
    assert record.get("state", "published") == state


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "CVE-X"}, "not a CVE id"),
        ({"lastModified": "soon"}, "isoformat"),
        ({"configurations": [{"nodes": [{"cpeMatch": [{"criteria": "cpe:/a:x"}]}]}]}, "pattern"),
        ({"configurations": [{"nodes": [{"operator": "XOR"}]}]}, "AND"),
        ({"metrics": {"cvssMetricV31": [{"cvssData": {"version": "3.1", "baseScore": 11}}]}}, "less than or equal"),
        ({"metrics": {"cvssMetricV31": [{"cvssData": {"version": "3.1", "baseScore": "9"}}]}}, "valid number"),
        ({"descriptions": "text"}, "valid list"),
    ],
)
def test_a_bad_cve_is_skipped_and_the_rest_taken(change: dict[str, Any], words: str) -> None:
    result = nvd.parse(page({**CVE, **change}, {**CVE, "id": "CVE-2026-2222"}), {})
    assert [record["cve_id"] for record in result["records"]] == ["CVE-2026-2222"]
    assert words in result["skipped"][0][1]


def test_not_a_page() -> None:
    for data in (b"{}", page(CVE, format="x"), page(CVE, totalResults="1"), page(CVE, startIndex=-1)):
        with pytest.raises(BadInputError):
            nvd.parse(data, {})
    assert nvd.parse(page(), {})["outcome"] == "empty"


def test_addresses_and_windows() -> None:
    base, start = "https://nvd.example/cves/2.0", datetime(2026, 1, 1, tzinfo=UTC)
    assert nvd.by_id_url(base, "CVE-2026-1111") == base + "?cveId=CVE-2026-1111"
    assert nvd.window_url(base, start, start + timedelta(hours=1), 500) == (
        base
        + "?lastModStartDate=2026-01-01T00%3A00%3A00.000%2B00%3A00&lastModEndDate=2026-01-01T01%3A00%3A00.000%2B00%3A00"
        "&resultsPerPage=1000&startIndex=500"
    )
    assert nvd.known_exploited_url(base, 200).startswith(base + "?hasKev&resultsPerPage=200")
    spans = nvd.windows(start, start + timedelta(days=300))
    assert [end - begin for begin, end in spans] == [timedelta(days=120), timedelta(days=120), timedelta(days=60)]
    assert nvd.windows(start, start) == []


def test_a_full_page_of_long_records_fits_the_limits() -> None:
    match = [{"vulnerable": True, "criteria": CPE, "versionEndExcluding": f"{n}.0"} for n in range(150)]
    heavy = {**CVE, "configurations": [{"nodes": [{"operator": "OR", "cpeMatch": match}]}]}
    data = page(*({**heavy, "id": f"CVE-2026-{n + 10_000}"} for n in range(nvd.CONFIG.page_size)))
    assert 8_000_000 < len(data) < nvd.BODY_BYTES
    found = run_parser("source.nvd", data, subject="page", limits=PARSE_LIMITS["nvd"])
    assert len(found["records"]) == nvd.CONFIG.page_size


def test_real_pages(shared_data: Path) -> None:
    fixtures = shared_data / "nvd/vunnel/tests/unit/providers/nvd/test-fixtures"
    full = run_parser("source.nvd", (fixtures / "full-page.json").read_bytes(), subject="full-page.json")
    assert (len(full["records"]), full["skipped"]) == (38, [])
    paths = sorted((shared_data / "nvd/osv_nvd2").glob("*.json"))
    results = run_parser_many("source.nvd", [(path.name, path.read_bytes()) for path in paths])
    pages = [result for result in results if not isinstance(result, BadInputError)]
    assert (len(paths), len(pages), sum(len(one["records"]) for one in pages)) == (31, 24, 36)
    assert all(one["skipped"] == [] for one in pages)
    assert all(str(r).count("\n") == 0 for r in results if isinstance(r, BadInputError))


# ---- CVE records

RECORD: dict[str, Any] = {
    "dataType": "CVE_RECORD",
    "dataVersion": "5.1",
    "cveMetadata": {
        "cveId": "CVE-2026-1111", "state": "PUBLISHED", "datePublished": "2026-08-01T10:00:00.000Z",
        "dateUpdated": "2026-08-03T10:00:00Z",
    },
    "containers": {
        "cna": {
            "providerMetadata": {"shortName": "vendor"},
            "title": "Flaw in Product",
            "descriptions": [{"lang": "en", "value": "A flaw."}],
            "affected": [
                {
                    "vendor": "Vendor", "product": "Product", "defaultStatus": "unaffected",
                    "versions": [{"version": "1.0", "lessThan": "1.5", "status": "affected", "versionType": "semver"}],
                }
            ],
            "metrics": [{"cvssV3_1": {"version": "3.1", "baseScore": 9.8, "baseSeverity": "CRITICAL"}}],
            "problemTypes": [{"descriptions": [{"cweId": "CWE-22", "lang": "en"}]}],
            "references": [{"url": "https://x.example/"}],
            "tags": ["unsupported-when-assigned"],
        },
        "adp": [
            {
                "providerMetadata": {"shortName": "CISA-ADP"},
                "affected": [{"vendor": "vendor", "product": "product", "cpes": [CPE, "x"]}],
                "metrics": [
                    {"other": {"type": "kev", "content": {"dateAdded": "2026-08-02"}}},
                    {
                        "other": {
                            "type": "ssvc",
                            "content": {
                                "options": [
                                    {"Exploitation": "active"}, {"Automatable": "yes"}, {"Technical Impact": "total"}
                                ]
                            },
                        }
                    },
                ],
                "cpeApplicability": [{"nodes": [{"operator": "OR", "cpeMatch": [{"criteria": CPE}]}]}],
            }
        ],
    },
}  # fmt: skip


def cve_record(record: Any) -> Vulnerability:
    return Vulnerability.model_validate(cve5.parse(json.dumps(record).encode(), {})["records"][0])


def test_record_with_cisas_container() -> None:
    found = cve_record(RECORD)
    assert (found.cve_id, found.title, found.description) == ("CVE-2026-1111", "Flaw in Product", "A flaw.")
    assert found.ssvc is not None
    assert (found.ssvc.exploitation, found.ssvc.automatable, found.ssvc.technical_impact) == ("active", "yes", "total")
    assert found.ssvc.provider == "CISA-ADP"
    cna, adp = found.affected
    assert (cna.provider, cna.default_status, cna.versions[0].less_than) == ("vendor", "unaffected", "1.5")
    assert (adp.provider, adp.cpes) == ("CISA-ADP", (CPE,))
    assert found.configurations[0].nodes[0].matches[0].criteria == CPE
    assert (found.cvss[0].score, found.cwes, found.tags) == (9.8, ("CWE-22",), ("unsupported-when-assigned",))


def test_odd_ssvc_values_are_unknown() -> None:
    record = json.loads(json.dumps(RECORD))
    other = record["containers"]["adp"][0]["metrics"][1]["other"]
    other["content"] = {"options": [{"Exploitation": "perhaps"}, 7, {"Automatable": None}]}
    ssvc = cve_record(record).ssvc
    assert ssvc is not None
    assert (ssvc.exploitation, ssvc.automatable, ssvc.technical_impact) == ("unknown", "unknown", "unknown")


def test_rejected_record_says_why() -> None:
    metadata = {"cveId": "CVE-2026-1111", "state": "REJECTED"}
    cna = {"rejectedReasons": [{"lang": "en", "value": "Not a flaw."}]}
    found = cve_record({**RECORD, "cveMetadata": metadata, "containers": {"cna": cna}})
    assert (found.state, found.description, found.published_at) == ("rejected", "Not a flaw.", None)


def test_list_and_zip_of_records() -> None:
    second = {**RECORD, "cveMetadata": {**RECORD["cveMetadata"], "cveId": "CVE-2026-2222"}}
    both = cve5.parse(json.dumps([RECORD, {"dataType": "x"}, second]).encode(), {})
    assert [r["cve_id"] for r in both["records"]] == ["CVE-2026-1111", "CVE-2026-2222"]
    assert both["skipped"][0][0] == "record 2"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deltaCves/CVE-2026-1111.json", json.dumps(RECORD))
        archive.writestr("deltaCves/CVE-2026-3333.json", "{broken")
        archive.writestr("../../CVE-2026-2222.json", json.dumps(second))
        archive.writestr("README.md", "x")
    found = cve5.parse(packed.getvalue(), {})
    assert [r["cve_id"] for r in found["records"]] == ["CVE-2026-1111", "CVE-2026-2222"]
    assert found["skipped"][0][0] == "CVE-2026-3333.json"


def test_zip_bomb_and_damaged_zip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cve5, "CONFIG", cve5.Config(inflated_bytes=1_000_000, member_bytes=400_000))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(5):
            archive.writestr(f"CVE-2026-{n + 1000}.json", b" " * 5_000_000)
    with pytest.raises(BadInputError, match="inflates to more"):
        cve5.parse(packed.getvalue(), {})
    with pytest.raises(BadInputError, match="damaged"):
        cve5.parse(packed.getvalue()[:-30], {})


def test_not_a_record() -> None:
    for data in (b"{}", b"7", json.dumps({**RECORD, "dataVersion": "4.0"}).encode()):
        with pytest.raises(BadInputError, match="not a CVE record"):
            cve5.parse(data, {})
    with pytest.raises(ValueError, match="not a CVE id"):
        cve5.by_id_url("https://cve.example/api/cve", "../../etc")
    assert cve5.by_id_url("https://cve.example/api/cve", "cve-2026-1111") == "https://cve.example/api/cve/CVE-2026-1111"


def test_real_records(shared_data: Path) -> None:
    paths = sorted((shared_data / "nvd/osv_nvd2/vulnfeeds/test_data/cve5").glob("*.json"))
    results = run_parser_many("source.cve5", [(path.name, path.read_bytes()) for path in paths])
    records = [Vulnerability.model_validate(result["records"][0]) for result in results]
    assert (len(records), sum(r.ssvc is not None for r in records)) == (12, 9)
    assert all(record.affected for record in records)
