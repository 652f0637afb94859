"""Signed links: made for one person, one version and one hash, good until a time, worthless once used or revoked."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from knowledge.errors import NotFoundError, StoreError
from knowledge.places import ClientPlace, Places
from knowledge.records.attestation import Signatory, SignOffRequest
from knowledge.records.base import ClientId
from knowledge.records.client import Client

KEY_FILE: Final = "sign-off.key"
"""In the client's place, readable by its owner alone; left out of a handover, so that old links die with it."""
SALT: Final = "vciso.sign-off.1"
MAX_TOKEN: Final = 2_000
_UNKNOWN: Final = "this link is not valid"
_UNKNOWN_HINT: Final = "Ask whoever sent it for a new one."


@dataclass(frozen=True, slots=True)
class LinkContent:
    """What a link that was read says, before the store is asked."""

    client_id: ClientId
    request_id: str
    signatory_id: str
    version: int
    sha256: str
    nonce: str
    expires_at: int
    """Seconds since 1970."""


def new_nonce() -> str:
    """A random value that makes a link the only one of its person."""
    return secrets.token_urlsafe(18)


def make_token(place: ClientPlace, client: Client, request: SignOffRequest, signatory: Signatory) -> str:
    """The secret part of a person's link; the web address around it is the face's.

    Raises:
        StoreError: the key cannot be read or made.
    """
    content = {
        "r": request.id,
        "p": signatory.id,
        "v": request.version,
        "h": request.sha256,
        "n": signatory.nonce,
        "x": int(request.expires_at.timestamp()),
    }
    return f"{client.ref}.{_serializer(_key(place)).dumps(content)}"


def read_token(places: Places, token: str) -> LinkContent:
    """What a link says, once its signature holds.

    Raises:
        NotFoundError: not a link of this home; the same words for every reason.
    """
    ref, _, signed = token.strip().partition(".")
    client = next((one for one in places.profiles() if one.ref == ref), None) if len(token) <= MAX_TOKEN else None
    if client is None:
        raise invalid_link()
    with places.client(client.id) as place:
        file = place.folder / KEY_FILE
        if not file.is_file():
            raise invalid_link()
        key = _key(place)
    try:
        content: dict[str, Any] = _serializer(key).loads(signed)
        return LinkContent(
            client_id=client.id,
            request_id=str(content["r"]),
            signatory_id=str(content["p"]),
            version=int(content["v"]),
            sha256=str(content["h"]),
            nonce=str(content["n"]),
            expires_at=int(content["x"]),
        )
    except (BadData, KeyError, TypeError, ValueError):
        raise invalid_link() from None


def invalid_link() -> NotFoundError:
    """The one answer to a link that was forged, cut, revoked or replaced: it tells nothing apart."""
    return NotFoundError(_UNKNOWN, hint=_UNKNOWN_HINT)


def is_expired(content: LinkContent, now: datetime) -> bool:
    """Whether the link's time is over."""
    return now.timestamp() >= content.expires_at


def _serializer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=SALT, signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"})


def _key(place: ClientPlace) -> str:
    """The client's key, made where it is missing."""
    file = place.folder / KEY_FILE
    try:
        if not file.exists():
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(secrets.token_hex(32))
                out.flush()
                os.fsync(out.fileno())
        key = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError("the key for sign-off links cannot be read", subject=KEY_FILE) from error
    if len(key) < 64:
        raise StoreError(
            "the key for sign-off links is damaged",
            subject=KEY_FILE,
            hint="Remove the file; a new one is made, and links sent before stop working.",
        )
    return key
