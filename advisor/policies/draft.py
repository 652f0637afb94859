"""Drafts a policy from its template, or changes to the policy there is: always a proposal, never a policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from advisor.llm.interface import AskedModel
from advisor.policies.find import base_version, free_policy_id, named_owner
from advisor.policies.merge import Reasoned, merge
from advisor.policies.requirements import cite, client_catalogue, coverage_of, in_scope, label_of, refs
from advisor.policies.templates.fill import fill
from advisor.policies.templates.interface import CoverageRow, FilledPolicy
from advisor.policies.templates.library import load, topics
from advisor.policies.text import from_filled
from advisor.policies.wording import Worded, reword
from advisor.proposals import NOT_KEPT, keep_proposal, with_hunk
from knowledge.errors import ConflictError, UsageError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.places import Places
from knowledge.records.answer import Citation
from knowledge.records.base import ClientId
from knowledge.records.client import Client
from knowledge.records.policy import Policy, PolicyClause, PolicyText, PolicyVersion
from knowledge.records.proposal import Hunk, Proposal, Trigger

MAX_CITED = 2
"""Requirements that a hunk cites; the others are in its mapping."""
_NO_TRIGGER = Trigger(kind="manual")


@dataclass(frozen=True)
class Wanted:
    """What a draft is asked to be."""

    topic: str
    requirements: tuple[str, ...] = ()
    """`FRAMEWORK:ID` as a person writes them; empty: all of the client's frameworks that the template speaks to."""
    trigger: Trigger = _NO_TRIGGER
    because: tuple[Citation, ...] = ()
    """What the trigger says, quoted."""
    values: Mapping[str, str] | None = None
    """Values for blanks of the template, by name."""
    beside: bool = False
    """Draft a new policy although the client has a document of that title."""


@dataclass(frozen=True)
class Drafted:
    """A kept proposal, what the text would meet with it, and what a person should look at."""

    proposal: Proposal | None
    """None where the policy already says all of it."""
    coverage: tuple[CoverageRow, ...]
    remarks: tuple[str, ...]


def filled_for(
    places: Places, client_id: ClientId, topic: str, values: Mapping[str, str] | None = None
) -> FilledPolicy:
    """A template with this client's values.

    Raises:
        NotFoundError: no such client or topic.
        UsageError: a value that fits no blank.
    """
    profile = places.profile(client_id)
    with places.client(client_id) as place, place.read() as unit:
        assets, third_parties = unit.assets.list(), unit.third_parties.list()
    return fill(load(topic), profile, assets, third_parties, values)


def draft_policy(
    places: Places,
    client_id: ClientId,
    wanted: Wanted,
    now: datetime,
    *,
    model: AskedModel | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Drafted:
    """Drafts a new policy, or what the client's policy on the topic lacks, and keeps it as a proposal.

    Args:
        wanted: topic, requirements, trigger, values.
        now: time of the draft.
        model: rewords clause by clause; None: the template's words, which are complete.
        on_step: called with clauses done and total while a model words.

    Raises:
        NotFoundError: no such topic, framework or requirement; the hint names near ones.
        UsageError: the template has no clause for any requirement named.
        ConflictError: the client has a document of that title which was not adopted yet.
    """
    profile = places.profile(client_id)
    catalogue = client_catalogue(places, client_id)
    named = refs(wanted.requirements, catalogue)
    filled = filled_for(places, client_id, wanted.topic, _owned(places, client_id, wanted))
    text = from_filled(filled)
    _check_named(named, text, filled.title)
    with places.client(client_id) as place, place.read() as unit:
        policies = [one for one in unit.policies.list() if one.topic == wanted.topic]
        base = base_version(unit, policies[0].id) if policies else None
        new_id = free_policy_id(unit, wanted.topic)
        documents = unit.documents.list()
        adopted = {one.document_id for one in unit.policies.list(retired=True)}
    asked = named or in_scope(_all_refs(text), profile.frameworks)
    job = _Job(profile, catalogue, text, filled, replace(wanted, requirements=named), model, on_step, now)
    if base is not None:
        drafted = job.change(policies[0], base)
    else:
        waiting = [d.title for d in documents if d.id not in adopted and d.title.casefold() == filled.title.casefold()]
        if waiting and not wanted.beside:
            raise ConflictError(
                "the client has a document of this title that is no policy here yet",
                subject=waiting[0],
                hint=f"`vciso policy adopt {client_id} DOC --topic {wanted.topic}` takes it in; --new drafts another.",
            )
        drafted = job.new(new_id)
    proposal, after, remarks = drafted
    if proposal is not None:
        with places.client(client_id) as place:
            proposal = keep_proposal(place, proposal.model_copy(update={"created_by": place.actor}), now)
    return Drafted(proposal, coverage_of(after, asked, catalogue), remarks)


def _owned(places: Places, client_id: ClientId, wanted: Wanted) -> Mapping[str, str]:
    """The values asked for; where the policy has an owner, that is who the template calls the security officer."""
    with places.client(client_id) as place, place.read() as unit:
        owner = next((one.owner for one in unit.policies.list() if one.topic == wanted.topic and one.owner), "")
    mine = {"security_officer": named_owner(owner)} if owner else {}
    return {**mine, **(wanted.values or {})}


def _all_refs(text: PolicyText) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ref for clause in text.clauses for ref in (*clause.requirements, *clause.partly)))


def _check_named(named: Sequence[str], text: PolicyText, title: str) -> None:
    if named and not set(named) & set(_all_refs(text)):
        raise UsageError(
            f"our {title} has no clause for {', '.join(named[:5])}",
            hint=f"Try another topic: {', '.join(topics())}.",
        )


@dataclass(frozen=True)
class _Job:
    profile: Client
    catalogue: Catalogue
    text: PolicyText
    filled: FilledPolicy
    wanted: Wanted
    model: AskedModel | None
    on_step: Callable[[int, int], None] | None
    now: datetime

    def new(self, policy_id: str) -> tuple[Proposal, PolicyText, tuple[str, ...]]:
        """A whole new policy."""
        clauses = [clause for clause in self.text.clauses if clause.kind != "text"]
        worded = self._reword(clauses, {})
        text = _with_texts(self.text, worded.texts if worded else {})
        officer = next((one.value for one in self.filled.values if one.name == "security_officer"), "")
        cited = in_scope(self.wanted.requirements or _all_refs(text), self.profile.frameworks)[:MAX_CITED]
        proposal = self._proposal(worded).model_copy(
            update={
                "policy_id": policy_id,
                "policy_title": text.title,
                "payload": text,
                "summary": f"A new {text.title} of {len(clauses)} clauses{self._why(' because of ')}.",
                "sources": (*self.wanted.because, *(cite(ref, self.catalogue) for ref in cited)),
                "owner": officer,
                "review_months": self.filled.review_months,
                "assumptions": (*self.filled.assumptions, *_dropped(text, worded)),
            }
        )
        return proposal, text, ()

    def change(self, policy: Policy, base: PolicyVersion) -> tuple[Proposal | None, PolicyText, tuple[str, ...]]:
        """What the policy lacks."""
        named = set(self.wanted.requirements)
        scope = set(self.profile.frameworks)
        only = {
            clause.id
            for clause in self.text.clauses
            if clause.kind != "text"
            and any(
                ref in named if named else not scope or ref.partition(":")[0] in scope
                for ref in (*clause.requirements, *clause.partly)
            )
        }
        found = merge(base.text, self.text, reason=self._reason, only=only)
        worded: Worded | None = None
        hunks = found.hunks
        if self.model is not None:
            fresh = {h.clause: _parted(h, self.text) for h in hunks if h.kind == "insert"}
            own = {h.clause: _near(base.text, h.section) for h in hunks}
            worded = self._reword([clause for _, clause in fresh.values()], own)
            hunks = [_with_wording(h, fresh[h.clause][0], worded) if h.clause in fresh else h for h in hunks]
        after = _mapped(base.text, found.mapping)
        for hunk in hunks:
            after = with_hunk(after, hunk)
        remarks = tuple(dict.fromkeys(found.remarks))
        if not hunks:
            return None, after, remarks
        proposal = self._proposal(worded).model_copy(
            update={
                "policy_id": policy.id,
                "policy_title": policy.title,
                "base": base.number,
                "base_sha256": base.sha256,
                "hunks": tuple(hunks),
                "summary": _summary(base, len(hunks)) + self._why(" because of ") + ".",
                "sources": self.wanted.because,
                "owner": policy.owner,
                "review_months": policy.review_months,
                "assumptions": (*self.filled.assumptions, *remarks),
            }
        )
        return proposal, after, remarks

    def _proposal(self, worded: Worded | None) -> Proposal:
        return Proposal(
            id=NOT_KEPT,
            policy_id=self.wanted.topic,
            policy_title=self.text.title,
            topic=self.wanted.topic,
            trigger=self.wanted.trigger,
            summary="",
            model=worded.model if worded and worded.texts else "",
            prompt=worded.prompt if worded and worded.texts else "",
            created_at=self.now,
            created_by="",
        )

    def _why(self, lead: str) -> str:
        title = self.wanted.trigger.title
        return f"{lead}{title[:160]}" if title else ""

    def _reason(self, clause: PolicyClause, own: PolicyClause | None) -> Reasoned:
        served = clause.requirements or clause.partly
        asked = [r for r in (*clause.requirements, *clause.partly) if r in self.wanted.requirements]
        scope = in_scope(asked or served, self.profile.frameworks)
        labels = [label_of(ref, self.catalogue) for ref in scope[:3]]
        asks = f"{_listed(labels)} {'asks' if len(labels) == 1 else 'ask'} for it" if labels else "it is good practice"
        subject = clause.heading[:1].lower() + clause.heading[1:] if clause.heading else "this"
        where = (own.number or own.heading) if own else ""
        lacks = f"Section {where} leaves parts of it open" if where else "Your text leaves parts of it open"
        said = f"No clause speaks of {subject}; {asks}." if own is None else f"{lacks} ({subject}); {asks}."
        if self.wanted.trigger.kind in ("incident", "finding"):
            said = f"The {self.wanted.trigger.kind} “{self.wanted.trigger.title}”: {said[:1].lower()}{said[1:]}"
        cited = tuple(cite(ref, self.catalogue) for ref in scope[:MAX_CITED])
        return said, (*self.wanted.because, *cited)

    def _reword(self, clauses: Sequence[PolicyClause], own: Mapping[str, str]) -> Worded | None:
        if self.model is None:
            return None
        return reword(
            clauses,
            own,
            self.model,
            client_name=self.profile.name,
            catalogue=self.catalogue,
            now=self.now,
            on_step=self.on_step,
        )


def _summary(base: PolicyVersion, count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'} to {base.label}"


def _listed(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _parted(hunk: Hunk, wanted: PolicyText) -> tuple[str, PolicyClause]:
    """Number and heading that an insertion begins with, which no model rewords, and the clause behind them."""
    for clause in wanted.clauses:
        if hunk.new.endswith(clause.text):
            lead = hunk.new[: -len(clause.text)]
            return lead, PolicyClause(id=hunk.clause, heading=clause.heading, text=clause.text)
    return "", PolicyClause(id=hunk.clause, heading=hunk.heading, text=hunk.new)


def _with_wording(hunk: Hunk, lead: str, worded: Worded | None) -> Hunk:
    """The hunk in the model's words where they passed, else with the reason why they did not."""
    if worded is not None and hunk.clause in worded.texts:
        return hunk.model_copy(update={"new": lead + worded.texts[hunk.clause], "wording": "model"})
    if worded is not None and hunk.clause in worded.dropped:
        return hunk.model_copy(update={"note": f"The model's wording was dropped: {worded.dropped[hunk.clause]}."})
    return hunk


def _near(text: PolicyText, section_id: str) -> str:
    home = next((one for one in text.sections if one.id == section_id), None)
    return " ".join(clause.text for clause in home.clauses[:6]) if home else ""


def _with_texts(text: PolicyText, texts: Mapping[str, str]) -> PolicyText:
    sections = tuple(
        section.model_copy(
            update={
                "clauses": tuple(
                    clause.model_copy(update={"text": texts[clause.id]}) if clause.id in texts else clause
                    for clause in section.clauses
                )
            }
        )
        for section in text.sections
    )
    return text.model_copy(update={"sections": sections})


def _mapped(text: PolicyText, mapping: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> PolicyText:
    """The text with what its clauses are found to meet and serve beside what they are mapped to; for the table only."""

    def one(clause: PolicyClause) -> PolicyClause:
        met, served = mapping.get(clause.id, ((), ()))
        requirements = tuple(dict.fromkeys((*clause.requirements, *met)))
        return clause.model_copy(
            update={"requirements": requirements, "partly": tuple(dict.fromkeys((*clause.partly, *served)))}
        )

    sections = tuple(s.model_copy(update={"clauses": tuple(one(c) for c in s.clauses)}) for s in text.sections)
    return text.model_copy(update={"sections": sections})


def _dropped(text: PolicyText, worded: Worded | None) -> tuple[str, ...]:
    if worded is None:
        return ()
    return tuple(
        f"{clause.number or clause.heading}: the model's wording was dropped ({worded.dropped[clause.id]})."
        for clause in text.clauses
        if clause.id in worded.dropped
    )
