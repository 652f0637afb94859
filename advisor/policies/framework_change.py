"""A framework came in a new version: which requirements are added or say more, and which policy should say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from advisor.policies.draft import filled_for
from advisor.policies.find import base_version
from advisor.policies.likeness import Weights, likeness, unsaid, weigh
from advisor.policies.merge import insertion, joined, replacement, takes_rules
from advisor.policies.propose import who_answers
from advisor.policies.requirements import cite, client_catalogue
from advisor.policies.templates.library import topics
from advisor.policies.text import from_filled, slug
from advisor.proposals import NOT_KEPT, keep_proposal
from knowledge.errors import NotFoundError, UsageError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.frameworks.loader import Pack
from knowledge.places import Places
from knowledge.records.answer import Citation
from knowledge.records.base import ClientId
from knowledge.records.framework import Requirement
from knowledge.records.policy import Policy, PolicyClause, PolicySection, PolicyVersion
from knowledge.records.proposal import Hunk, Proposal, Trigger
from knowledge.search.sentences import sentences

_SPEAKS = 0.16
"""From here on a policy is the one that a requirement belongs to."""
_WORDED = 0.30
"""From here on a clause of ours words what a requirement asks for."""
_A_SENTENCE = re.compile(
    r"(?:the|a|an|each|every|all|no|any|when|where|if|before|after|people|staff|access|vendors?|suppliers?)\b",
    re.IGNORECASE,
)
"""How a demand begins that stands as a sentence of a policy; others begin with a verb or an aim."""
MAX_ROWS = 400


@dataclass(frozen=True)
class Change:
    """One requirement that is new or says more than before."""

    row: Requirement
    ref: str
    label: str
    more: tuple[str, ...]
    """Sentences that the version before did not say; all of them where the requirement is new."""
    old_ref: str = ""
    """The requirement that it was before; empty: it is new."""


@dataclass(frozen=True)
class FrameworkOutcome:
    """What a new version of a framework asks of a client's policies."""

    added: int
    changed: int
    proposals: tuple[Proposal, ...]
    lines: tuple[str, ...]
    """For a person: what is proposed, and which requirements no policy of the client speaks of."""


def propose_for_framework(
    places: Places, client_id: ClientId, framework: str, now: datetime, *, since: str = ""
) -> FrameworkOutcome:
    """Proposals to add to the client's policies what a framework's new version asks for; nothing is applied.

    Args:
        framework: id or name of the new version, imported or shipped.
        since: id or name of the version before; empty: the shipped pack that the import is a copy of.

    Raises:
        NotFoundError: no such client or framework.
        UsageError: there is no version before to compare with, or more differs than a person could review.
    """
    catalogue = client_catalogue(places, client_id)
    new = catalogue.pack(catalogue.find(framework).id)
    old = _before(new, since, catalogue)
    changes = compare(old, new)
    if len(changes) > MAX_ROWS:
        raise UsageError(
            f"differs from {old.framework.short} in {len(changes):,} requirements",
            subject=new.framework.short,
            hint="That is another framework: draft the policies for it with `vciso policy draft`.",
        )
    with places.client(client_id) as place, place.read() as unit:
        policies = [(one, base_version(unit, one.id)) for one in unit.policies.list()]
        seen = {one.trigger.ref: one for one in unit.proposals.list(decided=True, ref=new.id)}
    title = f"{new.framework.title}: {sum(not c.old_ref for c in changes)} requirements added, " \
            f"{sum(bool(c.old_ref) for c in changes)} changed"  # fmt: skip
    homes, lines = _assign(changes, policies)
    job = _Job(
        places,
        client_id,
        catalogue,
        Trigger(kind="framework change", ref=new.id, title=title),
        new.framework.title,
        now,
    )
    proposals: list[Proposal] = []
    for policy, base in policies:
        mine = homes.get(policy.id, [])
        if not mine:
            continue
        decided = [one for one in seen.values() if one.policy_id == policy.id and one.status != "open"]
        if decided:
            lines.append(f"{policy.title}: {decided[0].id} was {decided[0].status} by {decided[0].reviewer}")
            continue
        proposal = job.proposal(policy, base, mine)
        proposals.append(proposal)
        lines.append(f"{proposal.id}: {proposal.summary}")
    added = sum(not one.old_ref for one in changes)
    head = f"{new.framework.title} against {old.framework.title}: {added} added, {len(changes) - added} changed."
    return FrameworkOutcome(added, len(changes) - added, tuple(proposals), (head, *lines))


def compare(old: Pack, new: Pack) -> tuple[Change, ...]:
    """The requirements of a version that the one before has not, or whose words say more. Pure."""
    before = {row.id: row for row in old.requirements}
    found: list[Change] = []
    for row in new.requirements:
        if not row.assessable or row.withdrawn:
            continue
        known = before.get(row.id)
        same = known is not None and not known.withdrawn
        ref = f"{old.id if new.framework.extends == old.id and same else new.id}:{row.id}"
        label = f"{new.framework.short} {row.id}"
        if known is None or known.withdrawn:
            found.append(Change(row, ref, label, sentences(_says(row))))
        elif row.statement and known.statement and row.statement != known.statement:
            weights = weigh([row.statement, known.statement])
            more = unsaid(row.statement, known.statement, weights)
            if more:
                found.append(Change(row, ref, label, more, f"{old.id}:{row.id}"))
    return tuple(found)


def _before(new: Pack, since: str, catalogue: Catalogue) -> Pack:
    if since:
        return catalogue.pack(catalogue.find(since).id)
    if not new.framework.extends:
        raise UsageError(
            "is no copy of a shipped pack, so it is not known what came before it",
            subject=new.framework.short,
            hint="Name the version before: --since ID.",
        )
    return catalogue.pack(new.framework.extends)


def _says(row: Requirement) -> str:
    return row.statement or row.summary or row.title


def _assign(
    changes: Sequence[Change], policies: Sequence[tuple[Policy, PolicyVersion]]
) -> tuple[dict[str, list[Change]], list[str]]:
    """The policy that each change belongs to, by its mapping or by shared words; and what belongs to none."""
    texts = [f"{clause.heading} {clause.text}" for _, base in policies for clause in base.text.clauses]
    weights = weigh([*texts, *(f"{one.row.title} {_says(one.row)}" for one in changes)])
    homes: dict[str, list[Change]] = {}
    lines: list[str] = []
    for change in changes:
        best, score = "", 0.0
        for policy, base in policies:
            for clause in base.text.clauses:
                mapped = change.old_ref and change.old_ref in (*clause.requirements, *clause.partly)
                words = f"{policy.title} {clause.heading} {clause.text}"
                alike = 1.0 if mapped else likeness(f"{change.row.title} {_says(change.row)}", words, weights)
                if alike > score:
                    best, score = policy.id, alike
        if score >= _SPEAKS:
            homes.setdefault(best, []).append(change)
        else:
            lines.append(f"{change.label} {change.row.title}: no policy of the client speaks of it")
    return homes, lines


@dataclass(frozen=True)
class _Job:
    places: Places
    client_id: ClientId
    catalogue: Catalogue
    trigger: Trigger
    name: str
    """Of the framework in its new version."""
    now: datetime

    def proposal(self, policy: Policy, base: PolicyVersion, changes: Sequence[Change]) -> Proposal:
        who = who_answers(self.places, self.client_id, policy)
        ours: tuple[PolicyClause, ...] = ()
        if policy.topic in topics():
            ours = from_filled(filled_for(self.places, self.client_id, policy.topic)).clauses
        hunks: list[Hunk] = []
        for change in changes:
            hunks = _with(hunks, base, self._hunk(change, base, ours, who, hunks))
        proposal = Proposal(
            id=NOT_KEPT,
            policy_id=policy.id,
            policy_title=policy.title,
            topic=policy.topic,
            base=base.number,
            base_sha256=base.sha256,
            trigger=self.trigger,
            summary=f"What {self.name} asks for by now: {', '.join(c.row.id for c in changes[:6])}"
            f"{' and others' if len(changes) > 6 else ''}",
            hunks=tuple(hunks),
            owner=policy.owner,
            review_months=policy.review_months,
            created_at=self.now,
            created_by="",
        )
        with self.places.client(self.client_id) as place:
            return keep_proposal(place, proposal.model_copy(update={"created_by": place.actor}), self.now)

    def _hunk(
        self, change: Change, base: PolicyVersion, ours: Iterable[PolicyClause], who: str, earlier: Sequence[Hunk]
    ) -> Hunk:
        text = base.text
        rules = [one for one in text.clauses if one.kind != "text"]
        weights = weigh([_says(change.row), *(f"{one.heading} {one.text}" for one in (*rules, *ours))])
        mapped = next((c for c in rules if change.old_ref and change.old_ref in (*c.requirements, *c.partly)), None)
        said = _worded(change, who)
        if mapped is not None:
            hunk = replacement(text, mapped, joined(mapped.text, [said]), number=len(earlier) + 1).model_copy(
                update={"requirements": tuple(dict.fromkeys((*mapped.requirements, change.ref)))}
            )
        else:
            clause = _own_words(change, ours, weights, said)
            home = _section(change, text.sections, weights)
            taken = {one.id for one in text.clauses} | {one.clause for one in earlier}
            before = [one for one in earlier if one.kind == "insert" and one.section == home.id]
            hunk = insertion(
                home,
                clause,
                number=len(earlier) + 1,
                taken=taken,
                in_document=any(one.part is not None for one in text.clauses),
                after=before[-1].clause if before else "",
                already=len(before),
            )
        why = "says more than before" if change.old_ref else "is new"
        return hunk.model_copy(
            update={
                "reason": f"{change.label} {change.row.title} {why}, and the policy does not say it.",
                "citations": (self._cite(change),),
                "wording": "framework" if change.more and change.more[0] in hunk.new else "template",
            }
        )

    def _cite(self, change: Change) -> Citation:
        found = cite(change.ref, self.catalogue)
        return found.model_copy(update={"quote": change.more[0]}) if change.more and change.old_ref else found


def _with(hunks: list[Hunk], base: PolicyVersion, hunk: Hunk) -> list[Hunk]:
    """Two sentences that go behind one clause are one hunk."""
    for at, known in enumerate(hunks):
        if hunk.kind == "replace" and known.kind == "replace" and known.clause == hunk.clause:
            own = base.text.clause(hunk.clause)
            added = hunk.new[len(own.text) :].strip() if own else hunk.new
            merged = known.model_copy(
                update={
                    "new": joined(known.new, [added]),
                    "requirements": tuple(dict.fromkeys((*known.requirements, *hunk.requirements))),
                    "reason": f"{known.reason} {hunk.reason}",
                    "citations": tuple(dict.fromkeys((*known.citations, *hunk.citations))),
                }
            )
            return [*hunks[:at], merged, *hunks[at + 1 :]]
    return [*hunks, hunk]


def _worded(change: Change, who: str) -> str:
    """The new sentences as a duty of somebody; the publisher's words stay as they are."""
    said = " ".join(change.more).rstrip(".")
    if _A_SENTENCE.match(said):
        return f"{said}. {who[:1].upper()}{who[1:]} keeps the record of it."
    lead = f"{who[:1].upper()}{who[1:]} sees to it that the following is done and keeps the record of it"
    return f"{lead}: {said}."


def _own_words(change: Change, ours: Iterable[PolicyClause], weights: Weights, said: str) -> PolicyClause:
    """A clause of our template that speaks of it, else the requirement's own words as a duty."""
    asked = f"{change.row.title} {_says(change.row)}"
    best = max(ours, key=lambda one: likeness(asked, f"{one.heading} {one.text}", weights), default=None)
    if best is not None and likeness(asked, f"{best.heading} {best.text}", weights) >= _WORDED:
        partly = tuple(dict.fromkeys((*best.partly, change.ref)))
        return best.model_copy(update={"partly": partly, "kind": "policy" if best.kind == "text" else best.kind})
    return PolicyClause(
        id=slug(f"req-{change.row.id}", "req"),
        heading=change.row.title.rstrip("."),
        text=said,
        requirements=(change.ref,),
    )


def _section(change: Change, sections: Sequence[PolicySection], weights: Weights) -> PolicySection:
    asked = f"{change.row.title} {_says(change.row)}"
    homes = [one for one in sections if takes_rules(one)] or list(sections)
    if not homes:
        raise NotFoundError("the policy has no section", hint="Draft it anew.")
    return max(homes, key=lambda one: likeness(asked, " ".join((one.heading, *(c.text for c in one.clauses))), weights))
