"""A refresh from a folder: the same facts, and nobody is asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.http import Validators
from knowledge.errors import NotFoundError
from knowledge.places import Places
from knowledge.records.source import Source
from tests.ingest.pipeline.world import LOOKING, NOW, FakeWeb, csaf, cve_record, kev, nvd_page, rss, run, source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    place.mkdir()
    (place / "news.xml").write_bytes(rss("one CVE-2026-5555"))
    (place / "kev.json").write_bytes(kev(1111))
    (place / "epss.csv").write_text("cve,epss,percentile\nCVE-2026-1111,0.5,0.9\n")
    (place / "advisories").mkdir()
    (place / "advisories/a1.json").write_bytes(csaf(1, 1))
    (place / "advisories/deep").mkdir()
    (place / "advisories/deep/a2.json").write_bytes(csaf(2, 2))
    (place / "advisories/broken.json").write_text("{")
    (place / "cve").mkdir()
    (place / "cve/CVE-2026-5555.json").write_bytes(cve_record("CVE-2026-5555"))
    (place / "nvd.json").write_bytes(nvd_page("CVE-2026-1111"))
    (place / "stray.txt").write_text("x")
    return place


def all_kinds() -> list[Source]:
    return [
        source("news"),
        source("kev", kind="kev"),
        source("epss", kind="epss"),
        source("csaf", kind="csaf", file="advisories"),
        source("cve", kind="cve5"),
        source("nvd", kind="nvd"),
        source("absent"),
        source("outside", file="../../etc/passwd"),
    ]


def test_the_same_from_a_folder_asks_nobody(store: Any, web: FakeWeb, folder: Path) -> None:
    reports = run(store, web, *all_kinds(), from_dir=folder, options=LOOKING)
    assert web.asked == []
    added = {name: reports[name].added for name in ("news", "kev", "epss", "csaf", "cve", "nvd")}
    assert added == {"news": 1, "kev": 1, "epss": 1, "csaf": 2, "cve": 1, "nvd": 1}
    assert [skip.subject for skip in reports["csaf"].skipped] == ["broken.json"]
    assert (reports["absent"].outcome, reports["outside"].outcome) == ("missing", "missing")
    assert "looked for absent.xml or absent.rss or absent.atom" in reports["absent"].sentence
    assert [skip.subject for skip in reports["folder"].skipped] == ["stray.txt"]
    state = store.source_state("news")
    assert (state.etag, state.next_check_at) == ("", None)
    again = run(store, web, *all_kinds(), from_dir=folder)
    assert {again[name].outcome for name in added} == {"unchanged"}
    with pytest.raises(NotFoundError):
        run(store, web, from_dir=folder / "nowhere")


def test_a_folder_then_the_network_asks_for_everything(store: Any, web: FakeWeb, folder: Path) -> None:
    news = source("news")
    web.answers[news.url] = rss("one CVE-2026-5555", "two")
    run(store, web, news)
    run(store, web, news, from_dir=folder)
    run(store, web, news, now=NOW + timedelta(hours=3))
    assert web.asked[-1][1] == Validators(news.url, "", "")


def test_all_real_data_from_a_folder(places: Places, web: FakeWeb, shared_data: Path, tmp_path: Path) -> None:
    sources = [
        *(source(path.stem, file=f"feeds/{path.name}") for path in sorted((shared_data / "feeds").glob("*.xml"))),
        source("kev", kind="kev", file="kev/kev_2026-08-07.json"),
        source("epss", kind="epss", file="epss/epss_50_cves_2026-07-04_vulnctl.csv"),
        source("csaf", kind="csaf", file="csaf"),
        source("nvd", kind="nvd", file="nvd/osv_nvd2"),
        source("cve", kind="cve5", file="nvd/osv_nvd2/vulnfeeds/test_data/cve5"),
    ]
    store = places.shared().facts(NOW)
    reports = run(store, web, *sources, from_dir=shared_data)
    added = {name: report.added for name, report in reports.items() if name not in ("folder", "nvd", "cve")}
    assert added == {
        "bleepingcomputer": 62, "cybersecuritynews": 175, "darkreading": 22, "securityweek": 61, "stepsecurity": 3,
        "thehackernews": 48, "kev": 1662, "epss": 50, "csaf": 43,
    }  # fmt: skip
    # Who comes first of NVD and the CVE list adds a CVE that both have; the other one updates it.
    assert sum(reports[name].added for name in ("nvd", "cve")) == 36
    assert (reports["csaf"].unchanged, len(reports["csaf"].skipped)) == (19, 16)
    assert {report.outcome for report in reports.values()} == {"read"}
