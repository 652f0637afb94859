"""A clinic with one published policy of two clauses, written straight into its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from advisor.policies.lifecycle import publish
from knowledge.clients import add_client, new_ref
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from knowledge.records.policy import Policy, PolicyClause, PolicySection, PolicyText, PolicyVersion

LEAVERS = "The service desk must disable the account within 24 hours."


def text(leavers: str) -> PolicyText:
    clauses = (
        PolicyClause(id="joiners", number="4.1", heading="Joiners", text="The line manager opens a ticket."),
        PolicyClause(
            id="leavers",
            number="4.6",
            heading="Leavers",
            text=leavers,
            requirements=("iso-27001-2022:A.5.18", "nist-csf-2.0:PR.AA-01"),
            partly=("iso-27001-2022:A.6.5",),
            evidence="Leaver tickets",
        ),
    )
    return PolicyText(
        title="Access Control Policy", sections=(PolicySection(id="s4", number="4", heading="Access", clauses=clauses),)
    )


@pytest.fixture
def client(places: Places, now: datetime) -> Client:
    profile = Client(
        id="northgate",
        ref=new_ref(),
        name="Northgate Family Clinic",
        frameworks=("iso-27001-2022", "nist-csf-2.0"),
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
def put_version(place: ClientPlace, client: Client, now: datetime) -> Callable[..., PolicyVersion]:
    """Brings a text into force as the next version of the policy."""

    def put(leavers: str = LEAVERS, number: int = 1) -> PolicyVersion:
        said = text(leavers)
        with place.write() as unit:
            if unit.policies.find("access-control") is None:
                unit.policies.put(Policy(id="access-control", topic="access-control", title=said.title, created_at=now))
            unit.policies.add_version(
                PolicyVersion(
                    policy_id="access-control",
                    number=number,
                    status="approved",
                    text=said,
                    sha256=said.sha256,
                    base=number - 1 or None,
                    created_at=now,
                    created_by="tester",
                    edited_at=now,
                    edited_by="tester",
                    approved_at=now,
                    approved_by="Dana Whitfield",
                )
            )
        return publish(place, "access-control", now, client).version

    return put


@pytest.fixture
def version(put_version: Callable[..., PolicyVersion]) -> PolicyVersion:
    return put_version()
