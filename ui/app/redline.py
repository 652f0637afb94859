"""A proposal as tracked changes in the client's own Word file, and a returned file as decisions: for every face."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from advisor.policies.find import base_version
from advisor.policies.redline import Returned, mark_of, read_decisions, redline_plan
from advisor.proposals import Applied, accept, reject
from ingest.documents.originals import read_original
from ingest.documents.redline import read_returned, redline_docx
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.document import Document, DocumentPart
from knowledge.records.policy import PolicyText, SourcePart
from knowledge.records.proposal import Proposal
from knowledge.records.redline import Redlined, ReturnedDocument


@dataclass(frozen=True)
class WordFile:
    """A redline that was made."""

    proposal: Proposal
    file_name: str
    redlined: Redlined


@dataclass(frozen=True)
class ReadBack:
    """What a returned file says, and what was applied of it."""

    proposal: Proposal
    document: ReturnedDocument
    returned: Returned
    applied: tuple[Applied, ...] = ()


@dataclass(frozen=True)
class _Source:
    proposal: Proposal
    base: PolicyText
    document: Document
    parts: tuple[DocumentPart, ...]
    data: bytes


def has_word_file(places: Places, client_id: ClientId, proposal: Proposal) -> bool:
    """Whether an open proposal is against a text that was taken from a Word file of the client.

    Raises:
        NotFoundError: no such client.
    """
    with places.client(client_id) as place, place.read() as unit:
        if proposal.payload is not None or proposal.status != "open":
            return False
        part = _first_part(base_version(unit, proposal.policy_id).text)
        if part is None:
            return False
        try:
            return unit.documents.get(part.document_id, part.version).kind == "docx"
        except NotFoundError:  # removed since
            return False


def make_redline(places: Places, client_id: ClientId, proposal_id: str, now: datetime) -> WordFile:
    """The client's own document with a proposal's open hunks as tracked changes, a comment for each.

    Raises:
        NotFoundError: no such client or proposal.
        UsageError: the policy did not come from a Word file, or no hunk is open.
        BadInputError: the file cannot be read.
        IntegrityError: the original is not what was added.
    """
    source = _source(places, client_id, proposal_id)
    edits, lost = redline_plan(source.proposal, source.base, source.parts)
    made = redline_docx(
        source.data,
        edits,
        name=source.document.file_name,
        author=f"vciso {source.proposal.id}",
        mark=mark_of(source.proposal),
        now=now,
    )
    made = made.model_copy(
        update={
            "placed": tuple(number for number in made.placed if number),
            "unplaced": (*lost, *(one for one in made.unplaced if one[0])),
        }
    )
    stem = source.document.file_name.rpartition(".")[0] or source.document.file_name
    return WordFile(source.proposal, f"{stem} - {source.proposal.id}.docx", made)


def read_back(
    places: Places,
    client_id: ClientId,
    proposal_id: str,
    data: bytes,
    now: datetime,
    *,
    name: str,
    apply: bool = False,
    reason: str = "",
) -> ReadBack:
    """What a reviewer decided in the Word file: accepted, rejected, in other words, or not yet.

    Args:
        data: the returned file.
        name: its name, for errors.
        apply: take it as the decision of whoever calls; hunks that wait or are unclear stay open.
        reason: kept with the rejected hunks.

    Raises:
        As `make_redline`; BadInputError where the returned file cannot be read.
    """
    source = _source(places, client_id, proposal_id)
    document = read_returned(data, name=name)
    returned = read_decisions(source.proposal, source.base, source.parts, document)
    if not apply:
        return ReadBack(source.proposal, document, returned)
    taken = [one for one in returned.readings if one.said in ("accepted", "edited")]
    gone = [one.hunk for one in returned.readings if one.said == "rejected"]
    applied: list[Applied] = []
    with places.client(client_id) as place:
        if taken:
            edits = {one.hunk: _own(source.proposal, one.hunk, one.text) for one in taken if one.said == "edited"}
            hunks = [one.hunk for one in taken]
            applied.append(accept(place, proposal_id, now, places.profile(client_id), hunks=hunks, edits=edits))
        if gone:
            why = reason.strip() or f"rejected in {name}"
            applied.append(reject(place, proposal_id, now, reason=why, hunks=gone))
    proposal = applied[-1].proposal if applied else source.proposal
    return ReadBack(proposal, document, returned, tuple(applied))


def _own(proposal: Proposal, number: int, text: str) -> str:
    """A reviewer's paragraph as the clause's text: without the heading that the clause keeps apart."""
    hunk = next(one for one in proposal.hunks if one.number == number)
    lead = f"{hunk.heading.rstrip('.')}. "
    return text.removeprefix(lead) if hunk.kind == "insert" and hunk.heading else text


def _first_part(text: PolicyText) -> SourcePart | None:
    return next((clause.part for clause in text.clauses if clause.part is not None), None)


def _source(places: Places, client_id: ClientId, proposal_id: str) -> _Source:
    with places.client(client_id) as place, place.read() as unit:
        proposal = unit.proposals.get(proposal_id)
        if proposal.payload is not None:
            raise UsageError(
                "is a new policy: there is no document to mark it in",
                subject=proposal.id,
                hint="Accept it, then export the draft as DOCX.",
            )
        base = base_version(unit, proposal.policy_id)
        part = _first_part(base.text)
        if part is None:
            raise UsageError(
                "did not come from a document of the client",
                subject=base.label,
                hint=f"`vciso proposals {client_id} show {proposal.id}` shows it word by word.",
            )
        document = unit.documents.get(part.document_id, part.version)
        if document.kind != "docx":
            raise UsageError(
                f"came from a {document.kind} file, which has no tracked changes",
                subject=base.label,
                hint=f"`vciso proposals {client_id} show {proposal.id}` shows it word by word.",
            )
        if proposal.status != "open":
            raise ConflictError(f"was {proposal.status} already", subject=proposal.id)
        parts = unit.documents.parts(document.id, document.version)
        data = read_original(place.folder, document)
    return _Source(proposal, base.text, document, parts, data)
