"""A link signs once for one person, version and hash; its receipt holds against the chain or says what fails."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from advisor.attestation.links import KEY_FILE, make_token
from advisor.attestation.receipts import attestation_sha256, read_receipt, verify
from advisor.attestation.report import Links, invitations, reminder_messages, standing_of
from advisor.attestation.requests import add_people, close_request, renew_link, request_sign_off, revoke
from advisor.attestation.signing import open_request, record_signature, sign
from advisor.policies.evidence import evidence_for
from knowledge.audit import ChainHead, verify_chain
from knowledge.errors import BadInputError, ConflictError, NotFoundError, UsageError
from knowledge.frameworks.catalogue import shipped
from knowledge.handover import export_client, import_client
from knowledge.places import ClientPlace, Places
from knowledge.records.attestation import AudienceMember, SignOffRequest
from knowledge.records.client import Client
from knowledge.records.policy import PolicyVersion
from knowledge.settings import Settings

DUE = date(2026, 8, 20)
PEOPLE = (
    AudienceMember(name="Dana Whitfield", email="dana@northgate.example", group="Front desk"),
    AudienceMember(name="Ravi Patel", email="ravi@northgate.example", group="IT"),
    AudienceMember(name="Mia Okafor", email="mia@northgate.example", group="IT"),
)


@pytest.fixture
def request_(place: ClientPlace, client: Client, version: PolicyVersion, now: datetime) -> SignOffRequest:
    return request_sign_off(place, client, version.policy_id, PEOPLE, due_on=DUE, now=now)


@pytest.fixture
def token(place: ClientPlace, client: Client, request_: SignOffRequest) -> Callable[[str], str]:
    def of(email: str) -> str:
        with place.read() as unit:
            person = next(one for one in unit.sign_offs.people(request_.id) if one.email.startswith(email))
        return make_token(place, client, request_, person)

    return of


def test_a_link_signs_once_and_the_receipt_verifies(
    places: Places, place: ClientPlace, version: PolicyVersion, token: Callable[[str], str], now: datetime
) -> None:
    opened = open_request(places, token("dana"), now)
    assert (opened.state, opened.version.sha256, opened.person.name) == ("open", version.sha256, "Dana Whitfield")
    receipt = sign(places, token("dana"), "  Dana\nWhitfield ", now)
    assert receipt.attestation.signed_name == "Dana Whitfield"
    assert receipt.attestation.sha256 == version.sha256
    with pytest.raises(ConflictError, match="signed by this person"):
        sign(places, token("dana"), "Dana Whitfield", now)
    again = open_request(places, token("dana"), now)
    assert again.state == "signed"
    assert again.receipt == receipt
    kept = read_receipt(place.folder / "receipts" / f"{receipt.attestation.id}.json")
    with place.read() as unit:
        assert kept == receipt
        assert all(check.passed for check in verify(unit, kept))
        assert isinstance(verify_chain(unit.audit.rows()), ChainHead)
        assert standing_of(unit, unit.sign_offs.get(receipt.attestation.request_id), DUE).signed == 1


@pytest.mark.parametrize("field", ["signed_name", "sha256", "signed_at", "statement"])
def test_a_changed_receipt_is_told(
    places: Places, place: ClientPlace, token: Callable[[str], str], now: datetime, field: str
) -> None:
    receipt = sign(places, token("dana"), "Dana Whitfield", now)
    other = now + timedelta(days=1) if field == "signed_at" else "0" * 64
    forged = receipt.model_copy(update={"attestation": receipt.attestation.model_copy(update={field: other})})
    with place.read() as unit:
        failed = [check.what for check in verify(unit, forged) if not check.passed]
    assert any("hash is that of what it says" in what for what in failed)
    assert any("hold the same sign-off" in what for what in failed)


def test_a_row_changed_behind_the_back_fails_the_receipt(
    places: Places, place: ClientPlace, token: Callable[[str], str], now: datetime
) -> None:
    receipt = sign(places, token("dana"), "Dana Whitfield", now)
    with closing(sqlite3.connect(place.folder / "client.sqlite3")) as raw, raw:
        record = json.loads(raw.execute("SELECT record FROM attestations").fetchone()[0])
        raw.execute("UPDATE attestations SET record = ?", (json.dumps(record | {"signed_name": "Mallory"}),))
    with place.read() as unit:
        assert not all(check.passed for check in verify(unit, receipt))
        forged = receipt.model_copy(update={"attestation": unit.attestations.list()[0]})
        forged = forged.model_copy(update={"attestation_sha256": attestation_sha256(forged.attestation)})
        failed = [check.what for check in verify(unit, forged) if not check.passed]
    assert failed == [f"row {receipt.chain.seq} of the audit chain names this receipt"]


def test_links_that_are_forged_cut_or_foreign_all_get_the_same_words(
    places: Places,
    place: ClientPlace,
    client: Client,
    request_: SignOffRequest,
    token: Callable[[str], str],
    now: datetime,
) -> None:
    good = token("dana")
    ref, _, signed = good.partition(".")
    swapped = signed[:-6] + ("A" if signed[-6] != "A" else "B") + signed[-5:]
    for bad in ("", "x", ref, f"{ref}.", good[:-4], f"{ref}.{swapped}", f"c-000000000000.{signed}", good + "a" * 3000):
        with pytest.raises(NotFoundError, match="this link is not valid"):
            open_request(places, bad, now)
    assert stat.S_IMODE((place.folder / KEY_FILE).stat().st_mode) == 0o600
    (place.folder / KEY_FILE).write_text("f" * 64)
    with pytest.raises(NotFoundError, match="this link is not valid"):
        open_request(places, good, now)


def test_revoked_renewed_expired_closed_and_replaced(
    places: Places,
    place: ClientPlace,
    client: Client,
    request_: SignOffRequest,
    token: Callable[[str], str],
    put_version: Callable[..., PolicyVersion],
    now: datetime,
) -> None:
    dana, ravi, mia = token("dana"), token("ravi"), token("mia")
    revoke(place, request_.id, "dana@northgate.example", "left the clinic", now)
    with pytest.raises(NotFoundError):
        sign(places, dana, "Dana Whitfield", now)
    renew_link(place, request_.id, "Ravi Patel", now)
    with pytest.raises(NotFoundError):
        open_request(places, ravi, now)
    assert open_request(places, token("ravi"), now).state == "open"
    late = request_.expires_at + timedelta(seconds=1)
    assert open_request(places, mia, late).state == "expired"
    with pytest.raises(ConflictError, match="time was over"):
        sign(places, mia, "Mia Okafor", late)
    put_version("The service desk must disable the account within 4 hours.", 2)
    assert open_request(places, mia, now).state == "replaced"
    with pytest.raises(ConflictError, match="not in force any more"):
        sign(places, mia, "Mia Okafor", now)
    newer = request_sign_off(place, client, "access-control", PEOPLE, due_on=DUE, now=now, reason="faster")
    with place.read() as unit:
        assert unit.sign_offs.get(request_.id).closed_because == "version 2 was published"
        assert newer.version == 2
    close_request(place, newer.id, "asked by mistake", now)
    with pytest.raises(ConflictError, match="is closed"):
        add_people(place, newer.id, PEOPLE, now)


def test_a_request_needs_a_day_ahead_a_version_in_force_and_people(
    place: ClientPlace, client: Client, version: PolicyVersion, now: datetime
) -> None:
    with pytest.raises(UsageError, match="before today"):
        request_sign_off(place, client, "access-control", PEOPLE, due_on=date(2026, 8, 1), now=now)
    with pytest.raises(UsageError, match="nobody to ask"):
        request_sign_off(place, client, "access-control", (), due_on=DUE, now=now)
    with pytest.raises(NotFoundError):
        request_sign_off(place, client, "backup", PEOPLE, due_on=DUE, now=now)
    request_sign_off(place, client, "access-control", PEOPLE[:1], due_on=DUE, now=now)
    with pytest.raises(ConflictError, match="before its audience already"):
        request_sign_off(place, client, "access-control", PEOPLE, due_on=DUE, now=now)


def test_a_paper_signature_is_kept_with_its_file(
    place: ClientPlace, client: Client, request_: SignOffRequest, now: datetime, tmp_path: Path
) -> None:
    scan = tmp_path / "scan of Ravi.pdf"
    scan.write_bytes(b"%PDF-1.4 signed")
    at = now + timedelta(hours=1)

    def record(email: str, file: Path = scan, signed_at: datetime = now) -> None:
        record_signature(place, client, request_.id, email, signed_name="", signed_at=signed_at, evidence=file, now=at)

    record("ravi@northgate.example")
    with place.read() as unit:
        done = unit.attestations.list()[0]
    assert (done.method, done.recorded_by, done.evidence_name) == ("recorded", "tester", "scan of Ravi.pdf")
    assert (place.folder / "sign-off-evidence" / f"{done.evidence_sha256}.pdf").read_bytes() == scan.read_bytes()
    with pytest.raises(ConflictError, match="has signed already"):
        record("ravi@northgate.example")
    with pytest.raises(BadInputError, match="in the future"):
        record("mia@northgate.example", signed_at=at + timedelta(days=2))
    empty = tmp_path / "empty.txt"
    empty.touch()
    with pytest.raises(BadInputError, match="is empty"):
        record("mia@northgate.example", empty)
    with pytest.raises(NotFoundError):
        record("nobody@northgate.example")


def test_report_messages_and_evidence(
    places: Places,
    place: ClientPlace,
    client: Client,
    request_: SignOffRequest,
    token: Callable[[str], str],
    now: datetime,
) -> None:
    sign(places, token("ravi"), "R. Patel", now)
    links = Links(lambda one: f"https://copilot.example.org/sign?token={one.id}", client.name)
    day = date(2026, 8, 22)
    with place.read() as unit:
        stands = standing_of(unit, request_, day)
        asked = invitations(request_, unit.sign_offs.people(request_.id), links)
    assert stands.sentence == "1 of 3 signed, 2 missing, 2 days overdue"
    assert [(g.group, g.asked, g.signed) for g in stands.groups] == [("Front desk", 1, 0), ("IT", 2, 1)]
    assert stands.differently_named == ("Ravi Patel signed as “R. Patel”",)
    assert [one.to_email for one in asked] == ["dana@northgate.example", "mia@northgate.example"]
    reminded = reminder_messages(place, request_, links, day, now)
    assert reminded[0].subject == "Reminder: Access Control Policy, overdue since 2 days"
    assert reminded[0].link in reminded[0].body
    assert reminded[0].link not in reminded[0].lead
    with place.read() as unit:
        assert {p.email for p in unit.sign_offs.people(request_.id) if p.reminded_at} == {m.to_email for m in reminded}
        found = evidence_for(unit, shipped(), ["iso-27001-2022:A.5.18"], (), day)[0]
        scope = evidence_for(unit, shipped(), (), client.frameworks, day)
    assert [line.kind for line in found.lines] == ["policy version", "sign-off"]
    assert found.lines[1].title == "Access Control Policy v1: 1 of 3 signed, 2 missing, 2 days overdue"
    assert found.clauses == ("Access Control Policy v1, 4.6",)
    assert found.wanted == ("Leaver tickets",)
    assert [one.label for one in scope] == ["ISO 27001 A.5.18", "ISO 27001 A.6.5", "CSF 2.0 PR.AA-01"]


def test_a_hand_over_carries_signatures_but_not_the_key(
    places: Places, place: ClientPlace, token: Callable[[str], str], now: datetime, tmp_path: Path
) -> None:
    old = token("mia")
    receipt = sign(places, token("dana"), "Dana Whitfield", now)
    export_client(places, "northgate", tmp_path / "northgate.zip", now)
    with Places(Settings(home=tmp_path / "second", actor="successor"), now=now) as second:
        import_client(second, tmp_path / "northgate.zip", now)
        with second.client("northgate") as there, there.read() as unit:
            assert not (there.folder / KEY_FILE).exists()
            assert (there.folder / "receipts" / f"{receipt.attestation.id}.txt").is_file()
            assert all(check.passed for check in verify(unit, receipt))
        with pytest.raises(NotFoundError, match="this link is not valid"):
            open_request(second, old, now)
        with pytest.raises(NotFoundError, match="this link is not valid"):
            open_request(second, second.profile("northgate").ref + old[old.index(".") :], now)


def test_names_that_are_none_are_refused(places: Places, token: Callable[[str], str], now: datetime) -> None:
    for name in ("", "   ", "\u202e\u200b", "1234", "x" * 201):
        with pytest.raises(BadInputError, match="not a name to sign with"):
            sign(places, token("dana"), name, now)
