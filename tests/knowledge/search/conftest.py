"""Homes with a client and documents of ours, and an encoder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.records.document import Document, DocumentPart

POLICY = (
    ("Access", "Every account has an owner who confirms twice a year that it is still needed."),
    ("Access", "Remote sign-in needs a hardware key or the approval app."),
    ("Backups", "The recovery time objective of the booking system is four hours."),
    ("Backups", "Backups are restored on a spare server every quarter, and the result is written down."),
    ("Vendors", "A vendor who holds patient data tells us of an incident within 24 hours."),
)


def document(number: int = 1, *, version: int = 1, title: str = "Security policy", now: datetime) -> Document:
    """A document's head."""
    digest = hashlib.sha256(f"{number}:{version}".encode()).hexdigest()
    return Document(
        id=f"d-{number:012x}",
        version=version,
        title=title,
        file_name="policy.md",
        kind="markdown",
        sha256=digest,
        size=1,
        added_at=now,
    )


def parts_of(sections: Sequence[tuple[str, str]]) -> tuple[DocumentPart, ...]:
    """Paragraphs under headings, as a parser gives them."""
    found: list[DocumentPart] = []
    above = ""
    for heading, text in sections:
        if heading != above:
            above = heading
            found.append(DocumentPart(seq=len(found) + 1, kind="heading", text=heading, level=1, locator=heading))
        seq = len(found) + 1
        found.append(
            DocumentPart(seq=seq, kind="paragraph", text=text, heading_path=(heading,), locator=f"paragraph {seq}")
        )
    return tuple(found)


def add_document(
    places: Places, client_id: str, sections: Sequence[tuple[str, str]], now: datetime, **head: object
) -> Document:
    """Stores a document in a client's place."""
    made = document(now=now, **head)  # type: ignore[arg-type]
    with places.client(client_id) as place, place.write() as unit:
        unit.documents.put(made, parts_of(sections))
    return made


Put = Callable[..., Document]


@pytest.fixture
def put(places: Places, now: datetime) -> Put:
    """Stores a document of sections (heading, text) in a client's place."""

    def store(client_id: str, sections: Sequence[tuple[str, str]] = POLICY, **head: object) -> Document:
        return add_document(places, client_id, sections, now, **head)

    return store


@pytest.fixture
def enrol(places: Places, now: datetime) -> Callable[[str], str]:
    """Adds a client."""

    def add(client_id: str) -> str:
        add_client(places, Client(id=client_id, ref=new_ref(), name=client_id.title(), created_at=now), now)
        return client_id

    return add


@pytest.fixture
def client(enrol: Callable[[str], str], put: Put) -> str:
    """A client with one policy."""
    enrol("clinic")
    put("clinic")
    return "clinic"


def hashed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors from the words of a text: like texts are near, and no model is read."""
    rows = np.zeros((len(texts), 384), np.float32)
    for row, text in enumerate(texts):
        for word in text.casefold().split():
            seed = int.from_bytes(hashlib.blake2b(word.strip(".,?").encode(), digest_size=4).digest())
            rows[row] += np.random.default_rng(seed).standard_normal(384).astype(np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def small_model(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Puts the hashing encoder in the place of the model for what is embedded and asked."""
    encoded: list[str] = []

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        encoded.extend(texts)
        return hashed(texts)

    fake = SimpleNamespace(
        digest="f" * 64,
        dimensions=384,
        light=True,
        encoded=encoded,
        encode=encode,
        encode_question=lambda text: hashed([text])[0],
    )
    made: Callable[..., SimpleNamespace] = lambda setting=None: fake  # noqa: E731
    monkeypatch.setattr("knowledge.search.service.model", made)
    return fake
