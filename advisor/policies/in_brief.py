"""What a brief says of the client's policies: pressing items propose the sentence that a policy lacks."""

from __future__ import annotations

from datetime import datetime

from advisor.policies.propose import propose_for
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.triage import Label

PRESSING: tuple[Label, ...] = ("act-now", "check-today")
MAX_LINES = 2
"""Proposals that one item names; `vciso proposals` lists them all."""


def with_proposals(places: Places, client_id: ClientId, brief: Brief, now: datetime) -> Brief:
    """The brief whose pressing items name the proposals that they gave rise to; those that are missing are made.

    A client without policies gets none: a brief is no place to sell it one.
    """
    with places.client(client_id) as place, place.read() as unit:
        if not unit.policies.list():
            return brief
    items = _said_once(tuple(_with(places, client_id, item, now) for item in brief.items))
    return brief if items == brief.items else brief.model_copy(update={"items": items})


def _said_once(items: tuple[BriefItem, ...]) -> tuple[BriefItem, ...]:
    """A proposal names the item that gave rise to it; a later item that it covers too points there."""
    first: dict[str, int] = {}
    told = []
    for item in items:
        lines = tuple(
            line
            if first.setdefault(line, item.number) == item.number
            else f"The proposal of item {first[line]} covers it."
            for line in item.policies
        )
        told.append(item.model_copy(update={"policies": lines}) if lines != item.policies else item)
    return tuple(told)


def with_lines_of(brief: Brief, kept: Brief | None) -> Brief:
    """The brief with the sentences on policies that its kept form has, so that the same day says the same."""
    if kept is None:
        return brief
    said = {item.key: item.policies for item in kept.items}
    items = tuple(item.model_copy(update={"policies": said.get(item.key, ())}) for item in brief.items)
    return brief.model_copy(update={"items": items})


def _with(places: Places, client_id: ClientId, item: BriefItem, now: datetime) -> BriefItem:
    if item.label not in PRESSING or item.standing != "open":
        return item.model_copy(update={"policies": ()}) if item.policies else item
    lines = tuple(
        outcome.sentence
        for outcome in propose_for(places, client_id, item, now)
        if outcome.proposal is not None and outcome.proposal.status == "open"
    )[:MAX_LINES]
    return item if lines == item.policies else item.model_copy(update={"policies": lines})
