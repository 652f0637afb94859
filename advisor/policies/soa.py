"""The Statement of Applicability: each reference control, what a person decided on it, what the policies show of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from advisor.policies.exceptions import standing
from advisor.policies.requirements import label_of, resolve
from knowledge.errors import NotFoundError, UsageError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.places import ClientPlace
from knowledge.records.base import Record
from knowledge.records.client import Client
from knowledge.records.framework import Requirement
from knowledge.records.policy import OPEN, PolicyClause, PolicyVersion
from knowledge.records.policy_exception import PolicyException
from knowledge.records.soa import SoaDecision, SoaStatus
from knowledge.store.units import ClientUnit

FRAMEWORK: Final = "iso-27001-2022"
CONTROLS: Final = 93
"""Controls of Annex A in the edition of 2022."""
MAX_WORDS: Final = 2_000
_SHOWN: Final = 6


class SoaRow(Record):
    """One control of Annex A."""

    control_id: str
    title: str
    theme: str
    applicable: bool
    decided: bool
    """Whether a person said so; without a word of a person a control stays applicable."""
    justification: str
    decided_by: str = ""
    decided_on: date | None = None
    status: SoaStatus
    references: tuple[str, ...] = ()
    """One line a version: `Access Control Policy v3, 4.6, 5.1`, in force first."""
    exceptions: tuple[str, ...] = ()
    """Open exceptions that touch it, in words."""


class Soa(Record):
    """The whole statement, of one day."""

    client_name: str
    day: date
    framework: str
    rows: tuple[SoaRow, ...]

    def count(self, status: SoaStatus) -> int:
        """Controls of that status."""
        return sum(row.status == status for row in self.rows)

    @property
    def undecided(self) -> int:
        """Controls that no person decided on."""
        return sum(not row.decided for row in self.rows)

    @property
    def sentence(self) -> str:
        """The counts in one sentence, with those that cannot be evaluated."""
        excluded = self.count("not applicable")
        return (
            f"Of {len(self.rows)} controls {len(self.rows) - excluded} apply and {excluded} are excluded. "
            f"Policies in force demand {self.count('in force')} wholly and {self.count('in force in part')} in part, "
            f"{self.count('planned')} are in drafts, {self.count('cannot evaluate')} cannot be evaluated. "
            f"On {self.undecided} no person has decided yet."
        )


@dataclass(frozen=True, slots=True)
class _Mention:
    """A clause that names a control."""

    version: PolicyVersion
    clause: PolicyClause
    whole: bool
    """It meets the control rather than serving it."""


def statement_of_applicability(unit: ClientUnit, client: Client, catalogue: Catalogue, today: date) -> Soa:
    """The statement as it stands: one row for each control of Annex A, none left out.

    Args:
        unit: one transaction on the client's place.
        client: its profile; the frameworks in its scope give further reasons.
        catalogue: the client's packs.
        today: the client's day; exceptions are held against it.
    """
    pack = catalogue.pack(FRAMEWORK)
    controls = [row for row in pack.requirements if row.id.startswith("A.") and row.assessable and not row.withdrawn]
    mentions = _mentions(unit)
    exceptions = unit.policy_exceptions.list()
    decisions = unit.soa_decisions.current(FRAMEWORK)
    themes = {row.id: row.title for row in pack.requirements}
    scope = tuple(one for one in client.frameworks if one != FRAMEWORK)
    rows = [
        _row(
            control,
            mentions.get(f"{FRAMEWORK}:{control.id}", []),
            [one for one in exceptions if f"{FRAMEWORK}:{control.id}" in one.requirements],
            decisions.get(control.id),
            theme=themes.get(control.parent, ""),
            scope=scope,
            catalogue=catalogue,
            today=today,
        )
        for control in controls
    ]
    return Soa(client_name=client.name, day=today, framework=pack.framework.title, rows=tuple(rows))


def decide(
    place: ClientPlace, catalogue: Catalogue, control: str, *, applicable: bool, justification: str, now: datetime
) -> SoaDecision:
    """Records a person's words on whether a control applies; what was decided before stays on record.

    Args:
        place: the client's place.
        catalogue: the client's packs.
        control: `A.7.4` in any spelling.
        applicable: whether it applies.
        justification: why, in the person's own words.
        now: when.

    Raises:
        NotFoundError: no such control; the hint names near ones.
        UsageError: no words, too many, or a row that is no control of Annex A.
    """
    said = " ".join(justification.split())
    if sum(c.isalpha() for c in said) < 10:
        raise UsageError("a decision needs its reason in words", subject=control[:40], hint="Say why with --because.")
    if len(said) > MAX_WORDS:
        raise UsageError(f"the reason is longer than {MAX_WORDS:,} characters", subject=control[:40])
    row = resolve(f"{FRAMEWORK}:{control}", catalogue).requirement
    if not row.id.startswith("A.") or not row.assessable:
        raise UsageError("is no control of Annex A", subject=row.id, hint="Controls run from A.5.1 to A.8.34.")
    decision = SoaDecision(
        id=f"sd-{secrets.token_hex(6)}",
        framework_id=FRAMEWORK,
        control_id=row.id,
        applicable=applicable,
        justification=said,
        actor=place.actor,
        decided_at=now,
    )
    with place.write("review") as unit:
        unit.soa_decisions.add(decision)
        unit.audit.append(now, "soa.decide", row.id, applicable=applicable, reason=said)
    return decision


def find_row(soa: Soa, control: str) -> SoaRow:
    """The row of a control.

    Raises:
        NotFoundError: none.
    """
    wanted = control.strip().upper().removeprefix("A.")
    found = next((row for row in soa.rows if row.control_id.removeprefix("A.") == wanted), None)
    if found is None:
        raise NotFoundError("no such control", subject=control[:40], hint="Controls run from A.5.1 to A.8.34.")
    return found


def _mentions(unit: ClientUnit) -> Mapping[str, list[_Mention]]:
    """Clauses by the requirement that they name: of the version in force, else of the one being worked on."""
    found: dict[str, list[_Mention]] = {}
    for policy in unit.policies.list():
        versions = unit.policies.versions(policy.id)
        current = next((one for one in versions if one.status == "published"), None)
        current = current or next((one for one in versions if one.status in OPEN or one.status == "approved"), None)
        for clause in current.text.clauses if current else ():
            assert current is not None
            for ref in dict.fromkeys((*clause.requirements, *clause.partly)):
                found.setdefault(ref, []).append(_Mention(current, clause, ref in clause.requirements))
    return found


def _row(
    control: Requirement,
    mentions: Sequence[_Mention],
    exceptions: Sequence[PolicyException],
    decision: SoaDecision | None,
    *,
    theme: str,
    scope: Sequence[str],
    catalogue: Catalogue,
    today: date,
) -> SoaRow:
    excluded = decision is not None and not decision.applicable
    ordered = sorted(mentions, key=lambda one: (one.version.status != "published", not one.whole))
    return SoaRow(
        control_id=control.id,
        title=control.title,
        theme=theme,
        applicable=not excluded,
        decided=decision is not None,
        justification=decision.justification if decision else _reason(ordered, scope, catalogue),
        decided_by=decision.actor if decision else "",
        decided_on=decision.decided_at.date() if decision else None,
        status="not applicable" if excluded else _status(mentions, exceptions),
        references=_references(ordered),
        exceptions=tuple(
            f"{one.id}: {one.what} ({standing(one, today)} until {one.expires_on:%Y-%m-%d}; instead: "
            f"{one.compensating})"
            for one in exceptions
        ),
    )


def _references(mentions: Sequence[_Mention]) -> tuple[str, ...]:
    """One line a version: `Access Control Policy v3, 4.6, 5.1`."""
    clauses: dict[str, list[str]] = {}
    for one in mentions:
        state = "" if one.version.status == "published" else f" ({one.version.status})"
        clauses.setdefault(f"{one.version.label}{state}", []).append(one.clause.number or one.clause.heading)
    return tuple(f"{label}, {', '.join(numbers)}" for label, numbers in clauses.items())


def _status(mentions: Sequence[_Mention], exceptions: Sequence[PolicyException]) -> SoaStatus:
    in_force = [one for one in mentions if one.version.status == "published"]
    if in_force:
        # An exception, also one that ended and was not closed, is a part in which the control is not kept.
        return "in force" if any(one.whole for one in in_force) and not exceptions else "in force in part"
    return "planned" if mentions else "cannot evaluate"


def _reason(mentions: Sequence[_Mention], scope: Sequence[str], catalogue: Catalogue) -> str:
    """Why a control stays in that no person decided on, from what is on record; never an exclusion."""
    if not mentions:
        return "Kept as applicable until a person decides: no exclusion is recorded, and no policy clause names it yet."
    titles = list(dict.fromkeys(one.version.text.title for one in mentions))
    others = [
        label_of(ref, catalogue)
        for ref in dict.fromkeys(ref for one in mentions for ref in one.clause.requirements)
        if ref.partition(":")[0] in scope
    ]
    also = f" The same clauses serve {_some(others)}." if others else ""
    return f"Applicable: {_some(titles)} {'demands' if len(titles) == 1 else 'demand'} it.{also}"


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more
