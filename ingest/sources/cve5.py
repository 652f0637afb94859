"""CVE records (format 5.x) with CISA's ADP container: affected versions, CPE, SSVC; one record, a list or a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urljoin

from pydantic import Field, ValidationError

from ingest.sources.envelope import envelope, first_fault
from ingest.sources.fields import Cve, Name, Wire, Words, cve_id, cwes_of, links_of, utc
from ingest.sources.nvd import WireConfiguration, WireCvss, configuration
from ingest.strict_json import load_json
from knowledge.errors import BadInputError
from knowledge.records.vulnerability import AffectedProduct, AffectedVersion, Cvss, Ssvc, Ternary, Vulnerability

PARSER_VERSION = 1
ACCEPT = "application/json"


@dataclass(frozen=True, slots=True)
class Config:
    """Bounds of one document."""

    max_records: int = 5_000
    inflated_bytes: int = 100 * 1024 * 1024
    member_bytes: int = 5 * 1024 * 1024
    max_affected: int = 500
    max_versions: int = 2_000


CONFIG = Config()
Status = Literal["affected", "unaffected", "unknown"]


class _Version(Wire):
    version: Name = ""
    status: Status = "affected"
    lessThan: Name = ""  # noqa: N815 - as the format names it
    lessThanOrEqual: Name = ""  # noqa: N815
    versionType: Name = ""  # noqa: N815


class _Affected(Wire):
    vendor: Name = ""
    product: Name = ""
    packageName: Name = ""  # noqa: N815
    cpes: list[str] = Field(default_factory=list)
    defaultStatus: Status = "unknown"  # noqa: N815
    versions: list[_Version] = Field(default_factory=list)


class _Other(Wire):
    type: str = ""
    content: dict[str, Any] = Field(default_factory=dict)


class _Metric(Wire):
    cvssV4_0: WireCvss | None = None  # noqa: N815
    cvssV3_1: WireCvss | None = None  # noqa: N815
    cvssV3_0: WireCvss | None = None  # noqa: N815
    cvssV2_0: WireCvss | None = None  # noqa: N815
    other: _Other | None = None


class _Text(Wire):
    lang: str = "en"
    value: Words = ""


class _Problem(Wire):
    cweId: str = ""  # noqa: N815


class _ProblemType(Wire):
    descriptions: list[_Problem] = Field(default_factory=list)


class _Reference(Wire):
    url: str


class _Provider(Wire):
    shortName: Name = ""  # noqa: N815


class _Container(Wire):
    providerMetadata: _Provider = _Provider()  # noqa: N815
    title: Name = ""
    descriptions: list[_Text] = Field(default_factory=list)
    rejectedReasons: list[_Text] = Field(default_factory=list)  # noqa: N815
    affected: list[_Affected] = Field(default_factory=list)
    metrics: list[_Metric] = Field(default_factory=list)
    problemTypes: list[_ProblemType] = Field(default_factory=list)  # noqa: N815
    references: list[_Reference] = Field(default_factory=list)
    cpeApplicability: list[WireConfiguration] = Field(default_factory=list)  # noqa: N815
    tags: list[str] = Field(default_factory=list)


class _Containers(Wire):
    cna: _Container
    adp: list[_Container] = Field(default_factory=list)


class _Metadata(Wire):
    cveId: Cve  # noqa: N815
    state: Literal["PUBLISHED", "REJECTED"]
    datePublished: str | None = None  # noqa: N815
    dateUpdated: str | None = None  # noqa: N815


class _RecordFile(Wire):
    dataType: Literal["CVE_RECORD"]  # noqa: N815
    dataVersion: str = Field(pattern=r"^5\.")  # noqa: N815
    cveMetadata: _Metadata  # noqa: N815
    containers: _Containers


def by_id_url(base: str, cve: str) -> str:
    """Address of one record; raises ValueError for what is no CVE id."""
    return urljoin(base if base.endswith("/") else base + "/", cve_id(cve))


def parse(data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - one signature for all parsers
    """Read one CVE record, a JSON list of them, or a zip of record files.

    Returns:
        An envelope of `Vulnerability` records; their `configurations` come from `cpeApplicability`.

    Raises:
        BadInputError: not a record (when it is a single one), or past a bound.
    """
    skipped: list[tuple[str, str]] = []
    records: list[Vulnerability] = []
    single = data[:4] != b"PK\x03\x04"
    for number, (name, raw) in enumerate(_documents(data, skipped), 1):
        if number > CONFIG.max_records:
            skipped.append(("further records", f"only {CONFIG.max_records} are read from one file"))
            break
        try:
            records.append(_vulnerability(_RecordFile.model_validate(raw)))
        except ValidationError as error:
            skipped.append((name, first_fault(error)))
        except ValueError as error:
            skipped.append((name, str(error)[:200]))
    if single and skipped and not records:
        raise BadInputError(f"is not a CVE record of format 5 ({skipped[0][1][:120]})")
    sentence = "" if records else "has no CVE record in it"
    return envelope(records, outcome="read" if records else "empty", sentence=sentence, skipped=skipped)


def _documents(data: bytes, skipped: list[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    if data[:4] == b"PK\x03\x04":
        yield from _zip_members(data, skipped)
        return
    value = load_json(data)
    if isinstance(value, list):
        for number, raw in enumerate(value, 1):
            yield f"record {number}", raw
    else:
        yield "record", value


def _zip_members(data: bytes, skipped: list[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    left = CONFIG.inflated_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                name = info.filename.rsplit("/", 1)[-1]
                if not (name.startswith("CVE-") and name.endswith(".json")):
                    continue
                with archive.open(info) as member:
                    content = member.read(CONFIG.member_bytes + 1)
                left -= len(content)
                if left < 0:
                    raise BadInputError(f"inflates to more than {CONFIG.inflated_bytes // 1_048_576} MB")
                if len(content) > CONFIG.member_bytes:
                    skipped.append((name[:60], f"is larger than {CONFIG.member_bytes // 1_048_576} MB"))
                    continue
                try:
                    yield name[:60], load_json(content)
                except BadInputError as error:
                    skipped.append((name[:60], error.message))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadInputError(f"is a damaged or encrypted zip ({str(error)[:80]})") from None


def _vulnerability(record: _RecordFile) -> Vulnerability:
    cna, adps = record.containers.cna, record.containers.adp
    every = [cna, *adps]
    rejected = record.cveMetadata.state == "REJECTED"
    texts = cna.rejectedReasons if rejected else cna.descriptions
    metadata = record.cveMetadata
    return Vulnerability(
        cve_id=metadata.cveId,
        state="rejected" if rejected else "published",
        title=next((part.title for part in every if part.title and part is cna), ""),
        description=next((text.value for text in texts if text.lang.lower().startswith("en")), ""),
        published_at=utc(metadata.datePublished) if metadata.datePublished else None,
        modified_at=utc(metadata.dateUpdated) if metadata.dateUpdated else None,
        cvss=tuple(score for part in every for score in _scores(part)),
        cwes=cwes_of([d.cweId for part in every for kind in part.problemTypes for d in kind.descriptions]),
        configurations=tuple(configuration(one) for part in every for one in part.cpeApplicability),
        affected=tuple(_affected(one, part) for part in every for one in part.affected)[: CONFIG.max_affected],
        ssvc=next((ssvc for part in adps if (ssvc := _ssvc(part))), None),
        references=links_of([reference.url for part in every for reference in part.references]),
        tags=tuple(dict.fromkeys(tag[:80] for part in every for tag in part.tags)),
    )


def _affected(wire: _Affected, part: _Container) -> AffectedProduct:
    return AffectedProduct(
        vendor=wire.vendor,
        product=wire.product or wire.packageName,
        cpes=tuple(cpe for cpe in wire.cpes if cpe.startswith(("cpe:2.3:", "cpe:/")))[:100],
        default_status=wire.defaultStatus,
        versions=tuple(
            AffectedVersion(
                version=one.version,
                status=one.status,
                less_than=one.lessThan,
                less_than_or_equal=one.lessThanOrEqual,
                version_type=one.versionType,
            )
            for one in wire.versions[: CONFIG.max_versions]
        ),
        provider=part.providerMetadata.shortName,
    )


def _scores(part: _Container) -> Iterator[Cvss]:
    for metric in part.metrics:
        for data in (metric.cvssV4_0, metric.cvssV3_1, metric.cvssV3_0, metric.cvssV2_0):
            if data is not None:
                yield Cvss(
                    version=data.version[:10],
                    score=data.baseScore,
                    severity=data.baseSeverity.upper(),
                    vector=data.vectorString,
                    provider=part.providerMetadata.shortName,
                )


def _ssvc(part: _Container) -> Ssvc | None:
    """Read CISA's decision points: a list of one-key objects under `metrics[].other` of type `ssvc`."""
    for metric in part.metrics:
        if metric.other is None or metric.other.type != "ssvc":
            continue
        options = metric.other.content.get("options")
        points: dict[str, str] = {}
        for option in options if isinstance(options, list) else []:
            if isinstance(option, dict):
                points |= {str(key).lower(): str(value).lower() for key, value in option.items()}
        exploitation, impact = points.get("exploitation", ""), points.get("technical impact", "")
        return Ssvc(
            exploitation=_among(exploitation, ("none", "poc", "active")),
            automatable=_yes_no(points.get("automatable", "")),
            technical_impact=_impact(impact),
            provider=part.providerMetadata.shortName,
        )
    return None


def _among(value: str, known: tuple[str, ...]) -> Any:
    return value if value in known else "unknown"


def _impact(value: str) -> Any:
    return _among(value, ("partial", "total"))


def _yes_no(value: str) -> Ternary:
    if value == "yes":
        return "yes"
    return "no" if value == "no" else "unknown"
