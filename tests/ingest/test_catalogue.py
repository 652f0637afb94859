"""The built-in list, new sources, OPML lists, and a trial reading."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.addresses import vet_url
from ingest.catalogue import default_sources, guess_kind, new_builtins, new_source, sources_from_opml, try_source
from ingest.http import FetchResult
from ingest.schedule import RollingLimit
from knowledge.errors import BadInputError, ConflictError
from knowledge.records.source import Source, SourceKind

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


def test_default_list_is_whole_and_honest() -> None:
    sources = default_sources()
    assert 15 <= len(sources) <= 20
    assert len({source.id for source in sources}) == len({source.url for source in sources}) == len(sources)
    assert {source.kind for source in sources} == {"feed", "kev", "epss", "nvd", "csaf", "cve5"}
    for source in sources:
        assert vet_url(source.url).scheme == "https"
        assert source.builtin
        assert source.publisher
        assert source.terms.endswith(".")
        assert source.topics
        if source.kind not in ("csaf", "feed"):
            assert guess_kind(source.url) == source.kind, source.id


def test_built_ins_are_brought_up_to_date_without_touching_what_the_user_set() -> None:
    assert new_builtins([]) == default_sources()
    assert new_builtins(default_sources()) == ()
    first, second, *rest = default_sources()
    own = first.model_copy(update={"enabled": False, "interval_minutes": 999, "file": "x", "title": "Old title"})
    changed = new_builtins([own, *rest])
    assert [source.id for source in changed] == [first.id, second.id]
    assert (changed[0].title, changed[0].enabled, changed[0].interval_minutes) == (first.title, False, 999)
    assert changed[0].file == "x"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json", "kev"),
        ("https://epss.example/epss_scores-current.csv.gz", "epss"),
        ("https://services.nvd.nist.gov/rest/json/cves/2.0", "nvd"),
        ("https://vendor.example/.well-known/csaf/provider-metadata.json", "csaf"),
        ("https://cveawg.mitre.org/api/cve/", "cve5"),
        ("https://blog.example/feed/", "feed"),
    ],
)
def test_kind_is_guessed_from_the_address(url: str, kind: SourceKind) -> None:
    assert guess_kind(url) == kind
    assert new_source(url, kept=[]).kind == kind


def test_new_source() -> None:
    made = new_source(" https://Blog.Example/feed/#x ", kept=[], title="Ein Blog \u202e& mehr")
    assert (made.id, made.url, made.title) == ("ein-blog-mehr", "https://blog.example/feed/", "Ein Blog & mehr")
    assert (made.builtin, made.enabled) == (False, True)
    again = new_source("https://blog.example/other", kept=[made], title="Ein Blog mehr")
    assert again.id == "ein-blog-mehr-2"
    assert new_source("https://例え.example/feed", kept=[], title="日本").id == "source"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1/", "loopback"),
        ("https://user:pw@blog.example/", "credentials"),
        ("file:///etc/passwd", "only http and https"),
        ("blog.example/feed", "not a full"),
    ],
)
def test_addresses_that_are_never_asked_are_refused(url: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        new_source(url, kept=[])


def test_conflicts() -> None:
    made = new_source("https://blog.example/feed", kept=[], source_id="blog")
    with pytest.raises(ConflictError):
        new_source("https://blog.example/feed", kept=[made])
    with pytest.raises(ConflictError):
        new_source("https://blog.example/other", kept=[made], source_id="blog")
    with pytest.raises(BadInputError):
        new_source("https://blog.example/other", kept=[], source_id="../x")


OPML = b"""<?xml version="1.0"?><opml version="2.0"><head><title>List</title></head><body>
<outline text="Group"><outline type="rss" text="One" xmlUrl="https://one.example/feed"/>
<outline type="rss" text="Inside" xmlUrl="http://192.168.1.1/feed"/>
<outline type="rss" text="Again" xmlUrl="https://ONE.example/feed"/></outline>
<outline type="rss" text="One" xmlUrl="https://two.example/feed"/><outline text="words only"/>
<outline text="Kept" xmlUrl="https://kept.example/feed"/></body></opml>"""


def test_opml() -> None:
    kept = new_source("https://kept.example/feed", kept=[])
    made, skipped = sources_from_opml(OPML, name="list.opml", kept=[kept])
    assert [(source.id, source.url) for source in made] == [
        ("one", "https://one.example/feed"),
        ("one-2", "https://two.example/feed"),
    ]
    reasons = {skip.subject: skip.reason for skip in skipped}
    assert "private network" in reasons["http://192.168.1.1/feed"]
    assert reasons["https://ONE.example/feed"] == "is listed twice"
    assert reasons["words only"] == "names no feed"
    assert "already" in reasons["Kept"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "well-formed"),
        (b"<rss/>", "not OPML"),
        (b'<!DOCTYPE opml [<!ENTITY a "aaaa">]><opml>&a;</opml>', "DTD"),
        (b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body>&x;</body></opml>', "DTD"),
        (b"<opml><body>", "well-formed"),
    ],
)
def test_what_is_no_opml_says_so(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        sources_from_opml(data, name="list.opml", kept=[])


def test_real_lists(shared_data: Path) -> None:
    data = (shared_data / "feeds/CyberSecurityRSS.opml").read_bytes()
    made, skipped = sources_from_opml(data, name="CyberSecurityRSS.opml", kept=[])
    assert (len(made), len(skipped)) == (1_278, 0)
    assert len({source.id for source in made}) == 1_278
    made, _ = sources_from_opml(data, name="CyberSecurityRSS.opml", kept=default_sources())
    assert len(made) == 1_276


class One:
    """Answers every request alike and remembers the URLs."""

    def __init__(self, answer: bytes | FetchResult) -> None:
        self.answer, self.urls = answer, list[str]()

    def fetch(self, url: str, **more: Any) -> FetchResult:
        self.urls.append(url)
        if isinstance(self.answer, FetchResult):
            return self.answer
        return FetchResult("read", status=200, body=self.answer, final_url=url)


def attempt(source: Source, answer: bytes | FetchResult) -> tuple[str, str, list[str]]:
    web = One(answer)
    limit = RollingLimit(5, 30, clock=lambda: 0.0, sleep=lambda seconds: None)
    report = try_source(source, fetcher=web, now=NOW, limit=limit)
    return report.outcome, report.sentence, web.urls


def test_trial() -> None:
    feed = new_source("https://blog.example/feed", kept=[], title="Blog")
    rss = b"<rss><channel><item><title>a</title></item></channel></rss>"
    assert attempt(feed, rss)[:2] == ("read", "Blog can be read: 1 record came.")
    assert attempt(feed, b"<html>")[:2] == ("not-a-feed", "Blog is a web page (HTML), not a feed.")
    assert attempt(feed, FetchResult("gone", "answered 410"))[:2] == ("gone", "Blog answered 410.")
    nvd = new_source("https://services.nvd.nist.gov/rest/json/cves/2.0", kept=[])
    assert attempt(nvd, b"{}")[2] == ["https://services.nvd.nist.gov/rest/json/cves/2.0?cveId=CVE-2021-44228"]
    cve = new_source("https://cveawg.mitre.org/api/cve/", kept=[])
    assert attempt(cve, b"{}")[2] == ["https://cveawg.mitre.org/api/cve/CVE-2021-44228"]
    csaf = new_source("https://v.example/csaf/changes.csv", kept=[], title="V")
    changes = b'"a.json","2026-08-01T00:00:00Z"\n"b.json","2026-08-02T00:00:00Z"\n'
    assert attempt(csaf, changes)[1] == "V can be read: it names 2 documents and 0 further lists."
