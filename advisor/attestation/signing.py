"""Opens a signed link and takes the signature; records one that came on paper or by e-mail."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from advisor.attestation.links import LinkContent, invalid_link, is_expired, read_token
from advisor.attestation.receipts import FOLDER, attestation_sha256, make_receipt, write_receipt
from advisor.attestation.requests import find_person
from knowledge.errors import BadInputError, ConflictError, NotFoundError, StoreError
from knowledge.places import ClientPlace, Places
from knowledge.records.attestation import Attestation, ChainPlace, Receipt, Signatory, SignOffRequest
from knowledge.records.client import Client
from knowledge.records.policy import PolicyVersion
from knowledge.store.units import ClientUnit

MAX_EVIDENCE: Final = 25 << 20
"""Bytes of a file that proves a recorded signature: 25 MB."""
EVIDENCE_FOLDER: Final = "sign-off-evidence"
MAX_NAME: Final = 200

LinkState = Literal["open", "signed", "expired", "closed", "replaced"]


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What the page behind a link shows."""

    state: LinkState
    """`open`: can be signed now; `closed`: the request was closed; `replaced`: a newer version is in force."""
    reason: str
    """Why it cannot be signed, in one sentence; empty when it can."""
    client_name: str
    request: SignOffRequest
    person: Signatory
    version: PolicyVersion
    receipt: Receipt | None
    """Of a link that was signed."""


def open_request(places: Places, token: str, now: datetime) -> OpenedLink:
    """What a link opens; nothing is written.

    Args:
        places: the open home.
        token: the secret part of the link.
        now: when it is opened.

    Raises:
        NotFoundError: forged, cut, revoked or replaced by a newer link; the same words for all of them.
    """
    content = read_token(places, token)
    client = places.profile(content.client_id)
    with places.client(client.id) as place, place.read() as unit:
        return _opened(unit, client, content, now)


def sign(places: Places, token: str, name: str, now: datetime) -> Receipt:
    """Takes a person's signature through a link; the link is used up.

    Args:
        places: the open home.
        token: the secret part of the link.
        name: as the person typed it.
        now: the moment of signing.

    Raises:
        NotFoundError: the link is not valid.
        ConflictError: it was used, its time is over, the request is closed, or a newer version is in force.
        BadInputError: no name.
    """
    content = read_token(places, token)
    client = places.profile(content.client_id)
    typed = _checked_name(name)
    with places.client(client.id) as place:
        with place.write() as unit:
            opened = _opened(unit, client, content, now)
            if opened.state != "open":
                raise ConflictError(opened.reason, subject=opened.request.policy_title)
            receipt = _keep(
                unit,
                client,
                Attestation(
                    **_pinned(opened.request, opened.person),
                    signed_name=typed,
                    method="link",
                    signed_at=now,
                    recorded_at=now,
                ),
            )
        write_receipt(place.folder / FOLDER, receipt)
    return receipt


def record_signature(
    place: ClientPlace,
    client: Client,
    request_id: str,
    email: str,
    *,
    signed_name: str,
    signed_at: datetime,
    evidence: Path,
    now: datetime,
) -> Receipt:
    """Records a signature given on paper or by e-mail, with the file that proves it.

    Args:
        place: the client's place; a copy of the file is kept in it by its hash.
        client: its profile.
        request_id: what was signed.
        email: who signed: address, or the name where only one bears it.
        signed_name: as it stands under the paper; empty: as on the audience list.
        signed_at: when the person signed; not before the request, not in the future.
        evidence: scan of the paper or the saved mail, up to 25 MB.
        now: when it is recorded.

    Raises:
        NotFoundError: no such request, person or file.
        ConflictError: the person has signed already or was taken out, or the request is closed.
        BadInputError: an empty or too large file, or a day that cannot be.
    """
    data = _read_evidence(evidence)
    digest = hashlib.sha256(data).hexdigest()
    with place.write("review") as unit:
        request = unit.sign_offs.get(request_id)
        person = find_person(unit, request_id, email)
        if request.closed_at is not None:
            raise ConflictError(f"is closed ({request.closed_because})", subject=request_id)
        if person.state != "open":
            word = "has signed already" if person.state == "signed" else "was taken out of this request"
            raise ConflictError(word, subject=person.email)
        # A day without a time is midnight: the request may have been made later on that day.
        if signed_at < request.created_at - timedelta(days=1) or signed_at > now:
            raise BadInputError(
                f"lies before the request of {request.created_at:%Y-%m-%d} or in the future",
                subject=f"signed at {signed_at:%Y-%m-%d}",
            )
        _same_version(unit, request)
        target = _keep_evidence(place.folder, data, digest, evidence.suffix)
        receipt = _keep(
            unit,
            client,
            Attestation(
                **_pinned(request, person),
                signed_name=_checked_name(signed_name or person.name),
                method="recorded",
                signed_at=signed_at,
                recorded_at=now,
                recorded_by=place.actor,
                evidence_name=evidence.name[:200],
                evidence_sha256=digest,
            ),
        )
    del target
    write_receipt(place.folder / FOLDER, receipt)
    return receipt


def kept_receipt(unit: ClientUnit, client: Client, attestation_id: str) -> Receipt:
    """The receipt of a sign-off, made anew from what is kept.

    Raises:
        NotFoundError: no such sign-off.
    """
    attestation, chain = unit.attestations.get(attestation_id)
    return make_receipt(client.name, attestation, chain)


def _opened(unit: ClientUnit, client: Client, content: LinkContent, now: datetime) -> OpenedLink:
    person = unit.sign_offs.person(content.signatory_id)
    if person is None or person.request_id != content.request_id or person.nonce != content.nonce:
        raise invalid_link()
    request = unit.sign_offs.get(content.request_id)
    if (request.version, request.sha256) != (content.version, content.sha256) or person.state == "revoked":
        raise invalid_link()
    version = unit.policies.version(request.policy_id, request.version)
    receipt = None
    state: LinkState = "open"
    reason = ""
    if person.state == "signed":
        done = next(one for one in unit.attestations.list(request_id=request.id) if one.signatory_id == person.id)
        receipt = kept_receipt(unit, client, done.id)
        state, reason = "signed", f"was signed by this person on {done.signed_at:%Y-%m-%d}"
    elif version.status != "published" or version.sha256 != request.sha256:
        state, reason = "replaced", f"version {request.version} is not in force any more"
    elif request.closed_at is not None:
        state, reason = "closed", f"the request was closed ({request.closed_because})"
    elif is_expired(content, now):
        state, reason = "expired", f"the link's time was over on {request.expires_at:%Y-%m-%d}"
    return OpenedLink(state, reason, client.name, request, person, version, receipt)


def _same_version(unit: ClientUnit, request: SignOffRequest) -> None:
    version = unit.policies.version(request.policy_id, request.version)
    if version.sha256 != request.sha256 or version.status != "published":
        raise ConflictError(f"version {request.version} is not in force any more", subject=request.policy_title)


def _pinned(request: SignOffRequest, person: Signatory) -> dict[str, str | int]:
    return {
        "id": f"at-{secrets.token_hex(6)}",
        "request_id": request.id,
        "signatory_id": person.id,
        "policy_id": request.policy_id,
        "policy_title": request.policy_title,
        "version": request.version,
        "sha256": request.sha256,
        "name": person.name,
        "email": person.email,
        "group": person.group,
        "statement": request.statement,
    }


def _keep(unit: ClientUnit, client: Client, attestation: Attestation) -> Receipt:
    """Chain first, since the row's number goes into the receipt; both in one transaction."""
    action = "attestation.sign" if attestation.method == "link" else "attestation.record"
    row = unit.audit.append(
        attestation.recorded_at,
        action,
        attestation.request_id,
        attestation=attestation.id,
        receipt_sha256=attestation_sha256(attestation),
        policy=attestation.policy_id,
        version=attestation.version,
        sha256=attestation.sha256,
    )
    chain = ChainPlace(seq=row.seq, hash=row.hash)
    unit.attestations.add(attestation, chain)
    person = unit.sign_offs.person(attestation.signatory_id)
    if person is None:
        raise NotFoundError("is not asked in this request", subject=attestation.email)
    unit.sign_offs.put_people([person.model_copy(update={"state": "signed"})])
    return make_receipt(client.name, attestation, chain)


def _checked_name(name: str) -> str:
    line = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in name).split())
    if sum(c.isalpha() for c in line) < 2 or len(line) > MAX_NAME:
        raise BadInputError(
            "is not a name to sign with", subject=repr(line[:40]), hint="Type your first and last name."
        )
    return line


def _read_evidence(file: Path) -> bytes:
    try:
        if file.is_file() and file.stat().st_size > MAX_EVIDENCE:
            raise BadInputError(f"is larger than {MAX_EVIDENCE >> 20} MB", subject=file.name)
        data = file.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("there is no such file", subject=str(file)) from None
    except OSError as error:
        raise BadInputError(f"cannot be opened ({error.strerror})", subject=file.name) from None
    if not data:
        raise BadInputError("is empty", subject=file.name, hint="Give the scan or the saved mail.")
    return data


def _keep_evidence(folder: Path, data: bytes, digest: str, suffix: str) -> Path:
    safe = suffix.lower() if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 6 else ""
    target = folder / EVIDENCE_FOLDER / f"{digest}{safe}"
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(exist_ok=True, mode=0o700)
        part.write_bytes(data)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"the evidence cannot be kept ({error.strerror})", subject=str(target)) from None
    return target
