"""By when, with the rule that says so and what is not known about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from advisor.brief.rules import due_of
from advisor.brief.words import by_day, capital, days_over, listed, on_day
from advisor.triage.bod import FACTORS, Factor, matters, open_rows
from knowledge.records.triage import Label, Priority, PriorityInputs, Timeline, VerdictKind

_TIMELINE_WORDS: Final[dict[Timeline, str]] = {
    "3-days-forensics": "3 days with a check for a break-in",
    "3-days": "3 days",
    "14-days": "14 days",
    "60-days": "60 days",
    "next-upgrade": "until the next upgrade",
}

LONG_AGO: Final = 60
"""Days past a catalogue date from which counting them tells nothing any more."""

_KNOWN_WORDS: Final[dict[tuple[Factor, str], str]] = {
    ("in_kev", "yes"): "exploited",
    ("in_kev", "no"): "not listed as exploited",
    ("publicly_exposed", "yes"): "open to the internet",
    ("publicly_exposed", "no"): "not open to the internet",
    ("automatable", "yes"): "can be automated",
    ("automatable", "no"): "cannot be automated",
    ("technical_impact", "total"): "full control",
    ("technical_impact", "partial"): "partial control",
}
_UNKNOWN_WORDS: Final[dict[Factor, str]] = {
    "in_kev": "whether it is exploited",
    "publicly_exposed": "whether it is open to the internet",
    "automatable": "whether it can be automated",
    "technical_impact": "how much control it gives",
}


def rule_sentence(priority: Priority) -> str:
    """The rows of CISA BOD 26-04, version 1.0.0, that apply, in words, and whether an unknown matters."""
    if not priority.timelines:
        return ""
    words = _Inputs.of(priority.inputs)
    rows = f"{'row' if len(priority.rows) == 1 else 'rows'} {listed([str(row) for row in priority.rows], most=4)}"
    facts = f": {', '.join(words.known)}" if words.known else ""
    first = _TIMELINE_WORDS[priority.timelines[0]]
    if len(priority.timelines) == 1:
        gives = f"gives {first}" if first[0].isdigit() else f"lets it wait {first}"
        rule = f"CISA BOD 26-04 {gives} ({rows}{facts})."
        unknown = [*words.deciding, *words.idle]
        return f"{rule[:-1]}; {listed(unknown)} is not known here and changes nothing." if unknown else rule
    last = _TIMELINE_WORDS[priority.timelines[-1]]
    best = last if last[0].isdigit() else f"lets it wait {last}"
    open_words = listed(words.deciding or words.idle)
    return (
        f"CISA BOD 26-04 gives {first}, or {best} ({rows}{facts}). Count on the shorter: it is not known {open_words}."
    )


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The four questions of the table in words."""

    known: tuple[str, ...]
    deciding: tuple[str, ...]
    """Unknown, and the answer changes the outcome."""
    idle: tuple[str, ...]
    """Unknown, and the answer changes nothing."""

    @classmethod
    def of(cls, inputs: PriorityInputs) -> _Inputs:
        rows = open_rows(inputs)
        known: list[str] = []
        deciding: list[str] = []
        idle: list[str] = []
        for factor in FACTORS:
            value = getattr(inputs, factor)
            if value == "unknown":
                (deciding if matters(factor, rows) else idle).append(_UNKNOWN_WORDS[factor])
            else:
                known.append(_KNOWN_WORDS[factor, value])
        return cls(tuple(known), tuple(deciding), tuple(idle))


def due_sentence(priority: Priority | None, kind: VerdictKind, label: Label, today: date) -> str:
    """When, by which rule, and how far past a passed date is; empty where nothing sets or suggests a date."""
    pressing = label in ("act-now", "check-today")
    if priority is None or not priority.timelines:
        return "Today. No rule sets a date for it." if pressing else ""
    due = due_of(priority)
    parts = [
        _when(due, priority, kind, pressing=pressing, today=today),
        rule_sentence(priority),
        _cisa_date(priority, today),
    ]
    return " ".join(part for part in parts if part)


def _when(due: date | None, priority: Priority, kind: VerdictKind, *, pressing: bool, today: date) -> str:
    if due is None:
        return "Look today; no fixed date." if pressing else "No fixed date."
    over = days_over(due, today)
    settled = kind == "affected"
    if over:
        words = f"Today; it was due on {on_day(due, today)}: {over}" + ("" if settled else ", if you are affected")
    elif not settled and due == today:
        words = f"{capital(by_day(due, today))}: the answer, and the fix too if you are affected"
    elif not settled:
        answer = "The answer today" if pressing else "The answer this week"
        words = f"{answer}; the fix, if you are affected, by {by_day(due, today)}"
    elif priority.kev_due_on is not None and priority.kev_due_on < today and due > today:
        words = f"Start today and be done by {by_day(due, today)}"
    else:
        words = capital(by_day(due, today))
    later = priority.due_on_latest
    if len(priority.timelines) > 1 and later and later > due and not over and due != priority.kev_due_on:
        words += f" ({on_day(later, today)} at the latest)"
    return words + "."


def _cisa_date(priority: Priority, today: date) -> str:
    day = priority.kev_due_on
    if day is None:
        return ""
    if day == due_of(priority):
        # Said once: the first sentence has told the day, and how far over it is.
        return f"That {'is' if day < today else 'is also'} CISA's own date."
    if (today - day).days > LONG_AGO:
        return f"CISA's own date passed long ago, on {on_day(day, today)}."
    over = days_over(day, today)
    return f"CISA's own date was {on_day(day, today)}: {over}." if over else f"CISA's own date is {on_day(day, today)}."
