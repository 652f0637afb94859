"""A template becomes a client's policy: conditions, numbers, values with their origin, hostile names, overrides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.policies.templates.facts import facts_of, groups, plain
from advisor.policies.templates.fill import fill, with_unit
from advisor.policies.templates.interface import Conditions, FilledPolicy
from advisor.policies.templates.library import PREFIXES, load, topics
from advisor.policies.templates.wording import open_blanks, text_of
from knowledge.errors import UsageError
from knowledge.records.asset import Asset, ThirdParty, ToolUsed
from knowledge.records.client import Client

NOW = datetime(2026, 8, 7, tzinfo=UTC)


def client(**fields: Any) -> Client:
    return Client(**({"id": "acme", "ref": "c-000000000000", "name": "Acme", "created_at": NOW} | fields))


def asset(**fields: Any) -> Asset:
    return Asset(**({"id": "A-1", "name": "thing", "updated_at": NOW} | fields))


def vendor(**fields: Any) -> ThirdParty:
    return ThirdParty(**({"id": "V-1", "name": "Vendor", "updated_at": NOW} | fields))


def value(filled: FilledPolicy, name: str) -> tuple[str, str]:
    found = next(one for one in filled.values if one.name == name)
    return found.value, found.origin


def clause_ids(filled: FilledPolicy) -> set[str]:
    return {clause.id for clause in filled.clauses}


CLINIC = client(sector="healthcare", jurisdictions=("US", "US-IL"), headcount=38)
PLANT = client(sector="manufacturing", jurisdictions=("DE", "EU"), headcount=210, frameworks=("iso-27001-2022",))
BANK = client(sector="finance", jurisdictions=("FR",), headcount=900)


def test_numbers_run_through_the_clauses_that_hold() -> None:
    filled = fill(load("privacy"), CLINIC)
    for section in filled.sections:
        assert [one.number for one in section.clauses] == [
            f"{section.number}.{i + 1}" for i in range(len(section.clauses))
        ]
    assert [section.number for section in filled.sections] == list(range(1, len(filled.sections) + 1))


def test_law_follows_the_profile() -> None:
    clinic, plant, bank = (clause_ids(fill(load("privacy"), who)) for who in (CLINIC, PLANT, BANK))
    assert {"hipaa-people", "hipaa-hhs", "illinois"} <= clinic and not {"gdpr-authority", "texas"} & clinic
    assert {"gdpr-authority", "gdpr-people"} <= plant & bank and "hipaa-people" not in plant | bank
    assert "nis2-report" in clause_ids(fill(load("incident-response"), PLANT))
    assert "dora-report" in clause_ids(fill(load("incident-response"), BANK))
    texan = clause_ids(fill(load("privacy"), client(jurisdictions=("US-TX",))))
    assert "texas" in texan and "illinois" not in texan


@pytest.mark.parametrize(
    ("who", "topic", "clause_id", "times"),
    [
        (CLINIC, "privacy", "hipaa-people", ["60 calendar days after discovery"]),
        (CLINIC, "privacy", "hipaa-hhs", ["500 people or more", "within 60 days after the end of the calendar year"]),
        (CLINIC, "privacy", "illinois", ["within 5 business days"]),
        (PLANT, "privacy", "gdpr-authority", ["within 72 hours of becoming aware"]),
        (PLANT, "incident-response", "nis2-report", ["within 24 hours", "within 72 hours", "within 1 month"]),
        (
            BANK,
            "incident-response",
            "dora-report",
            ["within 4 hours of the classification", "24 hours of becoming aware"],
        ),
        (client(jurisdictions=("GB",)), "privacy", "united-kingdom", ["Information Commissioner within 72 hours"]),
        (client(jurisdictions=("US-TX",)), "privacy", "texas", ["60th day", "within 30 days", "250 or more"]),
        (
            client(jurisdictions=("US-CA",)),
            "privacy",
            "california",
            ["within 30 calendar days", "within 15 calendar days"],
        ),
    ],
)
def test_times_of_law(who: Client, topic: str, clause_id: str, times: list[str]) -> None:
    text = next(one.text for one in fill(load(topic), who).clauses if one.id == clause_id)
    for time in times:
        assert time in text


def test_a_presumed_law_is_said_to_be_presumed() -> None:
    assert any("NIS2 is taken to apply" in one for one in fill(load("incident-response"), PLANT).assumptions)
    named = PLANT.model_copy(update={"frameworks": ("nis2-directive",)})
    assert fill(load("incident-response"), named).assumptions == ()
    assert any("50 people" in one for one in fill(load("backup"), client()).assumptions)


def test_a_figure_beyond_what_a_requirement_sets_meets_it_no_longer() -> None:
    who = client(headcount=200, frameworks=("cis-controls-8.1",))
    usual = {ref for one in fill(load("authentication"), who).clauses for ref in one.requirements}
    assert "cis-controls-8.1:4.3" in usual
    wide = fill(load("authentication"), who, (), (), {"lock_minutes": "60"})
    (lock,) = [one for one in wide.clauses if one.id == "screen-lock"]
    assert "60 minutes" in lock.text, "the value is kept: the client decides"
    assert "cis-controls-8.1:4.3" in lock.partly and "cis-controls-8.1:4.3" not in lock.requirements
    assert any("60 minutes is not what CIS" in one and "4.3" in one for one in wide.assumptions)
    bound = fill(load("backup"), CLINIC)
    assert value(bound, "record_years") == ("6", "rule")
    short = fill(load("backup"), CLINIC, (), (), {"record_years": "2"})
    assert any("164.316(b)(2)(i)" in one for one in short.assumptions)


def test_a_small_firm_is_told_what_goes_beyond_its_size() -> None:
    (said,) = fill(load("network-security"), client(headcount=20)).assumptions
    assert said.startswith("Clauses ") and "fewer than 50 people" in said
    assert fill(load("network-security"), client(headcount=50)).assumptions == ()
    (said,) = fill(load("backup"), client(headcount=20)).assumptions
    assert said.startswith("Clause 3.2 asks"), "CIS asks small firms for backups, and larger ones for restore tests"
    bound = client(headcount=20, frameworks=("nist-csf-2.0",))
    assert fill(load("backup"), bound).assumptions == (), "CSF asks for restore tests"


def test_values_say_where_they_came_from() -> None:
    assets = (asset(id="BKP-01", name="Backup appliance", vendor="Datto", product="SIRIS"),)
    filled = fill(load("backup"), CLINIC, assets, (), {"daily_days": "45"})
    assert value(filled, "backup_tool") == ("the backup system (Datto SIRIS)", "inventory")
    assert value(filled, "rpo_hours") == ("4", "rule")
    assert value(filled, "daily_days") == ("45", "override")
    assert value(filled, "client_name") == ("Acme", "client")
    assert value(filled, "restore_test_months") == ("3", "default")
    told = next(one for one in filled.values if one.name == "backup_tool")
    assert told.because == "asset BKP-01"
    text = text_of(filled)
    assert text.count("Datto SIRIS") == 1 and "Daily copies are kept for 45 days" in text


def test_tools_of_vendors_are_named_where_they_reach_the_client() -> None:
    parties = (
        vendor(name="Brightline IT", service="Managed IT", tools=(ToolUsed(vendor="N-able", product="N-central"),)),
    )
    filled = fill(load("remote-access"), CLINIC, (), parties)
    assert value(filled, "remote_tools") == ("vendors' remote maintenance tools (N-able N-central)", "vendors")
    assert any("N-able N-central" in one.text for one in filled.clauses)


def test_a_product_is_what_it_is() -> None:
    found = facts_of(
        CLINIC,
        (
            asset(id="1", vendor="Microsoft", product="Microsoft 365 Apps"),
            asset(id="2", vendor="SonicWall", product="SMA1000"),
            asset(id="3", name="VPN gateway"),
            asset(id="4", product="Reverse proxy for the ehrenamt"),
        ),
    ).technologies
    assert set(found) == {"vpn"}
    assert [one.name for one in found["vpn"]] == ["SonicWall SMA1000", "VPN gateway"]


def test_hostile_names_stay_names() -> None:
    evil = "Veeam {{management}} \u202e\x07 " + "x" * 300
    filled = fill(load("backup"), client(name="A{{hr}}\nB"), (asset(name="backup", product=evil),), ())
    text = text_of(filled)
    assert "Ahr B" in text and "Veeam management" in text
    assert open_blanks(text) == () and "\u202e" not in text and "\x07" not in text and "x" * 80 not in text
    assert plain("\n") == ""


def test_sentences_start_with_a_capital_and_numbers_have_their_unit() -> None:
    filled = fill(load("access-control"), client(headcount=10))
    for one in filled.clauses:
        assert one.text[0].isupper() or one.text[0].isdigit(), one.id
        assert " 1 days" not in one.text and " 1 hours" not in one.text and " 1 months" not in one.text


def test_every_one_day_is_every_day() -> None:
    looks = next(one.text for one in fill(load("asset-management"), client()).clauses if one.id == "discovery")
    assert "every network segment every day," in looks
    assert [with_unit(n, unit) for n, unit in (("1", "days"), ("2", "days"), ("1", "wrong entries"), ("x", ""))] == [
        "1 day",
        "2 days",
        "1 wrong entry",
        "x",
    ]


def test_references_between_clauses_are_numbers() -> None:
    assert "named in clause 1.3 and" in fill(load("information-security"), client()).scope


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"no_such_blank": "1"}, "no blank of any template"),
        ({"daily_days": "soon"}, "number of days"),
        ({"daily_days": "0"}, "number of days"),
        ({"management": " "}, "characters"),
        ({"management": "x" * 400}, "characters"),
    ],
)
def test_an_override_that_does_not_fit_is_refused(overrides: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        fill(load("backup"), client(), (), (), overrides)


def test_an_override_of_another_policy_is_no_error() -> None:
    assert fill(load("backup"), client(), (), (), {"password_length": "20"}).title == "Backup Policy"


def test_texas_asks_for_the_same_controls_under_its_own_name() -> None:
    plain_refs = {ref for one in fill(load("access-control"), client()).clauses for ref in one.requirements}
    texan = client(frameworks=("tx-ramp",))
    refs = {ref for one in fill(load("access-control"), texan).clauses for ref in one.requirements}
    assert "tx-ramp:AC-2" in refs - plain_refs
    assert refs - plain_refs <= {ref for ref in refs if ref.startswith("tx-ramp:")}


@pytest.mark.parametrize(
    "who", [CLINIC, PLANT, BANK, client(sector="software", jurisdictions=("US-CA", "EU"), headcount=24)]
)
def test_a_policy_is_of_a_length_that_people_read(who: Client) -> None:
    for topic in topics():
        assert 18 <= len(fill(load(topic), who).clauses) <= 32, topic


def test_conditions() -> None:
    facts = facts_of(PLANT)
    assert facts.holds(Conditions(jurisdictions=("EU",))) and facts.holds(
        Conditions(min_headcount=210, max_headcount=210)
    )
    assert not facts.holds(Conditions(sectors=("healthcare",)))
    assert not facts.holds(Conditions(technologies=("vpn",))) and facts.holds(Conditions(not_technologies=("vpn",)))
    assert not facts.holds(Conditions(not_regimes=("gdpr",)))


PROFILES = st.builds(
    client,
    sector=st.sampled_from(["", "healthcare", "manufacturing", "software", "finance", "public school"]),
    jurisdictions=st.lists(
        st.sampled_from(["US", "US-TX", "US-CA", "US-NY", "US-FL", "DE", "EU", "FR", "GB"]), max_size=4
    ).map(tuple),
    headcount=st.one_of(st.none(), st.integers(0, 5_000)),
    frameworks=st.lists(st.sampled_from(sorted(PREFIXES.values())), max_size=4, unique=True).map(tuple),
)
WORDS = {"industrial": "SIMATIC", "medical-device": "DICOM", "ai-service": "Langflow", "vpn": "OpenVPN", "cloud": "AWS"}
assert set(WORDS) <= set(groups())


@settings(max_examples=40, deadline=None)
@given(who=PROFILES, has=st.sets(st.sampled_from(sorted(WORDS))), topic=st.sampled_from(topics()))
def test_every_profile_gets_a_whole_policy(who: Client, has: set[str], topic: str) -> None:
    assets = [asset(id=name, product=WORDS[name]) for name in has]
    filled = fill(load(topic), who, assets)
    assert open_blanks(text_of(filled)) == ()
    assert len({one.number for one in filled.clauses}) == len(filled.clauses) >= 12
    assert all(section.clauses for section in filled.sections)
    assert fill(load(topic), who, assets) == filled
