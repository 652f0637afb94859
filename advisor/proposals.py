"""Proposals: kept, decided by a person, and applied; nothing else begins a version of a policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from advisor.policies.dates import next_review
from advisor.policies.find import newest
from advisor.policies.lifecycle import mark_reviewed
from advisor.policies.text import free_id, standing_on
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.places import ClientPlace
from knowledge.records.client import Client
from knowledge.records.policy import OPEN, Policy, PolicyClause, PolicySection, PolicyText, PolicyVersion
from knowledge.records.proposal import Hunk, HunkStatus, Proposal, ProposalStatus
from knowledge.store.units import ClientUnit

NOT_KEPT = "P-0"
"""Id of a proposal before it is kept."""
MAX_REASON = 2_000


@dataclass(frozen=True)
class Applied:
    """What a decision did."""

    proposal: Proposal
    version: PolicyVersion | None
    """The version that now has the accepted changes; None where nothing was accepted."""


def keep_proposal(place: ClientPlace, proposal: Proposal, now: datetime) -> Proposal:
    """Keeps a proposal under the next number; an open one with the same trigger and the same changes stays alone.

    Returns:
        The proposal as kept, or the open one that says the same.
    """
    with place.write() as unit:
        for known in unit.proposals.list(policy_id=proposal.policy_id):
            if _same(known, proposal):
                return known
        kept = proposal.model_copy(update={"id": unit.proposals.next_id(), "created_at": now, "status": "open"})
        unit.proposals.add(kept)
        unit.audit.append(
            now,
            "proposal.add",
            kept.id,
            policy=kept.policy_id,
            trigger=kept.trigger.kind,
            ref=kept.trigger.ref,
            hunks=len(kept.hunks),
            model=kept.model,
            prompt=kept.prompt,
        )
    return kept


def _same(known: Proposal, new: Proposal) -> bool:
    if known.trigger.kind != new.trigger.kind or known.trigger.ref != new.trigger.ref or known.payload != new.payload:
        return False
    return [(h.kind, h.clause, h.old, h.new) for h in known.hunks] == [
        (h.kind, h.clause, h.old, h.new) for h in new.hunks
    ]


def accept(
    place: ClientPlace,
    proposal_id: str,
    now: datetime,
    client: Client,
    *,
    hunks: Collection[int] = (),
    edits: Mapping[int, str] | None = None,
) -> Applied:
    """A person accepts a proposal, or some hunks of it, and the changes go into the policy's draft.

    Args:
        proposal_id: `P-118`.
        client: the profile, for the day in its time zone.
        hunks: numbers of the hunks; empty: all that are still open.
        edits: other words for a hunk's text, by its number.

    Raises:
        NotFoundError: no such proposal or hunk.
        ConflictError: it was decided already, or the clause is not any more what the hunk was made against.
        UsageError: hunks were named of a proposal that has none.
    """
    edits = dict(edits or {})
    with place.write("review") as unit:
        proposal = _open(unit, proposal_id)
        if proposal.payload is not None:
            if hunks or edits:
                raise UsageError("is a whole new policy: it has no hunks", subject=proposal.id, hint="Accept it whole.")
            version = _begin(unit, proposal, now, client, place.actor)
            decided = _closed(proposal, (), now=now, actor=place.actor, status="accepted", version=version)
        elif not proposal.hunks:
            mark_reviewed(unit, proposal.policy_id, f"{proposal.id}: {proposal.summary}", now, client)
            version = newest(unit, proposal.policy_id)
            decided = _closed(proposal, (), now=now, actor=place.actor, status="accepted")
        else:
            wanted = _wanted(proposal, hunks or [h.number for h in proposal.hunks if h.status == "open"])
            if extra := set(edits) - {hunk.number for hunk in wanted}:
                raise UsageError(f"hunk {min(extra)} has other words but is not accepted", subject=proposal.id)
            done = [_decided(h, "accepted", now=now, actor=place.actor, edited=edits.get(h.number, "")) for h in wanted]
            version = _apply(unit, proposal, done, now, place.actor)
            decided = _closed(proposal, done, now=now, actor=place.actor, version=version)
        unit.proposals.decide(decided)
        unit.audit.append(
            now,
            "proposal.accept",
            proposal.id,
            policy=proposal.policy_id,
            version=version.number,
            sha256=version.sha256,
            hunks=[h.number for h in decided.hunks if h.status == "accepted"],
            status=decided.status,
        )
    return Applied(decided, version)


def reject(place: ClientPlace, proposal_id: str, now: datetime, *, reason: str, hunks: Collection[int] = ()) -> Applied:
    """A person turns down a proposal, or some hunks of it, and says why.

    Raises:
        NotFoundError: no such proposal or hunk.
        ConflictError: it was decided already.
        UsageError: no reason, or one that is too long.
    """
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        message = f"the reason is longer than {MAX_REASON:,} characters" if reason else "a rejection needs a reason"
        raise UsageError(message, subject=proposal_id[:40], hint='Say why: --reason "covered by the contract".')
    with place.write("review") as unit:
        proposal = _open(unit, proposal_id)
        wanted = _wanted(proposal, hunks or [h.number for h in proposal.hunks if h.status == "open"])
        done = [_decided(hunk, "rejected", now=now, actor=place.actor, reason=reason) for hunk in wanted]
        forced: ProposalStatus | None = "rejected" if not proposal.hunks else None
        decided = _closed(proposal, done, now=now, actor=place.actor, status=forced, reason=reason)
        unit.proposals.decide(decided)
        unit.audit.append(
            now,
            "proposal.reject",
            proposal.id,
            policy=proposal.policy_id,
            hunks=[hunk.number for hunk in wanted],
            reason=reason,
            status=decided.status,
        )
    return Applied(decided, None)


def _open(unit: ClientUnit, proposal_id: str) -> Proposal:
    proposal = unit.proposals.get(proposal_id)
    if proposal.status != "open":
        raise ConflictError(f"was {proposal.status} by {proposal.reviewer} already", subject=proposal.id)
    return proposal


def _wanted(proposal: Proposal, numbers: Collection[int]) -> list[Hunk]:
    known = {hunk.number: hunk for hunk in proposal.hunks}
    found: list[Hunk] = []
    for number in sorted(set(numbers)):
        hunk = known.get(number)
        if hunk is None:
            raise NotFoundError(
                f"has no hunk {number}",
                subject=proposal.id,
                hint=f"It has {len(known)}: vciso proposals CLIENT show {proposal.id}",
            )
        if hunk.status != "open":
            raise ConflictError(f"hunk {number} was {hunk.status} by {hunk.decided_by} already", subject=proposal.id)
        found.append(hunk)
    return found


def _decided(hunk: Hunk, status: HunkStatus, *, now: datetime, actor: str, reason: str = "", edited: str = "") -> Hunk:
    words = edited.strip()
    return hunk.model_copy(
        update={
            "status": status,
            "decided_by": actor,
            "decided_at": now,
            "decision_reason": reason,
            "edited": words if words and words != hunk.new else "",
            "wording": "person" if words and words != hunk.new else hunk.wording,
        }
    )


def _closed(
    proposal: Proposal,
    done: Collection[Hunk],
    *,
    now: datetime,
    actor: str,
    status: ProposalStatus | None = None,
    version: PolicyVersion | None = None,
    reason: str = "",
) -> Proposal:
    """The proposal with its decided hunks; decided as a whole once no hunk is open."""
    by_number = {hunk.number: hunk for hunk in done}
    hunks = tuple(by_number.get(hunk.number, hunk) for hunk in proposal.hunks)
    states = {hunk.status for hunk in hunks}
    if status is None:
        if "open" in states:
            status = "open"
        elif states == {"accepted"}:
            status = "accepted"
        else:
            status = "partly accepted" if "accepted" in states else "rejected"
    update: dict[str, object] = {"hunks": hunks, "status": status}
    if version is not None:
        update |= {"applied_at": now, "applied_version": version.number}
    if status != "open":
        update |= {"reviewer": actor, "decided_at": now, "decision_reason": reason}
    return proposal.model_copy(update=update)


def _begin(unit: ClientUnit, proposal: Proposal, now: datetime, client: Client, actor: str) -> PolicyVersion:
    """A new policy with its first version."""
    assert proposal.payload is not None
    if unit.policies.find(proposal.policy_id) is not None:
        raise ConflictError(
            "exists already", subject=proposal.policy_title, hint="Reject this proposal and draft it again."
        )
    review = next_review(now, client.timezone, proposal.review_months)
    unit.policies.put(
        Policy(
            id=proposal.policy_id,
            topic=proposal.topic,
            title=proposal.payload.title,
            owner=proposal.owner,
            review_months=proposal.review_months,
            next_review_on=review if proposal.in_force else None,
            status="in force" if proposal.in_force else "new",
            document_id=proposal.document_id,
            created_at=now,
        )
    )
    version = PolicyVersion(
        policy_id=proposal.policy_id,
        number=1,
        status="published" if proposal.in_force else "draft",
        text=proposal.payload,
        sha256=proposal.payload.sha256,
        changes=(f"{proposal.summary} ({proposal.id})",),
        proposals=(proposal.id,),
        created_at=now,
        created_by=actor,
        edited_at=now,
        edited_by=actor,
        published_at=now if proposal.in_force else None,
        published_by=actor if proposal.in_force else "",
    )
    unit.policies.add_version(version)
    return version


def _apply(unit: ClientUnit, proposal: Proposal, hunks: Collection[Hunk], now: datetime, actor: str) -> PolicyVersion:
    """Puts accepted hunks into the open version, or begins the next one with them."""
    policy = unit.policies.get(proposal.policy_id)
    if policy.status == "retired":
        raise ConflictError("is retired", subject=policy.title, hint="Draft it anew, or reject the proposal.")
    versions = unit.policies.versions(policy.id)
    current = next((one for one in versions if one.status in OPEN), None)
    base = current or next((one for one in versions if one.status == "published"), None) or versions[0]
    text = base.text
    for hunk in hunks:
        text = with_hunk(text, hunk)
    if proposal.trigger.kind == "client document":
        file = unit.documents.get(proposal.document_id)
        text = standing_on(text, file, unit.documents.parts(file.id))
    change = f"{proposal.summary} ({proposal.id})"
    if current is not None:
        version = current.model_copy(
            update={
                "text": text,
                "sha256": text.sha256,
                "revision": current.revision + 1,
                "status": "draft" if current.status == "in review" else current.status,
                "changes": tuple(dict.fromkeys((*current.changes, change))),
                "proposals": tuple(dict.fromkeys((*current.proposals, proposal.id))),
                "edited_at": now,
                "edited_by": actor,
            }
        )
        unit.policies.save_text(version, seen_revision=current.revision)
        return version
    version = PolicyVersion(
        policy_id=policy.id,
        number=versions[0].number + 1,
        text=text,
        sha256=text.sha256,
        base=base.number,
        changes=(change,),
        proposals=(proposal.id,),
        created_at=now,
        created_by=actor,
        edited_at=now,
        edited_by=actor,
    )
    unit.policies.add_version(version)
    return version


def with_hunk(text: PolicyText, hunk: Hunk) -> PolicyText:
    """A text with one hunk in it. Pure.

    Raises:
        ConflictError: the clause is gone or is not what the hunk was made against.
    """
    if hunk.kind == "insert":
        return _inserted(text, hunk)
    known = text.clause(hunk.clause)
    if known is None or known.text != hunk.old:
        where = hunk.clause_number or hunk.heading or hunk.section_heading
        raise ConflictError(
            "the clause is gone" if known is None else "the clause was changed since the proposal was made",
            subject=f"hunk {hunk.number} ({where})",
            hint="Reject this hunk and propose it again against the text of today.",
        )
    sections = []
    for section in text.sections:
        clauses = [_changed(clause, hunk) if clause.id == hunk.clause else clause for clause in section.clauses]
        if hunk.kind == "delete":
            clauses = [clause for clause in clauses if clause.id != hunk.clause]
        sections.append(section.model_copy(update={"clauses": tuple(clauses)}))
    return text.model_copy(update={"sections": tuple(sections)})


def _changed(clause: PolicyClause, hunk: Hunk) -> PolicyClause:
    return clause.model_copy(
        update={
            "text": hunk.result,
            "requirements": hunk.requirements,
            "partly": hunk.partly,
            "evidence": hunk.evidence or clause.evidence,
        }
    )


def _inserted(text: PolicyText, hunk: Hunk) -> PolicyText:
    taken = {clause.id for clause in text.clauses}
    new = PolicyClause(
        id=free_id(hunk.clause, taken),
        number=hunk.clause_number,
        heading=hunk.heading,
        text=hunk.result,
        kind=hunk.block,
        requirements=hunk.requirements,
        partly=hunk.partly,
        evidence=hunk.evidence,
    )
    sections: list[PolicySection] = []
    placed = False
    for section in text.sections:
        if section.id != hunk.section:
            sections.append(section)
            continue
        clauses = list(section.clauses)
        at = next((n for n, clause in enumerate(clauses, start=1) if clause.id == hunk.after), len(clauses))
        sections.append(section.model_copy(update={"clauses": (*clauses[:at], new, *clauses[at:])}))
        placed = True
    if not placed:
        level = next((one.level for one in reversed(text.sections) if one.clauses), 1)
        added = PolicySection(id=hunk.section, heading=hunk.section_heading, clauses=(new,), level=level)
        at = next((n for n, one in enumerate(sections, start=1) if one.id == hunk.after), len(sections))
        sections.insert(at, added)
    return text.model_copy(update={"sections": tuple(sections)})
