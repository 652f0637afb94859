"""The order of a brief and the line that the alert budget draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from advisor.brief.concerns import KIND_RANK, LABEL_RANK, TIMELINE_RANK
from knowledge.records.brief import BriefItem
from knowledge.records.triage import Label

ALERTS: Final[tuple[Label, ...]] = ("act-now", "check-today")
"""The labels that the alert budget counts."""


def rank(item: BriefItem) -> tuple[int, bool, date, int, int, bool, float, str]:
    """Sort key, most pressing first.

    Label; new or changed before still open; earliest due date; the rule's timeline; kind of verdict; ransomware;
    chance of attack; key. The key makes the order the same however the input was ordered.
    """
    priority = item.priority
    timeline = priority.timelines[0] if priority and priority.timelines else None
    return (
        LABEL_RANK[item.label],
        item.changes == ("none",),
        item.due or date.max,
        TIMELINE_RANK[timeline] if timeline else len(TIMELINE_RANK),
        KIND_RANK[item.verdict],
        not (priority and priority.ransomware),
        -(priority.epss or 0.0) if priority else 0.0,
        item.key,
    )


def place(items: Sequence[BriefItem], budget: int) -> tuple[BriefItem, ...]:
    """The items in the order of the page, numbered, the line drawn after `budget` alerts.

    An acknowledged item takes no place in the budget: it is in hand, and has a list of its own. What is pressing but
    past the budget is marked `below_the_line` and stays on the page.
    """
    ordered = sorted(items, key=rank)
    alerts = [item for item in ordered if item.label in ALERTS and item.standing != "acknowledged"]
    below = [item.model_copy(update={"below_the_line": True}) for item in alerts[budget:]]
    in_hand = [item for item in ordered if item.standing == "acknowledged"]
    rest = [item for item in ordered if item.label not in ALERTS and item.standing != "acknowledged"]
    placed = [*alerts[:budget], *below, *in_hand, *rest]
    return tuple(item.model_copy(update={"number": number}) for number, item in enumerate(placed, start=1))
