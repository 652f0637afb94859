"""Spellings are ranked against the records' own names, and what a person confirms reaches the verdicts."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from advisor.morning import run_morning
from advisor.naming import SURE_LEAD, SURE_SCORE, NameCatalogue, confirm, parse_name, readings, take_back
from advisor.triage.aliases import names_by_asset
from advisor.triage.resolve import Catalogue, resolve
from knowledge.clients import add_client, new_ref
from knowledge.errors import NotFoundError, UsageError
from knowledge.places import Places
from knowledge.records.asset import Asset
from knowledge.records.client import Client
from knowledge.records.vulnerability import (
    AffectedProduct,
    ConfigNode,
    Configuration,
    CpeMatch,
    KevEntry,
    Vulnerability,
)


def cve(number: int, cpe_name: str, end: str = "9.0") -> Vulnerability:
    match = CpeMatch(criteria=f"cpe:2.3:a:{cpe_name}:*:*:*:*:*:*:*:*", version_end_excluding=end)
    nodes = (ConfigNode(matches=(match,)),)
    return Vulnerability(cve_id=f"CVE-2026-{number}", configurations=(Configuration(nodes=nodes),))


RECORDS = (cve(10001, "ui:unifi_access"), cve(10002, "acme:relay_server"), cve(10003, "acme:relay_agent"))


def asset(key: str, vendor: str, product: str, now: datetime, **more: str) -> Asset:
    return Asset.model_validate(
        {"id": key, "name": key, "kind": "application", "vendor": vendor, "product": product, "updated_at": now} | more
    )


@pytest.fixture
def clinic(places: Places, now: datetime) -> Places:
    client = Client(id="northgate", ref=new_ref(), name="Northgate", created_at=now)
    add_client(places, client, now)
    rows = (
        asset("AC-1", "Ubiquiti", "UniFi Access", now, version="4.0"),
        asset("AC-2", "ubiquiti", "Unifi-Access", now, version="10.0"),
        asset("RS-1", "Acme", "Relay", now, version="1.0"),
        asset("RS-2", "Acme", "Relay Server", now, version="1.0"),
        asset("XX-1", "Nobody", "Nothing", now),
        asset("CP-1", "Ubiquiti", "UniFi Access", now, cpe="cpe:2.3:a:ui:unifi_access:1.0:*:*:*:*:*:*:*"),
    )
    with places.client("northgate") as place, place.write() as unit:
        unit.assets.put(rows)
    with places.shared().write() as shared:
        shared.vulnerabilities.put(RECORDS, changed_at=now)
    return places


def test_a_spelling_is_read_once_for_all_its_assets(clinic: Places) -> None:
    with clinic.client("northgate") as place, place.read() as unit:
        assets = unit.assets.list()
    found = {one.name: one for one in readings(assets, (), NameCatalogue(RECORDS, ()))}
    access = found["Ubiquiti UniFi Access"]
    assert [row.id for row in access.assets] == ["AC-1", "AC-2"], "the row with a CPE needs no name"
    assert (access.standing, access.candidates[0].name) == ("sure", "ui:unifi_access")
    assert found["Acme Relay Server"].standing == "same-name"
    assert found["Acme Relay"].standing == "open"
    assert {one.name for one in found["Acme Relay"].candidates} == {"acme:relay_server", "acme:relay_agent"}
    assert found["Nobody Nothing"].standing == "nothing-alike"


def test_the_catalogue_takes_the_cpe_spelling_first() -> None:
    kev = KevEntry(cve_id="CVE-2026-1", vendor="Acme", product="Relay Server", date_added=date(2026, 8, 1))
    record = cve(10002, "acme:relay_server").model_copy(
        update={
            "affected": (
                AffectedProduct(vendor="ACME Inc.", product="Relay-Server"),
                AffectedProduct(vendor="n/a", product="n/a"),
            )
        }
    )
    catalogue = NameCatalogue([record], [kev])
    assert len(catalogue) == 1
    assert catalogue.holds("Acme", "RELAY server")


def test_a_confirmed_name_is_judged_by_and_can_be_taken_back(clinic: Places, now: datetime) -> None:
    def affected() -> set[str]:
        run_morning(clinic, now=now)
        with clinic.client("northgate") as place, place.read() as unit:
            rules = {"name-range"}
            return {
                v.match.subject_id
                for v in unit.verdicts.list()
                if v.item.id == "CVE-2026-10001" and v.match.rule in rules and v.kind == "affected"
            }

    assert affected() == set()
    with clinic.client("northgate") as place:
        with place.read() as unit:
            first = unit.assets.list()[0]
        alias = confirm(place, first, "ui:unifi_access", why="named by a person", now=now)
        assert confirm(place, first, "UI:UniFi Access", why="again", now=now) == alias
    assert affected() == {"AC-1"}, "AC-2 is written alike and judged too, and its version is not affected"
    with clinic.client("northgate") as place:
        with place.read() as unit:
            assert names_by_asset(unit.assets.list(), unit.aliases.list()).keys() == {"AC-1", "AC-2", "CP-1"}
        take_back(place, alias.id, now)
        with pytest.raises(NotFoundError):
            take_back(place, alias.id, now)
        with place.read() as unit:
            assert [row.action for row in unit.audit.rows()][-2:] == ["brief.write", "alias.close"]
            assert unit.aliases.list() == ()
            assert [one.id for one in unit.aliases.list(closed=True)] == [alias.id]
    assert affected() == set()


def test_an_alias_never_leaves_its_client(clinic: Places, now: datetime) -> None:
    with clinic.client("northgate") as place:
        with place.read() as unit:
            first = unit.assets.list()[0]
        confirm(place, first, "zebra-canary:canaryproduct", why="named by a person", now=now)
    clinic.close()
    for path in (clinic.home / "shared").rglob("*"):
        assert path.is_dir() or b"canaryproduct" not in path.read_bytes()


@pytest.mark.parametrize("text", ["", "loadmaster", ":", "a:", ":b", "*:b", "a:*", "a:-"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_name(text)


def test_what_counts_as_sure_is_right_on_real_names(shared_data: Path) -> None:
    folder = shared_data / "bench" / "triage"
    if not folder.exists():
        pytest.skip("the name pairs of the bench are not there")
    catalogue = Catalogue((folder / "alias_catalogue.txt").read_text(encoding="utf-8").split("\n"))
    sure = right = 0
    for line in (folder / "alias_items.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = resolve(row["vendor"], row["product"], catalogue)
        if len(found) > 1 and found[0].score >= SURE_SCORE and found[0].score - found[1].score >= SURE_LEAD:
            sure += 1
            right += found[0].name in row["cpe"]
    assert sure >= 200
    assert right / sure >= 0.99
