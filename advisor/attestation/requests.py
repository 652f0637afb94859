"""Puts a published version before an audience, adds and revokes people, makes new links, closes a request."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from advisor.attestation.links import new_nonce
from advisor.brief.compose import client_zone
from knowledge.errors import BadInputError, ConflictError, NotFoundError, UsageError
from knowledge.places import ClientPlace
from knowledge.records.attestation import AudienceMember, Signatory, SignOffRequest
from knowledge.records.client import Client
from knowledge.records.policy import PolicyVersion
from knowledge.store.units import ClientUnit

GRACE: Final = timedelta(days=14)
"""How long after the due day a link still opens: a late signature is better than none."""
MAX_REASON: Final = 2_000


def request_sign_off(
    place: ClientPlace,
    client: Client,
    policy_id: str,
    people: Sequence[AudienceMember],
    *,
    due_on: date,
    now: datetime,
    reason: str = "",
) -> SignOffRequest:
    """Asks people to sign the published version of a policy; requests for older versions of it are closed.

    Args:
        place: the client's place.
        client: its profile; the due day is a day in its time zone.
        policy_id: which policy.
        people: the audience.
        due_on: last day to sign, today or later.
        now: when it is asked.
        reason: why, where it is not the first publication.

    Raises:
        NotFoundError: no such policy, or none of its versions is published.
        ConflictError: this version is being signed already; or it is not material and all of the people have signed
            since the last one that was.
        UsageError: a due day in the past, or nobody to ask.
    """
    zone = client_zone(client)
    today = now.astimezone(zone).date()
    if due_on < today:
        raise UsageError(f"lies before today, {today:%Y-%m-%d}", subject=f"due {due_on:%Y-%m-%d}")
    if not people:
        raise UsageError("nobody to ask", hint="Give an audience list with at least one person.")
    with place.write("review") as unit:
        version = published_version(unit, policy_id)
        open_ones = unit.sign_offs.list(policy_id=policy_id)
        same = next((one for one in open_ones if one.version == version.number), None)
        if same is not None:
            raise ConflictError(
                "is before its audience already",
                subject=version.label,
                hint=f"Add people to it: vciso attest add {client.id} {same.id} --audience FILE",
            )
        signed = signed_still(unit, version)
        if all(one.email.casefold() in signed for one in people):
            raise ConflictError(
                "is not material, and everybody on the list has signed the version before",
                subject=version.label,
                hint="Nobody has to sign again; ask those who are new.",
            )
        request = SignOffRequest(
            id=f"so-{secrets.token_hex(6)}",
            policy_id=policy_id,
            policy_title=version.text.title,
            version=version.number,
            sha256=version.sha256,
            statement=statement(version),
            reason=(reason or version.material_reason)[:MAX_REASON],
            due_on=due_on,
            expires_at=datetime.combine(due_on, time(23, 59, 59), zone) + GRACE,
            requested_by=place.actor,
            created_at=now,
        )
        asked = _signatories(request, [one for one in people if one.email.casefold() not in signed])
        for older in open_ones:
            _close(unit, older, f"version {version.number} was published", now)
        unit.sign_offs.put(request, asked)
        unit.audit.append(
            now,
            "attestation.request",
            request.id,
            policy=policy_id,
            version=version.number,
            sha256=version.sha256,
            people=len(asked),
            due=f"{due_on:%Y-%m-%d}",
        )
    return request


def published_version(unit: ClientUnit, policy_id: str) -> PolicyVersion:
    """The version in force.

    Raises:
        NotFoundError: no such policy, or nothing of it is in force.
    """
    policy = unit.policies.get(policy_id)
    version = unit.policies.published(policy_id)
    if version is None:
        raise NotFoundError(
            "no version of it is published", subject=policy.title, hint="Approve and publish one first."
        )
    return version


def signed_still(unit: ClientUnit, version: PolicyVersion) -> frozenset[str]:
    """Addresses of people whose earlier signature holds for a version: nothing material was approved since.

    Empty for a version that its approver called material: that one everybody signs.
    """
    if version.material is not False:
        return frozenset()
    versions = [one for one in unit.policies.versions(version.policy_id) if one.number <= version.number]
    since = next((one.number for one in versions if one.material is not False), 1)
    signed = unit.attestations.list(policy_id=version.policy_id)
    return frozenset(one.email.casefold() for one in signed if one.version >= since)


def statement(version: PolicyVersion) -> str:
    """The sentence that a person signs."""
    return f"I have read the {version.text.title}, version {version.number}, and I will follow it."


def add_people(
    place: ClientPlace, request_id: str, people: Sequence[AudienceMember], now: datetime
) -> tuple[Signatory, ...]:
    """Asks further people in an open request; those who are asked already stay as they are.

    Raises:
        NotFoundError: no such request.
        ConflictError: the request is closed.
    """
    with place.write("review") as unit:
        request = _open_request(unit, request_id)
        known = {one.email for one in unit.sign_offs.people(request_id)}
        added = _signatories(request, [one for one in people if one.email not in known])
        unit.sign_offs.put_people(added)
        unit.audit.append(now, "attestation.add", request_id, people=len(added))
    return added


def revoke(place: ClientPlace, request_id: str, email: str, reason: str, now: datetime) -> Signatory:
    """Takes a person out of a request (left, asked by mistake): the link opens nothing from now on.

    Raises:
        NotFoundError: nobody of that address is asked.
        ConflictError: the person has signed already, or the request is closed.
        BadInputError: no reason.
    """
    if not reason.strip():
        raise BadInputError("a revocation needs a reason", subject=email)
    with place.write("review") as unit:
        _open_request(unit, request_id)
        person = find_person(unit, request_id, email)
        if person.state == "signed":
            raise ConflictError("has signed already; a sign-off is never taken back", subject=person.email)
        gone = person.model_copy(
            update={"state": "revoked", "nonce": new_nonce(), "revoked_because": reason.strip()[:MAX_REASON]}
        )
        unit.sign_offs.put_people([gone])
        unit.audit.append(now, "attestation.revoke", request_id, signatory=person.id, reason=gone.revoked_because)
    return gone


def renew_link(place: ClientPlace, request_id: str, email: str, now: datetime) -> Signatory:
    """Makes a person's earlier link worthless and asks again, also after a revocation.

    Raises:
        NotFoundError: nobody of that address is asked.
        ConflictError: the person has signed already, or the request is closed.
    """
    with place.write("review") as unit:
        _open_request(unit, request_id)
        person = find_person(unit, request_id, email)
        if person.state == "signed":
            raise ConflictError("has signed already", subject=person.email)
        fresh = person.model_copy(update={"state": "open", "nonce": new_nonce(), "revoked_because": ""})
        unit.sign_offs.put_people([fresh])
        unit.audit.append(now, "attestation.renew", request_id, signatory=person.id)
    return fresh


def close_request(place: ClientPlace, request_id: str, reason: str, now: datetime) -> SignOffRequest:
    """Closes a request: nobody can sign it any more, and nobody is reminded.

    Raises:
        NotFoundError: no such request.
        ConflictError: it is closed already.
        BadInputError: no reason.
    """
    if not reason.strip():
        raise BadInputError("closing needs a reason", subject=request_id)
    with place.write("review") as unit:
        return _close(unit, _open_request(unit, request_id), reason.strip(), now)


def find_person(unit: ClientUnit, request_id: str, email: str) -> Signatory:
    """The person of that address, or of that name where only one bears it.

    Raises:
        NotFoundError: none, or several.
    """
    wanted = " ".join(email.split()).casefold()
    people = unit.sign_offs.people(request_id)
    found = [one for one in people if wanted in (one.email, one.id)]
    found = found or [one for one in people if one.name.casefold() == wanted]
    if len(found) != 1:
        raise NotFoundError(
            "several people of that name are asked" if found else "is not asked in this request",
            subject=email[:80],
            hint="Name the person by e-mail address.",
        )
    return found[0]


def _open_request(unit: ClientUnit, request_id: str) -> SignOffRequest:
    request = unit.sign_offs.get(request_id)
    if request.closed_at is not None:
        raise ConflictError(f"is closed ({request.closed_because})", subject=request_id)
    return request


def _close(unit: ClientUnit, request: SignOffRequest, reason: str, now: datetime) -> SignOffRequest:
    closed = request.model_copy(update={"closed_at": now, "closed_because": reason[:MAX_REASON]})
    unit.sign_offs.put(closed)
    unit.audit.append(now, "attestation.close", request.id, reason=closed.closed_because)
    return closed


def _signatories(request: SignOffRequest, people: Sequence[AudienceMember]) -> tuple[Signatory, ...]:
    return tuple(
        Signatory(
            id=f"sg-{secrets.token_hex(6)}",
            request_id=request.id,
            name=one.name,
            email=one.email,
            group=one.group,
            nonce=new_nonce(),
        )
        for one in people
    )
