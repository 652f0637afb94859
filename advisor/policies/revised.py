"""What a newer file of an adopted document changes in the policy in force, as hunks for a person to decide (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import SequenceMatcher

from advisor.policies.diff import section_label, written
from advisor.policies.merge import replacement
from advisor.policies.text import free_id, from_parts
from advisor.proposals import NOT_KEPT
from knowledge.errors import ConflictError
from knowledge.records.answer import Citation
from knowledge.records.document import Document, DocumentPart
from knowledge.records.policy import Policy, PolicyClause, PolicySection, PolicyText, PolicyVersion
from knowledge.records.proposal import Hunk, Proposal, Trigger

_SAME_CLAUSE = 0.5
"""From here on a paragraph is the old one in other words; below it one goes and another comes."""

Pair = tuple[PolicyClause | None, PolicyClause | None]


def revised(
    document: Document,
    parts: Sequence[DocumentPart],
    policy: Policy,
    *,
    base: PolicyVersion,
    earlier: Sequence[Proposal],
    now: datetime,
) -> Proposal:
    """A proposal, not kept yet, of the differences between the text in force and a newer file of its document.

    Args:
        base: the version in force.
        earlier: the policy's proposals, decided ones too.

    Raises:
        ConflictError: this version of the file is the policy already, or its changes were decided.
    """
    ref = f"{document.id}@{document.version}"
    label = f"{document.file_name} version {document.version}"
    taken = [c.part.version for c in base.text.clauses if c.part is not None and c.part.document_id == document.id]
    if document.version <= max(taken, default=0):
        hint = "Add the newer file first: vciso docs add."
        raise ConflictError(f"is the policy {policy.id} already", subject=document.title, hint=hint)
    for one in earlier:
        if one.trigger.ref == ref and one.status != "open":
            raise ConflictError(f"was decided in {one.id} already ({one.status})", subject=label)
    new = from_parts(document, parts)
    hunks = _Hunks(base.text, new, document, label).all()
    if not hunks:
        raise ConflictError(f"is the policy {policy.id} already, word for word", subject=label)
    headings = {section_label(section) for section in base.text.sections}
    changed = [section_label(s) for s in new.sections if section_label(s) not in headings]
    return Proposal(
        id=NOT_KEPT,
        policy_id=policy.id,
        policy_title=policy.title,
        topic=policy.topic,
        base=base.number,
        base_sha256=base.sha256,
        trigger=Trigger(kind="client document", ref=ref, title=label),
        summary=f"{len(hunks)} change{'s' if len(hunks) > 1 else ''} to {base.label} made outside, in {label}.",
        hunks=tuple(hunks),
        sources=tuple(dict.fromkeys(one for hunk in hunks for one in hunk.citations))[:1],
        assumptions=tuple(f"The heading “{one}” of the file is not in {base.label}." for one in changed if one),
        owner=policy.owner,
        review_months=policy.review_months,
        document_id=document.id,
        created_at=now,
        created_by="",
    )


class _Hunks:
    def __init__(self, old: PolicyText, new: PolicyText, document: Document, label: str) -> None:
        self._old, self._new, self._document, self._label = old, new, document, label
        self._ids = {clause.id for clause in old.clauses} | {section.id for section in old.sections}
        self._section = old.sections[0] if old.sections else PolicySection(id="s0", heading="")
        self._after = ""
        self._made: dict[str, PolicySection] = {}
        self._found: list[Hunk] = []

    def all(self) -> list[Hunk]:
        homes = {clause.id: section for section in self._old.sections for clause in section.clauses}
        for old, new in _pairs(self._old.clauses, self._new.clauses):
            if old is None and new is not None:
                self._insert(new)
                continue
            assert old is not None
            if new is None:
                hunk = replacement(self._old, old, "", number=1).model_copy(update={"kind": "delete"})
                self._add(hunk, old.text)
                continue
            self._section, self._after = homes[old.id], old.id
            if _folded(written(old)) != _folded(new.text):
                self._add(replacement(self._old, old, new.text, number=1), new.text)
        return self._found

    def _insert(self, clause: PolicyClause) -> None:
        """Behind the paragraph before it, or in the section of its heading where that is another."""
        own = next(section for section in self._new.sections if clause in section.clauses)
        if own.heading != self._section.heading:
            known = self._made.get(own.id) or next((s for s in self._old.sections if s.heading == own.heading), None)
            if known is None:
                known = PolicySection(id=free_id(f"v{self._document.version}-{own.id}", self._ids), heading=own.heading)
                self._ids.add(known.id)
                self._made[own.id] = known
                self._after = self._section.id
            else:
                self._after = ""
            self._section = known
        name = free_id(f"v{self._document.version}-{clause.id}", self._ids)
        self._ids.add(name)
        hunk = Hunk(
            number=1,
            kind="insert",
            clause=name,
            after=self._after,
            section=self._section.id,
            section_heading=self._section.heading,
            clause_number=clause.number,
            new=clause.text,
            block=clause.kind,
            reason="",
        )
        self._after = name
        self._add(hunk, clause.text)

    def _add(self, hunk: Hunk, quote: str) -> None:
        """A deletion quotes what the file no longer has; all others quote the file."""
        gone = hunk.kind == "delete"
        cited = Citation(
            passage_id=f"doc:{self._document.id}:{self._document.version}:1",
            source=self._document.title,
            locator=f"the text in force, not in {self._label}" if gone else self._label,
            quote=quote,
        )
        reason = f"changed in {self._label} outside"
        update = {"number": len(self._found) + 1, "reason": reason, "citations": (cited,), "wording": "person"}
        self._found.append(hunk.model_copy(update=update))


def _pairs(old: Sequence[PolicyClause], new: Sequence[PolicyClause]) -> Iterator[Pair]:
    """Old and new clauses in order, each with its counterpart or None."""
    before, after = [_folded(written(one)) for one in old], [_folded(one.text) for one in new]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from zip(old[i1:i2], new[j1:j2], strict=True)
            continue
        at = i1
        for j in range(j1, j2):
            like = [(SequenceMatcher(None, before[i].split(), after[j].split()).ratio(), -i) for i in range(at, i2)]
            score, negative = max(like, default=(0.0, 0))
            if score < _SAME_CLAUSE:
                yield None, new[j]
                continue
            yield from ((old[i], None) for i in range(at, -negative))
            yield old[-negative], new[j]
            at = -negative + 1
        yield from ((old[i], None) for i in range(at, i2))


def _folded(text: str) -> str:
    return " ".join(text.split())
