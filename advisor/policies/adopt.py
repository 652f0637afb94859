"""Takes the client's own document in as a policy that is in force: a proposal that a person accepts."""

from __future__ import annotations

from datetime import datetime

from advisor.policies.draft import filled_for
from advisor.policies.find import base_version, free_policy_id
from advisor.policies.merge import Reasoned, merge
from advisor.policies.revised import revised
from advisor.policies.templates.library import titles, topics
from advisor.policies.text import from_filled, from_parts
from advisor.proposals import NOT_KEPT, keep_proposal
from knowledge.errors import BadInputError, NotFoundError
from knowledge.places import Places
from knowledge.records.answer import Citation
from knowledge.records.base import ClientId
from knowledge.records.document import Document
from knowledge.records.policy import PolicyClause, PolicyText
from knowledge.records.proposal import Proposal, Trigger

MAX_CLAUSES = 2_000


def adopt_document(
    places: Places, client_id: ClientId, document: Document, topic: str, now: datetime, *, owner: str = ""
) -> Proposal:
    """A proposal to keep the client's document as its policy; clauses that say what ours say are mapped.

    Of a document that is a policy already, a newer version is proposed as changes to the text in force.

    The words are the document's own. Accepted, it begins as version 1 and as published: it is in force already.

    Args:
        document: one of the client's documents, current version.
        topic: of the policy set, such as `vendor-risk`; any other short name where none fits; empty: by the title.
        owner: who answers for the policy.

    Raises:
        ConflictError: this version of the document is the policy already, or was decided.
        NotFoundError: no topic is named and none has that title.
        BadInputError: it has no clause, or too many.
    """
    with places.client(client_id) as place, place.read() as unit:
        parts = unit.documents.parts(document.id)
        known = next((one for one in unit.policies.list() if one.document_id == document.id), None)
        if known is not None:
            in_force = unit.policies.published(known.id) or base_version(unit, known.id)
            earlier = unit.proposals.list(decided=True, policy_id=known.id)
    if known is not None:
        proposal = revised(document, parts, known, base=in_force, earlier=earlier, now=now)
        with places.client(client_id) as place:
            return keep_proposal(place, proposal.model_copy(update={"created_by": place.actor}), now)
    topic = topic or topic_of(document.title)
    with places.client(client_id) as place, place.read() as unit:
        policy_id = free_policy_id(unit, topic)
    text = from_parts(document, parts)
    if not 1 <= len(text.clauses) <= MAX_CLAUSES:
        raise BadInputError(
            f"has {len(text.clauses):,} paragraphs; a policy has 1 to {MAX_CLAUSES:,}", subject=document.title
        )
    months = 12
    if topic in topics():
        filled = filled_for(places, client_id, topic)
        text = _mapped(text, from_filled(filled))
        months = filled.review_months
    citation = Citation(
        passage_id=f"doc:{document.id}:{document.version}:1",
        source=document.title,
        locator=f"{document.file_name}, version {document.version}",
        quote=text.clauses[0].text,
    )
    proposal = Proposal(
        id=NOT_KEPT,
        policy_id=policy_id,
        policy_title=document.title,
        topic=topic,
        trigger=Trigger(kind="client document", ref=document.id, title=document.title),
        summary=f"The client's document {document.file_name} is kept as its policy in force, word for word.",
        payload=text,
        sources=(citation,),
        owner=owner.strip(),
        review_months=months,
        document_id=document.id,
        in_force=True,
        created_at=now,
        created_by="",
    )
    with places.client(client_id) as place:
        return keep_proposal(place, proposal.model_copy(update={"created_by": place.actor}), now)


def topic_of(title: str) -> str:
    """The topic of the policy set whose title is most like one.

    Raises:
        NotFoundError: none is near; the hint lists the topics.
    """
    wanted = _words(title)
    best, score = "", 0.0
    for topic, known in titles().items():
        words = _words(known)
        alike = len(wanted & words) / len(wanted | words) if wanted | words else 0.0
        if alike > score and topic in topics():
            best, score = topic, alike
    if score < 0.5:
        raise NotFoundError(
            "its title is that of no topic of the policy set",
            subject=title[:80],
            hint=f"Name one with --topic: {', '.join(topics())}.",
        )
    return best


def _words(title: str) -> frozenset[str]:
    plain = "".join(char if char.isalnum() else " " for char in title.casefold()).split()
    return frozenset(plain) - {"policy", "and", "the", "of", "procedure", "standard"}


def _unreasoned(*_: PolicyClause | None) -> Reasoned:
    return "", ()


def _mapped(text: PolicyText, wanted: PolicyText) -> PolicyText:
    """The text with requirement ids on the clauses that say what clauses of the template say."""
    found = merge(text, wanted, reason=_unreasoned).mapping

    def one(clause: PolicyClause) -> PolicyClause:
        met, served = found.get(clause.id, ((), ()))
        return clause.model_copy(update={"requirements": met, "partly": served}) if met or served else clause

    sections = tuple(s.model_copy(update={"clauses": tuple(one(c) for c in s.clauses)}) for s in text.sections)
    return text.model_copy(update={"sections": sections})
