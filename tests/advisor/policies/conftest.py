"""A clinic with a policy of its own, taken in from parts as the reader of documents gives them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from advisor import proposals
from advisor.policies.adopt import adopt_document
from knowledge.clients import add_client, new_ref
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from knowledge.records.document import Document, DocumentPart
from knowledge.records.policy import PolicyVersion

PARAGRAPHS = (
    ("heading", "1 Purpose", "section 1"),
    ("paragraph", "The clinic depends on vendors for its records and its network.", "section 1"),
    ("heading", "2 Vendors with access", "section 2"),
    ("paragraph", "2.1 Accounts. Each person of a vendor has an account of their own.", "section 2.1"),
    ("paragraph", "2.2 End of access. Access ends within 5 days of the end of the contract.", "section 2.2"),
    ("heading", "3 Incidents and notices", "section 3"),
    (
        "paragraph",
        "3.1 Incidents. A vendor tells the practice manager about an incident that may touch our data within 24 hours.",
        "section 3.1",
    ),
    (
        "paragraph",
        "3.2 Changes. A vendor tells the practice manager 30 days ahead when it moves our data.",
        "section 3.2",
    ),
)


@pytest.fixture
def client(places: Places, now: datetime) -> Client:
    profile = Client(
        id="northgate",
        ref=new_ref(),
        name="Northgate Family Clinic",
        sector="healthcare",
        jurisdictions=("US", "US-IL"),
        headcount=38,
        frameworks=("hipaa-security-rule", "nist-csf-2.0"),
        timezone="America/Chicago",
        created_at=now,
    )
    add_client(places, profile, now)
    return profile


@pytest.fixture
def place(places: Places, client: Client) -> Iterator[ClientPlace]:
    with places.client(client.id) as opened:
        yield opened


@pytest.fixture
def document(place: ClientPlace, now: datetime) -> Document:
    found = Document(
        id="d-0123456789ab",
        version=1,
        title="Vendor Risk Policy",
        file_name="Vendor Risk Policy.docx",
        kind="docx",
        sha256="0" * 64,
        size=1,
        added_at=now,
    )
    parts = [
        DocumentPart(seq=n, kind=kind, text=text, locator=locator, level=1 if kind == "heading" else 0)  # type: ignore[arg-type]
        for n, (kind, text, locator) in enumerate(PARAGRAPHS, start=1)
    ]
    with place.write() as unit:
        unit.documents.put(found, parts)
    return found


@pytest.fixture
def adopted(places: Places, place: ClientPlace, client: Client, document: Document, now: datetime) -> PolicyVersion:
    """The document as the policy in force."""
    found = adopt_document(places, client.id, document, "vendor-risk", now, owner="practice manager")
    done = proposals.accept(place, found.id, now, client)
    assert done.version is not None
    return done.version
