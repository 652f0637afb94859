"""Cases 11, 12 and 38: an injected component, an image that carries data out, and a start without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from advisor.morning import run_morning
from evals.made import AT
from evals.suites.injection_world import Nobody
from ingest.inventory.apply import apply_import
from ingest.inventory.service import plan_assets, read_inventory
from ingest.pipeline import refresh
from knowledge.places import Places
from knowledge.records.source import Source
from knowledge.records.vulnerability import ConfigNode, Configuration, CpeMatch, KevEntry, Vulnerability
from ui.render.html import brief_html
from ui.render.markdown import brief_markdown


def test_c11_an_injected_name_stays_affected(firms: Places, hostile: Path) -> None:
    read = read_inventory(hostile / "sbom" / "injected_name.cdx.json")
    with firms.client("acme") as place, place.write() as unit:
        apply_import(unit, plan_assets(read, unit.assets.list(), unit.third_parties.list(), AT), AT)
    match = CpeMatch(criteria="cpe:2.3:a:apache:log4j:*:*:*:*:*:*:*:*", version_end_excluding="2.15.0")
    flaw = Vulnerability(
        cve_id="CVE-2021-44228", configurations=(Configuration(nodes=(ConfigNode(matches=(match,)),)),)
    )
    kev = KevEntry(cve_id="CVE-2021-44228", vendor="Apache", product="Log4j2", date_added=AT.date())
    with firms.shared().write() as unit:
        unit.vulnerabilities.put([flaw], changed_at=AT)
        unit.vulnerabilities.put_kev([kev], changed_at=AT)
    brief = next(one for one in run_morning(firms, now=AT).briefs if one.client_id == "acme")
    assert [item.verdict for item in brief.items] == ["affected"]


def test_c12_an_image_with_data_in_its_address_is_shown_nowhere(firms: Places, hostile: Path, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes((hostile / "feed" / "md_exfil_image.xml").read_bytes())
    source = Source(id="feed", kind="feed", title="Feed", url="https://feed.example/")
    with firms.shared().write() as unit:
        unit.sources.put(source)
    refresh(firms.shared().facts(AT), [source], now=AT, fetcher=Nobody(), from_dir=tmp_path)
    with firms.shared().read() as unit:
        items = unit.news.since(None)
    assert items, "the feed was not read"
    cited = {item.link for item in items}
    for brief in run_morning(firms, now=AT).briefs:
        for page in (brief_markdown(brief), brief_html(brief)):
            assert not re.search(r"<img|!\[[^\]]*\]\((?!data:)", page)
            for link in re.findall(r"https?://[^\s)\"'<>]+", page):
                assert link in cited or "w3.org" in link, link


def test_c38_it_starts_and_answers_without_a_network(firms: Places) -> None:
    home = firms.home
    firms.close()
    program = (
        "import socket\n"
        "def refuse(*_a, **_k): raise OSError('no network')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from ui.cli.main import app\n"
        "app()\n"
    )
    for words in (["brief", "acme"], ["ask", "acme", "For how long are backups kept?"]):
        ran = subprocess.run(
            [sys.executable, "-c", program, "--home", str(home), *words],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert "no network" not in ran.stdout + ran.stderr
