"""Policies and their versions: a version's text is written once per revision and never after approval."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from knowledge.errors import ConflictError, IntegrityError, NotFoundError
from knowledge.records.policy import OPEN, Approval, Evidence, KeptText, Policy, PolicyComment, PolicyVersion
from knowledge.store.rows import upsert
from knowledge.store.tables_client import (
    evidence,
    kept_texts,
    policies,
    policy_approvals,
    policy_comments,
    policy_versions,
)
from knowledge.store.types import row_of

_LIST = "`vciso policy list CLIENT` shows them."


class Policies:
    """Rows of `policies` and `policy_versions` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, retired: bool = False) -> tuple[Policy, ...]:
        """Policies by title; with `retired` those too."""
        found = [Policy.model_validate(record) for record in self._conn.execute(select(policies.c.record)).scalars()]
        kept = [one for one in found if retired or one.status != "retired"]
        return tuple(sorted(kept, key=lambda one: (one.title.casefold(), one.id)))

    def find(self, policy_id: str) -> Policy | None:
        """The policy of that id; None where there is none."""
        record = self._conn.execute(select(policies.c.record).where(policies.c.id == policy_id)).scalar_one_or_none()
        return None if record is None else Policy.model_validate(record)

    def get(self, policy_id: str) -> Policy:
        """The policy of that id.

        Raises:
            NotFoundError: no such policy.
        """
        found = self.find(policy_id)
        if found is None:
            raise NotFoundError("no such policy", subject=policy_id[:80], hint=_LIST)
        return found

    def put(self, policy: Policy) -> None:
        """Keeps what stands beside the text: owner, review dates, status."""
        upsert(self._conn, policies, [row_of(policy, policies, record=policy.model_dump(mode="json"))])

    def versions(self, policy_id: str) -> tuple[PolicyVersion, ...]:
        """All versions of a policy, newest first; empty where there is no such policy."""
        column = policy_versions.c
        statement = select(column.record).where(column.policy_id == policy_id).order_by(column.number.desc())
        return tuple(PolicyVersion.model_validate(record) for record in self._conn.execute(statement).scalars())

    def version(self, policy_id: str, number: int) -> PolicyVersion:
        """One version.

        Raises:
            NotFoundError: no such policy or version.
        """
        found = next((one for one in self.versions(policy_id) if one.number == number), None)
        if found is None:
            policy = self.get(policy_id)
            raise NotFoundError(f"has no version {number}", subject=policy.title, hint=_LIST)
        return found

    def published(self, policy_id: str) -> PolicyVersion | None:
        """The version in force."""
        return next((one for one in self.versions(policy_id) if one.status == "published"), None)

    def open_version(self, policy_id: str) -> PolicyVersion | None:
        """The version whose text may still change, if there is one."""
        return next((one for one in self.versions(policy_id) if one.status in OPEN), None)

    def add_version(self, version: PolicyVersion) -> None:
        """Keeps a new version. Called from `advisor.proposals` alone: a version begins with an accepted proposal.

        Raises:
            ConflictError: the number is taken, or another version is open.
        """
        _check_hash(version)
        known = self.versions(version.policy_id)
        if any(one.number == version.number for one in known):
            raise ConflictError("exists already", subject=version.label, hint="Read the policy again.")
        if version.status in OPEN and (other := self.open_version(version.policy_id)):
            raise ConflictError(
                f"version {other.number} is being worked on", subject=version.text.title, hint="Finish that one first."
            )
        row = row_of(version, policy_versions, record=version.model_dump(mode="json"))
        self._conn.execute(insert(policy_versions).values(row))

    def save_text(self, version: PolicyVersion, *, seen_revision: int) -> None:
        """Keeps the next revision of an open version's text.

        Args:
            version: the version with its new text, hash and revision.
            seen_revision: the revision that the new text was made from.

        Raises:
            ConflictError: another revision was saved meanwhile, or the version is not open any more.
        """
        _check_hash(version)
        current = self.version(version.policy_id, version.number)
        if current.status not in OPEN:
            raise ConflictError(
                f"is {current.status}: its text does not change any more",
                subject=current.label,
                hint="Propose a change; accepting it starts the next version.",
            )
        if current.revision != seen_revision or version.revision != seen_revision + 1:
            raise ConflictError(
                f"was saved by {current.edited_by} meanwhile (revision {current.revision}, yours began at "
                f"{seen_revision})",
                subject=current.label,
                hint="Read it again and merge; your text was kept too.",
            )
        self._replace(version)

    def set_status(self, version: PolicyVersion) -> None:
        """Keeps a version's status and who brought it there; its text and revision must be as they were.

        Raises:
            ConflictError: the text or the revision differs from what is kept.
        """
        current = self.version(version.policy_id, version.number)
        if (current.sha256, current.revision) != (version.sha256, version.revision) or current.text != version.text:
            raise ConflictError("changed meanwhile", subject=current.label, hint="Read it again, then decide.")
        self._replace(version)

    def _replace(self, version: PolicyVersion) -> None:
        column = policy_versions.c
        statement = update(policy_versions).where(
            column.policy_id == version.policy_id, column.number == version.number
        )
        row = row_of(version, policy_versions, record=version.model_dump(mode="json"))
        self._conn.execute(statement.values(row))


class PolicyReviews:
    """Rows of `policy_comments`, `policy_approvals` and `kept_texts` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def comments(self, policy_id: str, version: int | None = None) -> tuple[PolicyComment, ...]:
        """Comments on a policy or on one version of it, oldest first."""
        statement = select(policy_comments.c.record).where(policy_comments.c.policy_id == policy_id)
        found = [PolicyComment.model_validate(record) for record in self._conn.execute(statement).scalars()]
        kept = [one for one in found if version is None or one.version == version]
        return tuple(sorted(kept, key=lambda one: (one.at, one.id)))

    def put_comment(self, comment: PolicyComment) -> None:
        """Keeps a comment by id."""
        row = row_of(comment, policy_comments, record=comment.model_dump(mode="json"))
        upsert(self._conn, policy_comments, [row])

    def approvals(self, policy_id: str, version: int | None = None) -> tuple[Approval, ...]:
        """Decisions on a policy's versions, oldest first."""
        statement = select(policy_approvals.c.record).where(policy_approvals.c.policy_id == policy_id)
        found = [Approval.model_validate(record) for record in self._conn.execute(statement).scalars()]
        kept = [one for one in found if version is None or one.version == version]
        return tuple(sorted(kept, key=lambda one: (one.at, one.id)))

    def add_approval(self, approval: Approval) -> None:
        """Keeps a decision beside the earlier ones."""
        row = row_of(approval, policy_approvals, record=approval.model_dump(mode="json"))
        self._conn.execute(insert(policy_approvals).values(row))

    def kept_texts(self, policy_id: str) -> tuple[KeptText, ...]:
        """Texts whose save came second, newest first."""
        statement = select(kept_texts.c.record).where(kept_texts.c.policy_id == policy_id)
        found = [KeptText.model_validate(record) for record in self._conn.execute(statement).scalars()]
        return tuple(sorted(found, key=lambda one: (one.at, one.id), reverse=True))

    def keep_text(self, kept: KeptText) -> None:
        """Keeps a text that could not be saved."""
        row = row_of(kept, kept_texts, record=kept.model_dump(mode="json"))
        self._conn.execute(insert(kept_texts).values(row))


class EvidenceRows:
    """Rows of `evidence` inside one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list(self, *, policy_id: str = "", requirement: str = "") -> tuple[Evidence, ...]:
        """Evidence, newest first; of one policy or one requirement where it is named."""
        statement = select(evidence.c.record)
        if policy_id:
            statement = statement.where(evidence.c.policy_id == policy_id)
        found = [Evidence.model_validate(record) for record in self._conn.execute(statement).scalars()]
        kept = [one for one in found if not requirement or requirement in one.requirements]
        return tuple(sorted(kept, key=lambda one: (one.recorded_at, one.id), reverse=True))

    def put(self, one: Evidence) -> None:
        """Keeps a piece of evidence by id."""
        upsert(self._conn, evidence, [row_of(one, evidence, record=one.model_dump(mode="json"))])


def _check_hash(version: PolicyVersion) -> None:
    if version.sha256 != version.text.sha256:
        raise IntegrityError("the hash is not that of its text", subject=version.label)
