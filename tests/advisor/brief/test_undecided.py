"""Older flaws that hang on a missing version: said on the first day, counted after, gone once the version is there."""

from datetime import date, datetime, timedelta

import pytest

from advisor.brief.undecided import OLD_QUESTIONS
from advisor.morning import run_morning
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.asset import Asset
from knowledge.records.brief import Brief
from knowledge.records.client import Client
from knowledge.records.vulnerability import AffectedProduct, AffectedVersion, KevEntry, Vulnerability
from ui.render.html import brief_html
from ui.render.markdown import brief_markdown
from ui.render.text import brief_text

OLD = date(2025, 3, 3)


def flaw(number: int, product: str, end: str = "2.0") -> Vulnerability:
    versions = (AffectedVersion(version="0", less_than=end, status="affected", version_type="semver"),)
    return Vulnerability(
        cve_id=f"CVE-2025-{number}",
        title=f"Code execution in Acme {product}",
        description=f"Acme {product} before {end} lets attackers run code.",
        published_at=datetime.fromisoformat("2025-03-01T00:00:00Z"),
        affected=(AffectedProduct(vendor="Acme", product=product, versions=versions),),
    )


def entry(number: int, product: str, added: date = OLD) -> KevEntry:
    return KevEntry(
        cve_id=f"CVE-2025-{number}", vendor="Acme", product=product, name=f"{product} flaw", date_added=added
    )


def asset(row: str, product: str, now: datetime, version: str = "") -> Asset:
    return Asset(id=row, name=f"Box {row}", vendor="Acme", product=product, version=version, updated_at=now)


@pytest.fixture
def firm(places: Places, now: datetime) -> Places:
    rows = {
        "north": [asset("A-1", "Frobnicator", now), asset("A-2", "Latheworks", now), asset("A-3", "Pumpline", now)],
        "south": [asset("S-1", "Frobnicator", now, "3.1")],
    }
    for client_id, assets in rows.items():
        add_client(places, Client(id=client_id, ref=new_ref(), name=client_id.title(), created_at=now), now)
        with places.client(client_id) as place, place.write() as unit:
            unit.assets.put(assets)
    with places.shared().write() as shared:
        shared.vulnerabilities.put(
            [flaw(10001, "Frobnicator"), flaw(10002, "Frobnicator"), flaw(10003, "Latheworks")], changed_at=now
        )
        shared.vulnerabilities.put_kev([entry(10001, "Frobnicator"), entry(10002, "Frobnicator")], changed_at=now)
    return places


def morning(places: Places, now: datetime) -> dict[str, Brief]:
    return {brief.client_id: brief for brief in run_morning(places, now=now).briefs}


def test_a_first_brief_does_not_call_it_quiet(firm: Places, now: datetime) -> None:
    briefs = morning(firm, now)
    north = briefs["north"]
    assert north.items == ()
    assert north.headline.startswith("Two older exploited flaws cannot be ruled out: one version is not recorded.")
    assert "Nothing needs you" not in north.headline
    assert north.undecided is not None
    assert (north.undecided.flaws, north.undecided.exploited) == (3, 2)
    assert [(row.name, row.exploited, row.flaws) for row in north.undecided.rows] == [
        ("Box A-1", 2, 2),
        ("Box A-2", 0, 1),
    ]
    page = brief_markdown(north)
    assert "## Older flaws that cannot be ruled out (3)" in page
    assert "Box A-1: no version recorded; two flaws, all exploited (CVE-2025-10002 and CVE-2025-10001)." in page
    for text in (page, brief_html(north), brief_text(north)):
        assert "vciso assets gaps north" in " ".join(text.split())
    assert briefs["south"].undecided is None
    assert briefs["south"].headline.startswith("Nothing needs you today.")


def test_it_is_told_once_and_then_counted(firm: Places, now: datetime) -> None:
    first = morning(firm, now)["north"]
    again = run_morning(firm, now=now + timedelta(minutes=5))
    assert "north" in again.unchanged
    second = morning(firm, now + timedelta(days=1))["north"]
    assert second.headline.startswith("Nothing new needs you today.")
    assert first.undecided is not None
    assert second.undecided == first.undecided.model_copy(update={"fresh": False})
    page = brief_markdown(second)
    assert "## Older flaws" not in page
    assert "Three older flaws (two exploited) cannot be ruled out for Box A-1 and Box A-2." in page
    third = morning(firm, now + timedelta(days=2))["north"]
    assert third.undecided == second.undecided


def test_a_new_row_makes_it_news_and_a_version_settles_it(firm: Places, now: datetime) -> None:
    morning(firm, now)
    later = now + timedelta(days=1)
    with firm.client("north") as place, place.write() as unit:
        unit.assets.put([asset("A-1", "Frobnicator", later, "1.5"), asset("A-4", "Latheworks", later)])
    north = morning(firm, later)["north"]
    assert {item.verdict for item in north.items} == {"affected"}
    assert north.undecided is not None
    assert north.undecided.fresh
    assert [row.name for row in north.undecided.rows] == ["Box A-2", "Box A-4"]
    with firm.client("north") as place, place.write() as unit:
        unit.assets.put([asset("A-2", "Latheworks", later, "2.4"), asset("A-4", "Latheworks", later, "2.4")])
    assert morning(firm, later + timedelta(days=1))["north"].undecided is None


def test_a_flaw_that_joins_the_catalogue_today_is_an_item_and_no_gap(firm: Places, now: datetime) -> None:
    morning(firm, now)
    later = now + timedelta(days=1)
    with firm.shared().write() as shared:
        shared.vulnerabilities.put_kev([entry(10003, "Latheworks", later.date())], changed_at=later)
    north = morning(firm, later)["north"]
    assert [item.cve_ids for item in north.items] == [("CVE-2025-10003",)]
    assert north.undecided is not None
    assert [row.name for row in north.undecided.rows] == ["Box A-1"]


def test_what_is_kept_of_it_is_the_clients_own(firm: Places, now: datetime) -> None:
    morning(firm, now)
    kept = {}
    for client_id in ("north", "south"):
        with firm.client(client_id) as place, place.read() as unit:
            kept[client_id] = unit.marks.get(OLD_QUESTIONS)
    assert "A-1" in kept["north"]
    assert "A-1" not in kept["south"]
