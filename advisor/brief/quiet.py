"""What a client's quiet rules keep off the page, and what came through all the same. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from advisor.brief.concerns import Concern, Held
from knowledge.records.base import CveId
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.feedback import BrokeBecause, QuietHit, QuietRule
from knowledge.records.triage import Verdict


def covers(rule: QuietRule, verdict: Verdict, kev: Collection[CveId]) -> bool:
    """Whether a rule keeps one finding quiet.

    Never an `affected` one, and never one whose CVE is in CISA's catalogue: what is certain or exploited comes
    through whatever was said before. A rule that is taken back, or that names neither subject nor rule, covers nothing.

    Args:
        rule: of the same client.
        verdict: the finding.
        kev: CVE ids that the catalogue lists today.
    """
    match = verdict.match
    if rule.closed_at is not None or verdict.kind == "affected" or any(cve in kev for cve in verdict.cve_ids):
        return False
    if not (rule.subject_id or rule.rule):
        return False
    return (
        rule.subject_kind in ("", match.subject_kind)
        and rule.subject_id in ("", match.subject_id)
        and rule.rule in ("", match.rule)
        and rule.kind in ("", verdict.kind)
    )


def silencing(held: Held, rules: Sequence[QuietRule], kev: Collection[CveId]) -> tuple[str, ...]:
    """Ids of the rules that keep a story quiet together; empty unless every live finding of it is covered.

    One finding outside the rules shows the story whole, so that nothing is told by halves.
    """

    def first(concern: Concern) -> str:
        return next((rule.id for rule in rules if covers(rule, concern.verdict, kev)), "")

    used = [first(concern) for concern in held.live] if rules else []
    return tuple(dict.fromkeys(used)) if used and all(used) else ()


def hits_after(brief: Brief, known: Sequence[QuietHit]) -> tuple[QuietHit, ...]:
    """The hits that a brief adds or changes: what it kept quiet for the first time, and what it shows after all.

    Composing a day again gives the same hits again, so nothing is counted twice.
    """
    held = {(hit.rule_id, hit.item_key): hit for hit in known}
    changed = [
        QuietHit(rule_id=rule_id, item_key=item.key, topic=item.topic, first_at=brief.written_at)
        for item in brief.quiet
        for rule_id in item.silenced_by
        if (rule_id, item.key) not in held
    ]
    shown = {item.key: item for item in brief.items}
    for hit in known:
        item = shown.get(hit.item_key)
        if item is not None and hit.broke_at is None:
            update = {"broke_at": brief.written_at, "broke_because": _because(item)}
            changed.append(hit.model_copy(update=update))
    return tuple(changed)


def _because(item: BriefItem) -> BrokeBecause:
    if item.verdict == "affected":
        return "affected"
    return "kev" if item.basis.in_kev else "other"
