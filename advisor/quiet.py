"""Quiet rules of a client: written by hand or learnt from a dismissal, taken back, and how precise they proved."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from advisor.brief.quiet import covers
from advisor.notes import MAX_TEXT, add_note, find_item
from knowledge.errors import NotFoundError, UsageError
from knowledge.places import ClientPlace
from knowledge.records.brief import BriefItem
from knowledge.records.feedback import QuietHit, QuietRule
from knowledge.records.note import Note
from knowledge.records.triage import SubjectKind, VerdictKind
from knowledge.store.units import ClientUnit

_RULE_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,60}")


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """One rule with what it did."""

    rule: QuietRule
    silenced: int
    """Brief items that it kept quiet, each counted once."""
    affected: int
    """Of these, those that turned out affected and were shown."""
    exploited: int
    """Of these, those that came into CISA's catalogue and were shown."""
    other: int
    """Of these, those shown because another finding joined them or the rule was gone; they say nothing of the rule."""

    @property
    def precision(self) -> float | None:
        """Share of what it silenced that did not turn serious, 0 to 1; None before it silenced anything."""
        if not self.silenced:
            return None
        return (self.silenced - self.affected - self.exploited) / self.silenced


def standings(rules: Sequence[QuietRule], hits: Sequence[QuietHit]) -> tuple[RuleStanding, ...]:
    """Each rule with its figures, in the order given."""

    def count(rule: QuietRule, because: str | None) -> int:
        return sum(hit.rule_id == rule.id and because in (None, hit.broke_because) for hit in hits)

    return tuple(
        RuleStanding(rule, count(rule, None), count(rule, "affected"), count(rule, "kev"), count(rule, "other"))
        for rule in rules
    )


def rule_words(rule: QuietRule) -> str:
    """`asset LB-01, rule text-vendor, vendor-only`: what it keeps quiet."""
    subject = {
        "asset": f"asset {rule.subject_id}".strip(),
        "third-party": f"supplier {rule.subject_id}".strip(),
        "client": "the profile",
        "": "any row",
    }[rule.subject_kind]
    return ", ".join(part for part in (subject, f"rule {rule.rule}" if rule.rule else "", rule.kind) if part)


def add_rule(
    place: ClientPlace,
    *,
    reason: str,
    now: datetime,
    subject_kind: SubjectKind | Literal[""] = "",
    subject_id: str = "",
    rule: str = "",
    kind: VerdictKind | Literal[""] = "",
) -> tuple[QuietRule, int]:
    """Writes a rule by hand.

    Args:
        place: the client's.
        reason: why, in the person's words.
        now: aware datetime.
        subject_kind, subject_id: one asset, supplier or the client's profile; an empty id means any of the kind.
        rule: id of a rule of triage (docs/guide/rules.md).
        kind: verdict.

    Returns:
        The rule, and how many findings that stand today it covers.

    Raises:
        UsageError: no reason, neither subject nor rule, a rule id of another form, or an `affected` verdict.
        NotFoundError: the client has no such asset or supplier.
    """
    with place.write() as unit:
        _known(unit, subject_kind, subject_id)
        made = _rule(place, reason, now, subject_kind=subject_kind, subject_id=subject_id, rule=rule, kind=kind)
        _keep(unit, [made], now)
        covered = sum(covers(made, verdict, ()) and verdict.kind in _SHOWN for verdict in unit.verdicts.list())
    return made, covered


_SHOWN: Final = frozenset({"version-unknown", "vendor-only"})


def dismiss_and_learn(
    place: ClientPlace, which: str, *, reason: str, now: datetime
) -> tuple[Note, BriefItem, tuple[QuietRule, ...]]:
    """Dismisses an item and keeps later ones alike quiet: the same row, found by the same rule, with the same verdict.

    Raises:
        NotFoundError: no such item.
        UsageError: no reason, or a finding of the item is `affected`, which no rule can keep quiet.
    """
    with place.read() as unit:
        item = find_item(unit.briefs.latest(), which)
    if any(verdict.kind == "affected" for verdict in item.verdicts):
        raise UsageError(
            "is affected, and no rule keeps that quiet",
            subject=item.topic or which,
            hint="Dismiss it without --rule: this one stays quiet until it changes.",
        )
    note, item = add_note(place, which, "dismiss", text=reason, now=now)
    with place.write() as unit:
        held = unit.quiet_rules.list()
        made: list[QuietRule] = []
        for verdict in item.verdicts:
            if any(covers(rule, verdict, ()) for rule in (*held, *made)):
                continue
            match = verdict.match
            made.append(
                _rule(
                    place,
                    reason,
                    now,
                    subject_kind=match.subject_kind,
                    subject_id=match.subject_id,
                    rule=match.rule,
                    kind=verdict.kind,
                    learnt_from=item.key,
                )
            )
        _keep(unit, made, now)
    return note, item, tuple(made)


def remove_rule(place: ClientPlace, rule_id: str, now: datetime) -> QuietRule:
    """Takes a rule back: what it kept quiet shows in the next brief. It stays on record with its figures.

    Raises:
        NotFoundError: no rule of that id holds.
    """
    with place.write() as unit:
        rule = unit.quiet_rules.close(rule_id, now)
        unit.audit.append(now, "rule.close", rule.id)
    return rule


def _known(unit: ClientUnit, kind: SubjectKind | Literal[""], subject_id: str) -> None:
    if not subject_id or kind in ("", "client"):
        return
    rows = unit.assets.list() if kind == "asset" else unit.third_parties.list()
    if all(row.id != subject_id for row in rows):
        lists = "vciso assets list CLIENT" if kind == "asset" else "vciso suppliers list CLIENT"
        raise NotFoundError("there is none of that id", subject=subject_id, hint=f"See them all: {lists}")


def _rule(
    place: ClientPlace,
    reason: str,
    now: datetime,
    *,
    subject_kind: SubjectKind | Literal[""],
    subject_id: str,
    rule: str,
    kind: VerdictKind | Literal[""],
    learnt_from: str = "",
) -> QuietRule:
    reason = reason.strip()
    if not reason or len(reason) > MAX_TEXT:
        raise UsageError("a rule needs a reason", hint='Say why: --reason "we use the hosted edition".')
    if kind == "affected":
        raise UsageError("no rule keeps an affected finding quiet", hint="Leave --kind out, or name another verdict.")
    if not (subject_id or rule):
        raise UsageError("names neither a row nor a rule", hint="Give --asset, --supplier or --rule.")
    if rule and not _RULE_ID.fullmatch(rule):
        raise UsageError("is not the id of a rule", subject=rule, hint="docs/guide/rules.md lists them: text-vendor.")
    return QuietRule(
        id=f"q-{secrets.token_hex(4)}",
        subject_kind=subject_kind,
        subject_id=subject_id,
        rule=rule,
        kind=kind,
        reason=reason,
        learnt_from=learnt_from,
        actor=place.actor,
        created_at=now,
    )


def _keep(unit: ClientUnit, rules: Sequence[QuietRule], now: datetime) -> None:
    unit.quiet_rules.put(rules)
    for rule in rules:
        unit.audit.append(now, "rule.add", rule.id, covers=rule_words(rule), learnt_from=rule.learnt_from)
