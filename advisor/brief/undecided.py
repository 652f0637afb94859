"""Counts the older flaws that stay undecided because a version is not recorded: a gap to close once, not daily news."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pydantic import Field

from advisor.brief.concerns import cve_order
from advisor.brief.facts import BriefFacts
from advisor.brief.words import name
from advisor.triage.judge import UNKNOWN_AGE, OldQuestion
from knowledge.records.base import CveId, Record
from knowledge.records.brief import Undecided, UndecidedRow
from knowledge.records.triage import SubjectKind

OLD_QUESTIONS: Final = "old-questions"
"""Mark of a client's place that holds its `OldQuestions`."""

NEWEST: Final = 3
"""CVE ids that are kept of a row, as examples."""


class OldFlaw(Record):
    """One older flaw and the client's rows for which it cannot be decided."""

    exploited: bool
    """It is in CISA's catalogue."""
    rows: tuple[tuple[SubjectKind, str], ...]
    """Kind and id of each row."""


class OldQuestions(Record):
    """All of them, as far as the world has been judged for the client."""

    flaws: dict[CveId, OldFlaw] = Field(default_factory=dict)


def with_judged(
    before: OldQuestions, judged: Collection[CveId], found: Iterable[OldQuestion], listed: Collection[CveId]
) -> OldQuestions:
    """What is open after a run: flaws judged anew lose what was held of them.

    Args:
        before: what was open before the run; empty where everything is judged anew.
        judged: the CVEs that the run judged.
        found: what it gave no verdict on because of its age, for this client.
        listed: those of the CVEs that are in CISA's catalogue.
    """
    again = set(judged)
    flaws = {cve: held for cve, held in before.flaws.items() if cve not in again}
    rows: dict[CveId, set[tuple[SubjectKind, str]]] = {}
    for one in found:
        rows.setdefault(one.cve_id, set()).add((one.subject_kind, one.subject_id))
    flaws |= {cve: OldFlaw(exploited=cve in listed, rows=tuple(sorted(held))) for cve, held in rows.items()}
    return OldQuestions(flaws=dict(sorted(flaws.items())))


def undecided(questions: OldQuestions, facts: BriefFacts, known: Collection[str]) -> Undecided | None:
    """What a brief says of them; None where every flaw could be decided.

    Args:
        questions: what is open.
        facts: look-ups; a row that is no longer there counts for nothing.
        known: `UndecidedRow.key` of the rows that an earlier brief told of.
    """
    names = _names(facts)
    held: dict[tuple[SubjectKind, str], list[CveId]] = {}
    for cve, question in questions.flaws.items():
        for row in question.rows:
            if row in names:
                held.setdefault(row, []).append(cve)
    if not held:
        return None
    exploited = {cve for cve, question in questions.flaws.items() if question.exploited}
    rows = []
    for (kind, row_id), flaws in held.items():
        newest = sorted(flaws, key=lambda cve: (cve not in exploited, cve_order(cve)))
        called, bare = names[(kind, row_id)]
        rows.append(
            UndecidedRow(
                key=f"{kind} {row_id}",
                name=called,
                no_version=bare,
                flaws=len(flaws),
                exploited=sum(cve in exploited for cve in flaws),
                newest=tuple(newest[:NEWEST]),
            )
        )
    rows.sort(key=lambda row: (-row.exploited, -row.flaws, row.name.casefold(), row.key))
    told = {cve for flaws in held.values() for cve in flaws}
    return Undecided(
        flaws=len(told),
        exploited=len(told & exploited),
        rows=tuple(rows),
        days=UNKNOWN_AGE.days,
        fresh=any(row.key not in known for row in rows),
    )


def _names(facts: BriefFacts) -> Mapping[tuple[SubjectKind, str], tuple[str, bool]]:
    """Each row's name, and whether its version is not recorded."""
    found: dict[tuple[SubjectKind, str], tuple[str, bool]] = {
        ("asset", asset.id): (name(asset.name) or name(asset.product), not asset.version)
        for asset in facts.assets.values()
    }
    for party in facts.third_parties.values():
        found[("third-party", party.id)] = (name(party.name), any(not tool.version for tool in party.tools))
    return found
