"""Proposals because of an incident or a finding, told in the CISO's own words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from advisor.policies.draft import Wanted, draft_policy
from advisor.policies.propose import MAX_CITED, Outcome, judge, placed, proposal_line, state_of, who_answers
from advisor.policies.requirements import cite, client_catalogue, in_scope, label_of, refs
from advisor.policies.templates.library import load, topics
from advisor.policies.triggers import ItemFacts, TriggerRule, applying
from advisor.proposals import NOT_KEPT, keep_proposal
from knowledge.errors import NotFoundError, UsageError
from knowledge.places import Places
from knowledge.records.answer import Citation
from knowledge.records.base import ClientId
from knowledge.records.policy import PolicyClause
from knowledge.records.proposal import Proposal, Trigger

MAX_WORDS = 2_000
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}", re.IGNORECASE)
_RANSOM = re.compile(r"\bransom", re.IGNORECASE)


@dataclass(frozen=True)
class Reported:
    """What happened or was found."""

    kind: Literal["incident", "finding"]
    words: str
    """As the CISO wrote it."""

    @property
    def trigger(self) -> Trigger:
        """The trigger of a proposal; told again in the same words it is the same one."""
        ref = hashlib.sha256(self.words.encode()).hexdigest()[:12]
        return Trigger(kind=self.kind, ref=f"{self.kind}:{ref}", title=self.words[:200])

    @property
    def citation(self) -> Citation:
        """The words, verbatim."""
        return Citation(
            passage_id=self.trigger.ref, source=f"the {self.kind}", locator="as reported by the CISO", quote=self.words
        )


def propose_for_reported(
    places: Places,
    client_id: ClientId,
    reported: Reported,
    now: datetime,
    *,
    topic: str = "",
    requirements: Sequence[str] = (),
) -> tuple[Outcome, ...]:
    """Proposals to change policies because of an incident or a finding; nothing is applied.

    The rules that judge brief items judge the words. With requirements, the clauses of our templates that serve them
    are proposed instead; with a topic alone, what its rule asks for or, without one, what the policy on it lacks.

    Args:
        topic: only the policy on this topic.
        requirements: `FRAMEWORK:ID` that the report says are not met.

    Returns:
        One outcome for each topic; empty where no rule sees one and neither topic nor requirement is named.

    Raises:
        UsageError: no words or too many, or the template of the topic has no clause for the requirements.
        NotFoundError: no such client, topic or requirement, or no template serves the requirements.
    """
    words = reported.words.strip()
    if not words or len(words) > MAX_WORDS:
        message = f"has more than {MAX_WORDS:,} characters" if words else "has no words"
        raise UsageError(message, subject=f"the {reported.kind}", hint="Say in a sentence or two what it is.")
    if topic and topic not in topics():
        raise NotFoundError("no such topic", subject=topic[:60], hint=f"Topics: {', '.join(topics())}.")
    told = Reported(reported.kind, words)
    if not requirements:
        facts = _facts(places, client_id, words)
        found = [rule for rule in applying(facts) if not topic or rule.topic == topic]
        if found:
            return tuple(_by_rule(places, client_id, told, rule, now) for rule in found)
    chosen = (topic,) if topic else _topics_for(places, client_id, requirements)
    wanted = [Wanted(one, tuple(requirements), told.trigger, (told.citation,)) for one in chosen]
    return tuple(_by_template(places, client_id, one, now) for one in wanted)


def _facts(places: Places, client_id: ClientId, words: str) -> ItemFacts:
    """What the words say, with the assets and vendors of the client that they name."""
    with places.client(client_id) as place, place.read() as unit:
        assets = [one for one in unit.assets.list() if _names(words, one.name)]
        vendors = [one for one in unit.third_parties.list() if _names(words, one.name)]
    cves = tuple(one.upper() for one in _CVE.findall(words))
    with places.shared().read() as shared:
        kev = bool(cves) and bool(shared.vulnerabilities.kev(cves))
    subjects = {"client", *(["asset"] if assets else []), *(["third-party"] if vendors else [])}
    return ItemFacts(
        kev=kev,
        ransomware=bool(_RANSOM.search(words)),
        subjects=frozenset(subjects),  # type: ignore[arg-type]
        exposed=any(one.exposure == "internet" for one in assets),
        verdicts=frozenset(),
        text=words.casefold(),
    )


def _names(words: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE) is not None


def _topics_for(places: Places, client_id: ClientId, requirements: Sequence[str]) -> tuple[str, ...]:
    """The topics whose template meets the requirements, else serves them: those with a policy, else the first."""
    if not requirements:
        return ()
    named = set(refs(requirements, client_catalogue(places, client_id)))
    clauses = {one: load(one).clauses for one in topics()}
    met = tuple(one for one, rows in clauses.items() if any(named & set(row.requirements) for row in rows))
    found = met or tuple(one for one, rows in clauses.items() if any(named & set(row.partly) for row in rows))
    if not found:
        raise NotFoundError("no template has a clause for it", subject=", ".join(requirements)[:80])
    with places.client(client_id) as place, place.read() as unit:
        there = {one.topic for one in unit.policies.list()}
    return tuple(one for one in found if one in there) or found[:1]


def _by_template(places: Places, client_id: ClientId, wanted: Wanted, now: datetime) -> Outcome:
    proposal = draft_policy(places, client_id, wanted, now).proposal
    said = f"Proposal {proposal.id}: {proposal.summary}" if proposal else "your policy says all of it already"
    return Outcome(wanted.topic, "", said, proposal)


def _by_rule(places: Places, client_id: ClientId, told: Reported, rule: TriggerRule, now: datetime) -> Outcome:
    with places.client(client_id) as place:
        with place.read() as unit:
            state = state_of(unit, rule, told.trigger.ref)
        known = judge(rule, state)
        if known is not None:
            return known
        assert state.policy is not None and state.version is not None
        catalogue = client_catalogue(places, client_id)
        scope = in_scope(rule.requirements, places.profile(client_id).frameworks)
        labels = ", ".join(label_of(ref, catalogue) for ref in scope[:3])
        who = who_answers(places, client_id, state.policy)
        sentence = rule.sentence.format(who=who, cve="the flaw", subject="the client")
        clause = PolicyClause(
            id=rule.id,
            heading=rule.heading,
            text=sentence[:1].upper() + sentence[1:],
            requirements=rule.requirements,
            evidence=rule.evidence,
        )
        cited = (told.citation, *(cite(ref, catalogue) for ref in scope[:MAX_CITED]))
        reason = f"The {told.kind} “{told.trigger.title}”: the policy has no rule on this ({labels})."
        hunk = placed(state.version.text, clause, rule.anchor).model_copy(update={"reason": reason, "citations": cited})
        proposal = Proposal(
            id=NOT_KEPT,
            policy_id=state.policy.id,
            policy_title=state.policy.title,
            topic=state.policy.topic,
            base=state.version.number,
            base_sha256=state.version.sha256,
            trigger=told.trigger.model_copy(update={"rule": rule.id}),
            summary=f"{rule.heading}, because of the {told.kind} “{told.words[:120]}”",
            hunks=(hunk,),
            sources=(told.citation,),
            owner=state.policy.owner,
            review_months=state.policy.review_months,
            created_at=now,
            created_by=place.actor,
        )
        kept = keep_proposal(place, proposal, now)
        return Outcome(rule.topic, rule.id, proposal_line(kept), kept)
