"""The table of CISA's Binding Operational Directive 26-04: four questions, five timelines, unknowns left open."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources
from typing import Literal, cast, get_args

from knowledge.records.base import Record
from knowledge.records.triage import PriorityInputs, Timeline

Factor = Literal["in_kev", "publicly_exposed", "automatable", "technical_impact"]
FACTORS: tuple[Factor, ...] = get_args(Factor)

DAYS: dict[Timeline, int | None] = {
    "3-days-forensics": 3,
    "3-days": 3,
    "14-days": 14,
    "60-days": 60,
    "next-upgrade": None,
}
"""Calendar days that a timeline gives; most urgent first. None: with the next major upgrade or rebuild."""

URGENCY: tuple[Timeline, ...] = tuple(DAYS)


class Row(Record):
    """One line of the table."""

    row: int
    in_kev: Literal["yes", "no"]
    publicly_exposed: Literal["yes", "no"]
    automatable: Literal["yes", "no"]
    technical_impact: Literal["partial", "total"]
    timeline: Timeline


@lru_cache(maxsize=1)
def table() -> tuple[Row, ...]:
    """The sixteen rows, numbered as CERTCC/SSVC publishes them (decision table `cisa:DT_BOD2604:1.0.0`)."""
    text = resources.files("advisor.triage").joinpath("data/bod_26_04.csv").read_text(encoding="utf-8")
    return tuple(Row.model_validate(cast(dict[str, str], line)) for line in csv.DictReader(text.splitlines()))


def open_rows(inputs: PriorityInputs) -> tuple[Row, ...]:
    """The rows that the known inputs leave open, in table order; one row where nothing is unknown."""
    known = {factor: value for factor in FACTORS if (value := getattr(inputs, factor)) != "unknown"}
    return tuple(row for row in table() if all(getattr(row, factor) == value for factor, value in known.items()))


def outcomes(rows: tuple[Row, ...]) -> tuple[Timeline, ...]:
    """The timelines of some rows, each once, most urgent first."""
    return tuple(sorted({row.timeline for row in rows}, key=URGENCY.index))


def matters(factor: Factor, rows: tuple[Row, ...]) -> bool:
    """True where some pair of open rows that differ in this factor alone have different timelines."""
    others = [f for f in FACTORS if f != factor]
    seen: dict[tuple[str, ...], set[Timeline]] = {}
    for row in rows:
        seen.setdefault(tuple(getattr(row, f) for f in others), set()).add(row.timeline)
    return any(len(timelines) > 1 for timelines in seen.values())
