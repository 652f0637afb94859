"""A made-up web for a refresh: what each address answers, and the documents of each kind of source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ingest.http import FetchResult, HttpLimits, Validators
from ingest.pipeline import Options, refresh
from knowledge.records.source import RefreshReport, Source, SourceKind, SourceReport

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
OPTIONS = Options(jitter=lambda: 0.0, sleep=lambda seconds: None, lookup_limit=0)
LOOKING = replace(OPTIONS, lookup_limit=60)


@dataclass
class FakeWeb:
    """Answers by URL; remembers what was asked, with which validators and headers."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Validators | None, dict[str, str]]] = field(default_factory=list)

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = "*/*",
        limits: HttpLimits | None = None,
        now: datetime | None = None,
    ) -> FetchResult:
        self.asked.append((url, validators, dict(headers or {})))
        answer = self.answers.get(url)
        if callable(answer):
            answer = answer()
        if answer is None:
            return FetchResult("http-error", "answered 404: nothing is at this address", 404, final_url=url)
        if isinstance(answer, bytes):
            return FetchResult("read", status=200, body=answer, etag='"1"', last_modified="then", final_url=url)
        assert isinstance(answer, FetchResult)
        return replace(answer, final_url=answer.final_url or url)


def source(source_id: str, kind: SourceKind = "feed", url: str = "", **more: Any) -> Source:
    return Source(id=source_id, kind=kind, title=source_id.title(), url=url or f"https://{source_id}.example/", **more)


def rss(*titles: str) -> bytes:
    items = "".join(f"<item><title>{t}</title><guid>{n}</guid></item>" for n, t in enumerate(titles))
    return f"<rss><channel><title>t</title>{items}</channel></rss>".encode()


def kev(*numbers: int, version: str = "2026.08.07", count: int | None = None) -> bytes:
    entries = [
        {"cveID": f"CVE-2026-{n}", "vendorProject": "V", "product": "P", "dateAdded": "2026-08-07"} for n in numbers
    ]
    head = {"catalogVersion": version, "count": len(entries) if count is None else count}
    return json.dumps({**head, "vulnerabilities": entries}).encode()


def nvd_page(*cves: str, total: int | None = None, start: int = 0) -> bytes:
    records = [
        {"cve": {"id": cve, "published": "2026-08-01T00:00:00", "lastModified": "2026-08-02T00:00:00"}} for cve in cves
    ]
    head = {"format": "NVD_CVE", "version": "2.0", "startIndex": start, "totalResults": total or len(cves)}
    return json.dumps({**head, "vulnerabilities": records}).encode()


def cve_record(cve: str) -> bytes:
    cna = {"affected": [{"vendor": "v", "product": "p"}], "descriptions": [{"lang": "en", "value": "x"}]}
    metadata = {"cveId": cve, "state": "PUBLISHED"}
    record = {"dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": metadata, "containers": {"cna": cna}}
    return json.dumps(record).encode()


def run(
    store: Any, web: Any, *sources: Source, now: datetime = NOW, options: Options = OPTIONS, **more: Any
) -> dict[str, SourceReport]:
    report = refresh(store, sources, now=now, fetcher=web, options=options, **more)
    assert isinstance(report, RefreshReport)
    return {one.source_id: one for one in report.sources}


def nvd_source() -> Source:
    return source("nvd", kind="nvd", url="https://nvd.example/cves/2.0")


def csaf(number: int, day: int) -> bytes:
    at = f"2026-08-{day:02}T00:00:00Z"
    document = {
        "category": "csaf_base", "csaf_version": "2.0", "title": f"A{number}",
        "publisher": {"name": "P", "namespace": "https://p.example"},
        "tracking": {"id": f"A{number}", "initial_release_date": at, "current_release_date": at},
    }  # fmt: skip
    return json.dumps({"document": document}).encode()
