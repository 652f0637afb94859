"""What a proposal changes in the paragraphs of the client's own document, and what a returned copy decides (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.policies.diff import word_spans
from advisor.proposals import with_hunk
from knowledge.errors import ConflictError, UsageError
from knowledge.records.document import DocumentPart
from knowledge.records.policy import PolicyClause, PolicySection, PolicyText, SourcePart
from knowledge.records.proposal import Hunk, Proposal
from knowledge.records.redline import EditSpan, ParagraphEdit, ReturnedDocument, ReturnedParagraph

MARK = "_vciso_"
_LEAD = re.compile(r"^(?:\d[\d.]*\d\s+)?[^.:]{1,60}[.:](?=\s)")

Said = Literal["accepted", "rejected", "edited", "waiting", "unclear"]


@dataclass(frozen=True)
class Reading:
    """What a returned document says of one hunk."""

    hunk: int
    said: Said
    text: str = ""
    """The reviewer's words, where they are neither ours nor the old ones."""


@dataclass(frozen=True)
class Returned:
    """What a returned document says of a proposal."""

    readings: tuple[Reading, ...]
    elsewhere: tuple[str, ...]
    """Paragraphs that are neither in the document before nor in the proposal: changed outside of it."""


def mark_of(proposal: Proposal) -> str:
    """The part of our bookmarks' names that tells the proposal: `P_118`."""
    return proposal.id.replace("-", "_")


def redline_plan(
    proposal: Proposal, base: PolicyText, parts: Sequence[DocumentPart]
) -> tuple[tuple[ParagraphEdit, ...], tuple[tuple[int, str], ...]]:
    """The edits of a document's paragraphs that the open hunks of a proposal come to, in the order of the text.

    What was accepted since the document was taken in is shown as a change too, without a comment.

    Args:
        base: the text that the hunks are against.
        parts: the parts of the document that the policy was taken from.

    Returns:
        The edits, and (hunk, reason) for hunks whose clause is not in the document.

    Raises:
        UsageError: no hunk is open.
    """
    hunks = [hunk for hunk in proposal.hunks if hunk.status == "open"]
    if not hunks:
        raise UsageError("has no open hunk", subject=proposal.id)
    text, lost = base, []
    for hunk in hunks:
        try:
            text = with_hunk(text, hunk)
        except ConflictError as error:
            lost.append((hunk.number, error.message))
    stray = {number for number, _ in lost}
    by_clause = {hunk.clause: hunk for hunk in hunks if hunk.number not in stray}
    written = {part.seq: part.text for part in parts}
    planner = _Planner(by_clause, written, parts)
    for section in text.sections:
        planner.section(section)
    planner.deleted(base)
    return tuple(planner.edits), tuple(lost)


class _Planner:
    def __init__(self, hunks: Mapping[str, Hunk], written: Mapping[int, str], parts: Sequence[DocumentPart]) -> None:
        self._hunks = hunks
        self._written = written
        self._parts = parts
        self._last = 1
        self._kept: set[int] = set()
        self.edits: list[ParagraphEdit] = []

    def section(self, section: PolicySection) -> None:
        fresh = section.part is None
        if section.part is not None:
            self._last = section.part.seq
        for clause in section.clauses:
            if clause.part is None:
                self._insert(clause, section if fresh else None)
                fresh = False
            else:
                self._last = clause.part.seq
                self._kept.add(clause.part.seq)
                self._replace(clause, clause.part)

    def deleted(self, base: PolicyText) -> None:
        """Paragraphs of clauses that a hunk takes out."""
        for clause in base.clauses:
            hunk = self._hunks.get(clause.id)
            if clause.part is None or clause.part.seq in self._kept or hunk is None or hunk.kind != "delete":
                continue
            seq = clause.part.seq
            edit = ParagraphEdit(
                hunk=hunk.number, kind="delete", seq=seq, text=self._written.get(seq, ""), comment=_comment(hunk)
            )
            self.edits.append(edit)

    def _replace(self, clause: PolicyClause, part: SourcePart) -> None:
        old = self._written.get(part.seq, "")
        new = " ".join(clause.text.split())
        if old == new:
            return
        hunk = self._hunks.get(clause.id)
        spans = tuple(EditSpan(kind=span.kind, text=span.text) for span in word_spans(old, new))
        self.edits.append(
            ParagraphEdit(
                hunk=hunk.number if hunk else 0,
                kind="replace",
                seq=part.seq,
                text=old,
                spans=spans,
                comment=_comment(hunk) if hunk else "",
            )
        )

    def _insert(self, clause: PolicyClause, section: PolicySection | None) -> None:
        hunk = self._hunks.get(clause.id)
        text = " ".join(clause.text.split())
        if clause.heading:
            text = f"{clause.heading.rstrip('.')}. {text}"
        found = _LEAD.match(text)
        self.edits.append(
            ParagraphEdit(
                hunk=hunk.number if hunk else 0,
                kind="insert",
                seq=self._last,
                new=text,
                lead=found[0] if found else "",
                heading=section.heading if section else "",
                heading_like=self._heading_like() if section else 0,
                like=self._body_like(),
                comment=_comment(hunk) if hunk else "",
            )
        )

    def _heading_like(self) -> int:
        """The last heading before the place, whose look a new one takes."""
        return next((p.seq for p in reversed(self._parts) if p.kind == "heading" and p.seq <= self._last), 0)

    def _body_like(self) -> int:
        """The paragraph before the place, else the first one behind it, whose look a new one takes."""
        bodies = [p.seq for p in self._parts if p.kind in ("paragraph", "list-item")]
        before = [seq for seq in bodies if seq <= self._last]
        return before[-1] if before else next(iter(bodies), 0)


def _comment(hunk: Hunk) -> str:
    lines = [f"Hunk {hunk.number}: {hunk.reason}"]
    lines += [f"{one.source}, {one.locator}: “{one.quote}”" for one in hunk.citations]
    if hunk.note:
        lines.append(hunk.note)
    return "\n".join(lines)


def read_decisions(
    proposal: Proposal, base: PolicyText, parts: Sequence[DocumentPart], returned: ReturnedDocument
) -> Returned:
    """What a returned document says of each open hunk. Nothing is decided by it: a person applies it.

    Args:
        base: the text that the hunks are against.
        parts: the parts of the document that the redline was made of.
    """
    marked: dict[str, ReturnedParagraph] = {}
    for paragraph in returned.paragraphs:
        for mark in paragraph.marks:
            marked.setdefault(mark, paragraph)
    there = {paragraph.text for paragraph in returned.paragraphs}
    mine = f"{MARK}{mark_of(proposal)}_h"
    written = {part.seq: part.text for part in parts}
    readings: list[Reading] = []
    for hunk in proposal.hunks:
        if hunk.status != "open":
            continue
        own = base.clause(hunk.clause)
        before = {_folded(hunk.old), written.get(own.part.seq, "") if own is not None and own.part is not None else ""}
        readings.append(_reading(hunk, before - {""}, marked.get(f"{mine}{hunk.number}"), there))
    known = {part.text for part in parts} | {_folded(c.text) for c in base.clauses} | {""}
    known |= {_written(hunk) for hunk in proposal.hunks} | {one.text for one in readings}
    known |= {hunk.section_heading for hunk in proposal.hunks}
    elsewhere = tuple(p.text for p in returned.paragraphs if p.text not in known)
    return Returned(tuple(readings), elsewhere)


def _reading(hunk: Hunk, before: set[str], paragraph: ReturnedParagraph | None, there: set[str]) -> Reading:
    new = _written(hunk)
    if paragraph is None:
        if hunk.kind == "delete":
            return Reading(hunk.number, "rejected" if before & there else "accepted")
        if new in there:
            return Reading(hunk.number, "accepted")
        if hunk.kind == "insert" or before & there:
            return Reading(hunk.number, "rejected")
        return Reading(hunk.number, "unclear")
    if paragraph.waiting:
        return Reading(hunk.number, "waiting")
    if hunk.kind == "delete":
        return Reading(hunk.number, "rejected" if paragraph.text else "accepted")
    if paragraph.text == new:
        return Reading(hunk.number, "accepted")
    if paragraph.text in {"", *before}:
        return Reading(hunk.number, "rejected" if paragraph.text or hunk.kind == "insert" else "unclear")
    return Reading(hunk.number, "edited", paragraph.text)


def _folded(text: str) -> str:
    return " ".join(text.split())


def _written(hunk: Hunk) -> str:
    """The paragraph that a hunk comes to."""
    text = _folded(hunk.new)
    return f"{hunk.heading.rstrip('.')}. {text}" if hunk.kind == "insert" and hunk.heading else text
