"""What was hidden comes back exactly, nothing known gets out, and restoring never invents."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.redaction import KnownName, Redactor, known_names
from advisor.redaction.names import tokens
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client

NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
KEY = "c-0123456789ab"
CLIENT = Client(id="northgate", ref=KEY, name="Northgate Family Clinic, Inc.", created_at=NOW)
ASSETS = (
    Asset(id="FW-01", name="Edge firewall", host="fw-01.northgate.example", owner="Dana Ruiz", updated_at=NOW),
    Asset(id="KP-1002", name="SRV_EHR2", host="10.20.30.40", owner="IT", updated_at=NOW),
    Asset(id="n-central", name="n", vendor="N-able", product="N-central", host="printer", updated_at=NOW),
    Asset(id="7", name="Printer", host="fe80::1ff:fe23:4567:890a", owner="Grant Oyelaran", updated_at=NOW),
)
SUPPLIERS = (
    ThirdParty(
        id="brightline",
        name="Brightline IT",
        contact="Müller, Jörg <jm@brightline.example>, +1 312 555 0142",
        updated_at=NOW,
    ),
    ThirdParty(id="pagecraft", name="Pagecraft", contact="Service desk", updated_at=NOW),
)
NAMES = known_names(CLIENT, ASSETS, SUPPLIERS, people=["Ana Petrov"])


def redactor() -> Redactor:
    return Redactor(NAMES, KEY)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Northgate Family Clinic's firewall", "northgate"),
        ("NORTHGATE FAMILY CLINIC and northgate-family-clinic", "northgate"),
        ("at Northgate\n  Family\u00a0Clinic today", "northgate"),
        ("Northgate’s policy", "northgate"),
        ("mail dana.ruiz@northgate.example.", "northgate"),
        ("northgatefamilyclinic.com and NorthgateFamilyClinic", "northgate"),
        ("FW-01 (fw-01.northgate.example) and fw 01", "fw"),
        ("host fw-01 is down", "fw-01"),
        ("vpn.northgate.example", "northgate"),
        ("10.20.30.40/24 and 192.168.1.7:8443", "192.168"),
        ("FE80::1FF:FE23:4567:890A%eth0", "1ff"),
        ("ask Dana, or Ms. Ruiz's deputy, or D. Ruiz", "ruiz"),
        ("DANA RUIZ", "dana"),
        ("Jörg Mu\u0308ller", "ller"),
        ("call +1 (312) 555-0142", "555"),
        ("SRV_EHR2, srv-ehr2", "ehr2"),
        ("\\\\files7\\share", "files7"),
        ("00:1A:2b:3C:4d:5E", "1a:2b"),
        ("unlisted-box.corp and db1.smallfirm.co.uk", "smallfirm"),
        ("Ana Petrov wrote", "petrov"),
    ],
)
def test_names_and_addresses_are_hidden_and_come_back(text: str, gone: str) -> None:
    names = redactor()
    hidden = names.hide(text)
    assert gone not in hidden.casefold(), hidden
    assert names.count
    assert names.restore(hidden) == text


@pytest.mark.parametrize(
    "text",
    [
        "PR.AA-01, GV.SC, ID.AM-02, AC-2(1), A.5.1, 3.1.1, CC6.1, 164.308(a)(1)(ii)(A), § 164.310",
        "CVE-2026-18577, KEV, CVSS 9.8, on 2026-08-07 at 12:30:45, 99.5 %",
        "Brightline IT runs N-able N-central 2026.3 and ASP.NET on Windows Server 2019 10.0.17763",
        "the printer, the grant, the service desk, IT and HR; asset 7",
        "read policy.md, setup.py and report.final.pdf",
        "e.g. this, i.e. that, and/or etc.",
        "{braces} {{double}} $dollar ${x} %s %(y)s \\1 \\g<0>",
    ],
)
def test_what_says_nothing_stays(text: str) -> None:
    assert redactor().hide(text) == text


def test_one_entity_keeps_its_code_and_each_spelling_comes_back() -> None:
    names = redactor()
    hidden = names.hide("Northgate Family Clinic; NORTHGATE FAMILY CLINIC; northgate; Northgate Family Clinic")
    codes = re.findall(r"CLIENT-([2-9][A-Z2-9]+)([a-z]*)", hidden)
    assert len({code for code, _ in codes}) == 1
    assert [ending for _, ending in codes] == ["", "a", "b", ""]
    assert hidden == redactor().hide(
        "Northgate Family Clinic; NORTHGATE FAMILY CLINIC; northgate; Northgate Family Clinic"
    )
    assert hidden != Redactor(NAMES, "c-ffffffffffff").hide("Northgate Family Clinic")


def test_overlapping_names_are_hidden_as_one() -> None:
    names = Redactor(
        [KnownName("HOST", "Alpha Beta", "1"), KnownName("PERSON", "Beta Gamma", "2"), KnownName("HOST", "Gamma", "3")],
        KEY,
    )
    hidden = names.hide("x Alpha Beta Gamma y")
    assert not {"alpha", "beta", "gamma"} & set(tokens(hidden))
    assert len(hidden.split()) == 3
    assert names.restore(hidden) == "x Alpha Beta Gamma y"


def test_restoring_never_invents() -> None:
    names = redactor()
    hidden = names.hide("Ask Dana Ruiz about FW-01.")
    mine = re.findall(r"[A-Z]+-[2-9][A-Z0-9]+", hidden)
    assert len(mine) == 2
    assert names.restore("HOST-2BCD, PERSON-9ZZZ and CLIENT-4KQX") == "HOST-2BCD, PERSON-9ZZZ and CLIENT-4KQX"
    assert names.restore(mine[0].lower()) == mine[0].lower()
    assert redactor().restore(hidden) == hidden, "another request knows nothing of it"


def test_a_placeholder_in_a_foreign_text_is_hidden_itself() -> None:
    names = redactor()
    given_out = names.hide("Dana Ruiz")
    attack = f"repeat {given_out} and {given_out}s"
    hidden = names.hide(attack)
    assert given_out not in hidden
    assert names.restore(hidden) == attack


def test_possessive_and_plural_of_a_placeholder_come_back() -> None:
    names = redactor()
    placeholder = names.hide("FW-01")
    assert names.restore(f"{placeholder}'s logs, both {placeholder}s") == "FW-01's logs, both FW-01s"


def test_json_keeps_its_form() -> None:
    names = Redactor([KnownName("PERSON", 'Dana "D" Ruiz', "1")], KEY)
    hidden = names.hide('Dana "D" Ruiz')
    assert names.restore_json(f'{{"who": "{hidden}') == '{"who": "Dana \\"D\\" Ruiz'


def test_many_names_stay_apart() -> None:
    many = [KnownName("HOST", f"node{n:05d}", str(n)) for n in range(20_000)]
    names = Redactor(many, KEY)
    text = " ".join(name.text for name in many)
    hidden = names.hide(text)
    assert "node" not in hidden
    assert len(set(hidden.split())) == len(many)
    assert names.restore(hidden) == text


words = st.sampled_from(
    [
        *(
            "Northgate",
            "Family",
            "Clinic",
            "northgate",
            "FW",
            "01",
            "fw-01.northgate.example",
            "Dana",
            "Ruiz",
            "10.20.30.40",
        ),
        *(
            "a@b.co",
            "::1",
            "HOST-2BCD",
            "HOST-2BCDa",
            "CLIENT-4KQXs",
            "TEXT-",
            "Müller",
            "Mu\u0308ller",
            "+1 312 555 0142",
        ),
        *(" ", " ", "-", "_", "\n", "'s", ".", ",", "\u00a0", "x", "Z", "9", "{", "}", "|", "\u200d", "İ", "ß", "é"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(words, max_size=14).map("".join), min_size=1, max_size=3))
def test_round_trip_of_adjoining_pieces(texts: list[str]) -> None:
    names = redactor()
    hidden = [names.hide(text) for text in texts]
    assert [names.restore(text) for text in hidden] == texts


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=12), max_size=5))
def test_round_trip_of_any_text(text: str, extra: list[str]) -> None:
    names = Redactor([*NAMES, *(KnownName("PERSON", name, name) for name in extra)], KEY)
    assert names.restore(names.hide(text)) == text


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([name for name in NAMES if len(tokens(name.text)) > 0]),
    st.text(alphabet=" .,;:!?()'\"\n\t", min_size=1, max_size=3),
    st.text(max_size=40),
)
def test_a_known_name_never_gets_out(name: KnownName, around: str, noise: str) -> None:
    names = redactor()
    hidden = names.hide(f"{noise}{around}{name.text}{around}{noise}")
    kept = tokens(hidden)
    size = len(tokens(name.text))
    assert tokens(name.text) not in {kept[at : at + size] for at in range(len(kept))} or tokens(name.text) == tokens(
        noise
    )
