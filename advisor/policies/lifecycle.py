"""What people do with a policy's version: edit, submit, comment, ask for changes, approve, publish, retire."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from advisor.policies.dates import next_review
from advisor.policies.find import clause_id, newest
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.places import ClientPlace
from knowledge.records.client import Client
from knowledge.records.policy import (
    Approval,
    Decision,
    KeptText,
    Policy,
    PolicyComment,
    PolicyText,
    PolicyVersion,
    VersionStatus,
)
from knowledge.store.units import ClientUnit

MAX_COMMENT = 4_000


@dataclass(frozen=True)
class Published:
    """A version that came into force, and the one that it took the place of."""

    policy: Policy
    version: PolicyVersion
    retired: PolicyVersion | None


def save_text(
    place: ClientPlace, policy_id: str, number: int, text: PolicyText, now: datetime, *, seen_revision: int
) -> PolicyVersion:
    """A person saves a draft in their own words.

    Args:
        number: the version, which must be open.
        seen_revision: the revision that the person started from.

    Returns:
        The version with its next revision; unchanged where the text is the same.

    Raises:
        ConflictError: somebody saved meanwhile, or the version is approved: the text was kept beside it, and the
            message says how to see it.
        NotFoundError: no such policy or version.
        UsageError: the text has no clause.
    """
    if not text.clauses or not text.title.strip():
        raise UsageError("a policy needs a title and at least one clause", subject=policy_id)
    try:
        with place.write() as unit:
            current = unit.policies.version(policy_id, number)
            if current.text == text and current.revision == seen_revision:
                return current
            version = current.model_copy(
                update={
                    "text": text,
                    "sha256": text.sha256,
                    "revision": seen_revision + 1,
                    "status": "draft" if current.status == "in review" else current.status,
                    "edited_at": now,
                    "edited_by": place.actor,
                }
            )
            unit.policies.save_text(version, seen_revision=seen_revision)
            policy = unit.policies.get(policy_id)
            if policy.title != text.title and not unit.policies.published(policy_id):
                unit.policies.put(policy.model_copy(update={"title": text.title}))
            _tell(unit, now, "policy.edit", version, revision=version.revision)
            return version
    except ConflictError as conflict:
        kept = _keep(place, policy_id, number, text, now=now, seen_revision=seen_revision)
        raise ConflictError(
            conflict.message,
            subject=conflict.subject,
            hint=f"Your text is kept as {kept.id}: `vciso policy kept CLIENT {policy_id}` shows it beside the other.",
        ) from None


def _keep(
    place: ClientPlace, policy_id: str, number: int, text: PolicyText, *, now: datetime, seen_revision: int
) -> KeptText:
    with place.write() as unit:
        current = unit.policies.version(policy_id, number)
        kept = KeptText(
            id=f"kt-{secrets.token_hex(6)}",
            policy_id=policy_id,
            version=number,
            seen_revision=seen_revision,
            current_revision=current.revision,
            text=text,
            author=place.actor,
            at=now,
        )
        unit.policy_reviews.keep_text(kept)
        _tell(unit, now, "policy.conflict", current, kept=kept.id, kept_sha256=text.sha256, seen=seen_revision)
    return kept


def submit(place: ClientPlace, policy_id: str, now: datetime) -> PolicyVersion:
    """Puts the open version before its reviewers.

    Raises:
        ConflictError: there is no open version, or it is in review already.
    """
    with place.write() as unit:
        current = _open(unit, policy_id)
        if current.status == "in review":
            raise ConflictError("is in review already", subject=current.label)
        version = current.model_copy(update={"status": "in review", "submitted_at": now, "submitted_by": place.actor})
        unit.policies.set_status(version)
        _tell(unit, now, "policy.submit", version)
    return version


def comment(
    place: ClientPlace, policy_id: str, text: str, now: datetime, *, clause: str = "", number: int | None = None
) -> PolicyComment:
    """Says something of the open version, or of the version named, or of one clause of it.

    Args:
        clause: number or id of the clause; empty: the whole.

    Raises:
        NotFoundError: no such policy, version or clause.
        UsageError: the comment is empty or too long.
    """
    text = text.strip()
    if not text or len(text) > MAX_COMMENT:
        raise UsageError(
            f"the comment is longer than {MAX_COMMENT:,} characters" if text else "the comment is empty",
            subject=policy_id,
        )
    with place.write() as unit:
        version = unit.policies.version(policy_id, number) if number else newest(unit, policy_id)
        found = PolicyComment(
            id=f"pc-{secrets.token_hex(6)}",
            policy_id=policy_id,
            version=version.number,
            clause=clause_id(version, clause) if clause else "",
            text=text,
            author=place.actor,
            at=now,
        )
        unit.policy_reviews.put_comment(found)
        _tell(unit, now, "policy.comment", version, comment=found.id, clause=found.clause)
    return found


def resolve_comment(place: ClientPlace, policy_id: str, comment_id: str, now: datetime) -> PolicyComment:
    """Marks a comment as dealt with.

    Raises:
        NotFoundError: no such comment.
    """
    with place.write() as unit:
        known = next((one for one in unit.policy_reviews.comments(policy_id) if one.id == comment_id), None)
        if known is None:
            raise NotFoundError("no such comment", subject=comment_id[:40])
        done = known.model_copy(update={"resolved_at": now, "resolved_by": place.actor})
        unit.policy_reviews.put_comment(done)
        _tell(unit, now, "policy.resolve", unit.policies.version(policy_id, known.version), comment=known.id)
    return done


def request_changes(place: ClientPlace, policy_id: str, reason: str, now: datetime) -> PolicyVersion:
    """A reviewer sends the version back.

    Raises:
        ConflictError: it is not in review.
        UsageError: no reason.
    """
    if not reason.strip():
        raise UsageError("asking for changes needs a reason", subject=policy_id, hint="Say what should be different.")
    with place.write("review") as unit:
        version = _in_review(unit, policy_id).model_copy(update={"status": "changes requested"})
        unit.policies.set_status(version)
        _decide(unit, version, "changes requested", reason.strip(), actor=place.actor, now=now)
    return version


def approve(
    place: ClientPlace,
    policy_id: str,
    now: datetime,
    *,
    material: bool,
    material_reason: str = "",
    note: str = "",
    sha256: str = "",
) -> PolicyVersion:
    """A reviewer approves the version that is in review; from here on its text does not change.

    Args:
        material: the approver's word on whether staff must sign again.
        sha256: the hash, or its beginning, of the text that the approver read; empty: whatever is in review.

    Raises:
        ConflictError: it is not in review, or its text is not any more what the approver read.
        UsageError: comments on it are still open.
    """
    with place.write("review") as unit:
        current = _in_review(unit, policy_id)
        if sha256 and not current.sha256.startswith(sha256.casefold()):
            raise ConflictError(
                "is not the text that you read", subject=current.label, hint="Read it again, then approve."
            )
        waiting = [one for one in unit.policy_reviews.comments(policy_id, current.number) if one.resolved_at is None]
        if waiting:
            raise UsageError(
                f"{len(waiting)} comments on it are open",
                subject=current.label,
                hint="Resolve them first: `vciso policy resolve CLIENT POLICY COMMENT`.",
            )
        version = current.model_copy(
            update={
                "status": "approved",
                "approved_at": now,
                "approved_by": place.actor,
                "material": material,
                "material_reason": material_reason.strip(),
            }
        )
        unit.policies.set_status(version)
        _decide(unit, version, "approved", note.strip(), actor=place.actor, now=now, material=material)
    return version


def publish(place: ClientPlace, policy_id: str, now: datetime, client: Client) -> Published:
    """Brings the approved version into force; the one in force before is retired.

    Raises:
        ConflictError: no version is approved and waiting.
    """
    with place.write("review") as unit:
        policy = unit.policies.get(policy_id)
        current = next((one for one in unit.policies.versions(policy_id) if one.status == "approved"), None)
        if current is None:
            raise ConflictError(
                "has no approved version to publish", subject=policy.title, hint="Submit and approve one first."
            )
        before = unit.policies.published(policy_id)
        if before is not None:
            before = before.model_copy(update={"status": "retired", "retired_at": now, "retired_by": place.actor})
            unit.policies.set_status(before)
        version = current.model_copy(update={"status": "published", "published_at": now, "published_by": place.actor})
        unit.policies.set_status(version)
        policy = policy.model_copy(
            update={
                "status": "in force",
                "title": version.text.title,
                "next_review_on": next_review(now, client.timezone, policy.review_months),
            }
        )
        unit.policies.put(policy)
        _tell(unit, now, "policy.publish", version, took_place_of=before.number if before else None)
    return Published(policy, version, before)


def retire(place: ClientPlace, policy_id: str, reason: str, now: datetime) -> Policy:
    """Takes a policy out of force; its versions and sign-offs stay.

    Raises:
        ConflictError: it is retired already, or a version of it is being worked on.
        UsageError: no reason.
    """
    if not reason.strip():
        raise UsageError("retiring a policy needs a reason", subject=policy_id)
    with place.write("review") as unit:
        policy = unit.policies.get(policy_id)
        if policy.status == "retired":
            raise ConflictError("is retired already", subject=policy.title)
        for version in unit.policies.versions(policy_id):
            if version.status != "retired":
                unit.policies.set_status(
                    version.model_copy(update={"status": "retired", "retired_at": now, "retired_by": place.actor})
                )
        policy = policy.model_copy(update={"status": "retired", "next_review_on": None})
        unit.policies.put(policy)
        unit.audit.append(now, "policy.retire", policy.id, title=policy.title, reason=reason.strip())
    return policy


def set_policy(
    place: ClientPlace, policy_id: str, now: datetime, *, owner: str | None = None, review_months: int | None = None
) -> Policy:
    """Names the owner or how many months pass between reviews; a running review date stays.

    Raises:
        NotFoundError: no such policy.
        UsageError: months outside 1 to 60.
    """
    if review_months is not None and not 1 <= review_months <= 60:
        raise UsageError("a review every 1 to 60 months", subject=str(review_months))
    with place.write() as unit:
        policy = unit.policies.get(policy_id)
        changed = {"owner": owner.strip() if owner is not None else policy.owner}
        policy = policy.model_copy(update=changed | {"review_months": review_months or policy.review_months})
        unit.policies.put(policy)
        unit.audit.append(now, "policy.set", policy.id, owner=policy.owner, review_months=policy.review_months)
    return policy


def reviewed(place: ClientPlace, policy_id: str, note: str, now: datetime, client: Client) -> Policy:
    """Records that a policy in force was reviewed and stays as it is; the next review date moves on.

    Raises:
        ConflictError: it is not in force.
        UsageError: no note.
    """
    if not note.strip():
        raise UsageError("a review needs a note of what was looked at", subject=policy_id)
    with place.write("review") as unit:
        return mark_reviewed(unit, policy_id, note, now, client)


def mark_reviewed(unit: ClientUnit, policy_id: str, note: str, now: datetime, client: Client) -> Policy:
    """As `reviewed`, inside a transaction."""
    policy = unit.policies.get(policy_id)
    version = unit.policies.published(policy_id)
    if version is None:
        raise ConflictError("has no version in force", subject=policy.title)
    policy = policy.model_copy(update={"next_review_on": next_review(now, client.timezone, policy.review_months)})
    unit.policies.put(policy)
    _tell(unit, now, "policy.reviewed", version, note=note.strip(), next_review_on=str(policy.next_review_on))
    return policy


def open_version(place: ClientPlace, policy_id: str) -> PolicyVersion:
    """The version whose text may still change.

    Raises:
        NotFoundError: no such policy.
        ConflictError: none is being worked on.
    """
    with place.read() as unit:
        return _open(unit, policy_id)


def _open(unit: ClientUnit, policy_id: str) -> PolicyVersion:
    policy = unit.policies.get(policy_id)
    version = unit.policies.open_version(policy_id)
    if version is None:
        raise ConflictError(
            "no version is being worked on",
            subject=policy.title,
            hint="Propose a change and accept it: that begins the next version.",
        )
    return version


def _in_review(unit: ClientUnit, policy_id: str) -> PolicyVersion:
    version = _open(unit, policy_id)
    wanted: VersionStatus = "in review"
    if version.status != wanted:
        raise ConflictError(
            f"is {version.status}, not in review", subject=version.label, hint="Submit it first: vciso policy submit."
        )
    return version


def _decide(
    unit: ClientUnit,
    version: PolicyVersion,
    decision: Decision,
    note: str,
    *,
    actor: str,
    now: datetime,
    **detail: object,
) -> None:
    approval = Approval(
        id=f"pa-{secrets.token_hex(6)}",
        policy_id=version.policy_id,
        version=version.number,
        sha256=version.sha256,
        decision=decision,
        approver=actor,
        comment=note,
        at=now,
    )
    unit.policy_reviews.add_approval(approval)
    action = "policy.approve" if decision == "approved" else "policy.request-changes"
    _tell(unit, now, action, version, approval=approval.id, note=note, own_work=actor == version.edited_by, **detail)


def _tell(unit: ClientUnit, now: datetime, action: str, version: PolicyVersion, **detail: object) -> None:
    unit.audit.append(
        now, action, version.policy_id, version=version.number, status=version.status, sha256=version.sha256, **detail
    )
