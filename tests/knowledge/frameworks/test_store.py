"""Imported copies are kept whole, replaced whole, and each in its own place."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from knowledge.clients import add_client, remove_client
from knowledge.errors import NotFoundError
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.records.framework import Framework, Part, Requirement


def copy_of(now: datetime, **head: str) -> Framework:
    values = {"id": "house", "title": "House rules", "short": "House"} | head
    return Framework(
        urn="urn:x", licence="theirs", text_depth="full", retrieved=date(2026, 11, 1), imported_at=now, **values
    )  # fmt: skip


ROWS = tuple(
    Requirement(
        id=f"{n}",
        kind="rule",
        assessable=True,
        statement="Lock the door.",
        parts=(Part(name="statement", level=0, text="Lock the door."),),
        attributes={"groups": ("a", "b"), "n": n, "withdrawn": False},
    )
    for n in (10, 9, 1)
)


def test_a_copy_comes_back_as_it_was_kept(places: Places, now: datetime) -> None:
    with places.shared().write() as unit:
        unit.frameworks.put(copy_of(now), ROWS)
    with places.shared().read() as unit:
        assert unit.frameworks.list() == (copy_of(now),)
        assert unit.frameworks.requirements("house") == ROWS
        with pytest.raises(NotFoundError, match="no imported framework"):
            unit.frameworks.requirements("other")


def test_a_second_import_replaces_the_first_whole(places: Places, now: datetime) -> None:
    with places.shared().write() as unit:
        unit.frameworks.put(copy_of(now), ROWS)
        unit.frameworks.put(copy_of(now, title="Newer"), ROWS[:1])
        assert [head.title for head in unit.frameworks.list()] == ["Newer"]
        assert unit.frameworks.requirements("house") == ROWS[:1]
        unit.frameworks.remove("house")
        unit.frameworks.remove("house")
        assert unit.frameworks.list() == ()


def test_a_clients_copy_is_in_its_place_alone_and_goes_with_it(places: Places, now: datetime) -> None:
    for name, ref in (("acme", "c-000000000001"), ("globex", "c-000000000002")):
        add_client(places, Client(id=name, ref=ref, name=name.title(), created_at=now), now)
    with places.client("acme") as place, place.write() as own:
        own.frameworks.put(copy_of(now), ROWS)
    with places.client("globex") as place, place.read() as other:
        assert other.frameworks.list() == ()
    with places.shared().read() as unit:
        assert unit.frameworks.list() == ()
    assert remove_client(places, "acme", now).files_removed


def test_public_text_that_names_a_client_does_not_stop_its_removal(places: Places, now: datetime) -> None:
    add_client(places, Client(id="northgate", ref="c-0123456789ab", name="Northgate", created_at=now), now)
    with places.shared().write() as unit:
        unit.frameworks.put(copy_of(now, title="The Northgate rules"), ROWS)
    assert remove_client(places, "northgate", now).public_mentions
