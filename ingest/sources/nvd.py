"""NVD's CVE API 2.0: the addresses to ask, and its pages as Vulnerability records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import Field, ValidationError

from ingest.sources.envelope import envelope, first_fault
from ingest.sources.fields import Cve, Name, Wire, Words, cwes_of, links_of, utc
from ingest.strict_json import list_at, load_object
from knowledge.errors import BadInputError
from knowledge.records.vulnerability import ConfigNode, Configuration, CpeMatch, Cvss, Vulnerability

PARSER_VERSION = 1
ACCEPT = "application/json"
BODY_BYTES = 24 * 1024 * 1024
"""A page of CVEs with long configurations may pass the general 15 MB."""


@dataclass(frozen=True, slots=True)
class Config:
    """What NVD asks of its users (nvd.nist.gov/developers/start-here)."""

    window: timedelta = timedelta(days=120)
    """Longest range of `lastModStartDate` and `lastModEndDate` that is answered."""
    page_size: int = 1_000
    """NVD gives up to 2,000; smaller pages stay inside the time and memory limits."""
    known_exploited_page_size: int = 200
    """CVEs of the KEV catalogue have the longest configurations."""
    calls: int = 5
    calls_with_key: int = 50
    per_seconds: float = 30.0
    first_window: timedelta = timedelta(days=8)
    """How far back the first read goes; older CVEs are looked up by id when something names them."""
    max_pages: int = 20
    """Of one read; the next one goes on from there."""


CONFIG = Config()


class _CpeMatch(Wire):
    criteria: str = Field(pattern=r"^cpe:2\.3:", max_length=1_000)
    vulnerable: bool = True
    versionStartIncluding: Name = ""  # noqa: N815 - as NVD names it
    versionStartExcluding: Name = ""  # noqa: N815
    versionEndIncluding: Name = ""  # noqa: N815
    versionEndExcluding: Name = ""  # noqa: N815


class _Node(Wire):
    operator: Literal["AND", "OR"] = "OR"
    negate: bool = False
    cpeMatch: list[_CpeMatch] = Field(default_factory=list)  # noqa: N815


class WireConfiguration(Wire):
    """One configuration as NVD and CVE records 5.1 (`cpeApplicability`) both write it."""

    operator: Literal["AND", "OR"] = "OR"
    negate: bool = False
    nodes: list[_Node] = Field(default_factory=list)


class WireCvss(Wire):
    """The CVSS object that NVD and CVE records share."""

    version: str
    baseScore: float = Field(ge=0, le=10)  # noqa: N815
    vectorString: Name = ""  # noqa: N815
    baseSeverity: Name = ""  # noqa: N815


class _Metric(Wire):
    source: Name = ""
    baseSeverity: Name = ""  # noqa: N815 - where version 2 has it
    cvssData: WireCvss  # noqa: N815


class _Metrics(Wire):
    cvssMetricV40: list[_Metric] = Field(default_factory=list)  # noqa: N815
    cvssMetricV31: list[_Metric] = Field(default_factory=list)  # noqa: N815
    cvssMetricV30: list[_Metric] = Field(default_factory=list)  # noqa: N815
    cvssMetricV2: list[_Metric] = Field(default_factory=list)  # noqa: N815


class _Text(Wire):
    lang: str
    value: Words


class _Weakness(Wire):
    description: list[_Text] = Field(default_factory=list)


class _Reference(Wire):
    url: str


class _Tags(Wire):
    tags: list[str] = Field(default_factory=list)


class _Cve(Wire):
    id: Cve
    published: str
    lastModified: str  # noqa: N815
    vulnStatus: Name = ""  # noqa: N815
    descriptions: list[_Text] = Field(default_factory=list)
    metrics: _Metrics = _Metrics()
    weaknesses: list[_Weakness] = Field(default_factory=list)
    configurations: list[WireConfiguration] = Field(default_factory=list)
    references: list[_Reference] = Field(default_factory=list)
    cveTags: list[_Tags] = Field(default_factory=list)  # noqa: N815


def by_id_url(base: str, cve: str) -> str:
    """Address of one CVE."""
    return f"{base}?{urlencode({'cveId': cve})}"


def known_exploited_url(base: str, start_index: int = 0) -> str:
    """Address of a page of all CVEs that are in the KEV catalogue."""
    return f"{base}?hasKev&{urlencode({'resultsPerPage': CONFIG.known_exploited_page_size, 'startIndex': start_index})}"


def window_url(base: str, since: datetime, until: datetime, start_index: int = 0) -> str:
    """Address of a page of the CVEs modified in a window of at most 120 days."""
    query = {
        "lastModStartDate": _stamp(since),
        "lastModEndDate": _stamp(until),
        "resultsPerPage": CONFIG.page_size,
        "startIndex": start_index,
    }
    return f"{base}?{urlencode(query)}"


def windows(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Cut a span into windows that NVD answers, oldest first."""
    spans: list[tuple[datetime, datetime]] = []
    while since < until:
        end = min(since + CONFIG.window, until)
        spans.append((since, end))
        since = end
    return spans


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+00:00")


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - one signature for all parsers
    """Read one page.

    Returns:
        An envelope of `Vulnerability` records with the page's `start`, `count` (entries in it) and `total`.

    Raises:
        BadInputError: not such a page.
    """
    page = load_object(data)
    if page.get("format") != "NVD_CVE" or page.get("version") != "2.0":
        raise BadInputError("is not a page of NVD's CVE API 2.0")
    entries = list_at(page, "vulnerabilities")
    skipped: list[tuple[str, str]] = []
    records: list[Vulnerability] = []
    for number, raw in enumerate(entries, 1):
        cve = raw.get("cve") if isinstance(raw, dict) else None
        try:
            records.append(_vulnerability(_Cve.model_validate(cve)))
        except ValidationError as error:
            skipped.append((_name(cve, number), first_fault(error)))
        except ValueError as error:
            skipped.append((_name(cve, number), str(error)[:200]))
    return envelope(
        records,
        outcome="read" if entries else "empty",
        sentence="" if entries else "is a page without a single CVE",
        skipped=skipped,
        start=_count(page, "startIndex"),
        count=len(entries),
        total=_count(page, "totalResults"),
    )


def _vulnerability(cve: _Cve) -> Vulnerability:
    return Vulnerability(
        cve_id=cve.id,
        state=_state(cve.vulnStatus),
        description=next((text.value for text in cve.descriptions if text.lang.lower().startswith("en")), ""),
        published_at=utc(cve.published),
        modified_at=utc(cve.lastModified),
        cvss=tuple(_scores(cve.metrics)),
        cwes=cwes_of([text.value for weakness in cve.weaknesses for text in weakness.description]),
        configurations=tuple(configuration(one) for one in cve.configurations),
        references=links_of([reference.url for reference in cve.references]),
        tags=tuple(dict.fromkeys(tag[:80] for tags in cve.cveTags for tag in tags.tags)),
    )


def _scores(metrics: _Metrics) -> list[Cvss]:
    every = (*metrics.cvssMetricV40, *metrics.cvssMetricV31, *metrics.cvssMetricV30, *metrics.cvssMetricV2)
    return [
        Cvss(
            version=metric.cvssData.version[:10],
            score=metric.cvssData.baseScore,
            severity=(metric.cvssData.baseSeverity or metric.baseSeverity).upper(),
            vector=metric.cvssData.vectorString,
            provider=metric.source,
        )
        for metric in every
    ]


def configuration(wire: WireConfiguration) -> Configuration:
    """Turn a configuration into its record."""
    return Configuration(
        operator=wire.operator,
        negate=wire.negate,
        nodes=tuple(
            ConfigNode(operator=node.operator, negate=node.negate, matches=tuple(_match(m) for m in node.cpeMatch))
            for node in wire.nodes
        ),
    )


def _match(wire: _CpeMatch) -> CpeMatch:
    return CpeMatch(
        criteria=wire.criteria,
        vulnerable=wire.vulnerable,
        version_start_including=wire.versionStartIncluding,
        version_start_excluding=wire.versionStartExcluding,
        version_end_including=wire.versionEndIncluding,
        version_end_excluding=wire.versionEndExcluding,
    )


def _state(status: str) -> Literal["published", "rejected", "awaiting-analysis"]:
    if status == "Rejected":
        return "rejected"
    return "published" if status in ("", "Analyzed", "Modified") else "awaiting-analysis"


def _count(page: dict[str, Any], key: str) -> int:
    value = page.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**8:
        raise BadInputError(f"has no usable '{key}'")
    return value


def _name(cve: Any, number: int) -> str:
    name = cve.get("id") if isinstance(cve, dict) else None
    return name[:40] if isinstance(name, str) else f"entry {number}"
