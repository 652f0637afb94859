"""Proposals that something outside gives rise to: an item of the brief, a person's own idea."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from advisor.notes import find_item
from advisor.policies.draft import filled_for
from advisor.policies.find import base_version, clause_id, named_owner
from advisor.policies.likeness import likeness, weigh
from advisor.policies.merge import insertion, joined, replacement, takes_rules
from advisor.policies.requirements import cite, client_catalogue, in_scope, label_of, refs
from advisor.policies.templates.library import topics
from advisor.policies.triggers import TriggerRule, applying, facts_of, says_already
from advisor.proposals import NOT_KEPT, keep_proposal
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.places import Places
from knowledge.records.answer import Citation
from knowledge.records.base import ClientId
from knowledge.records.brief import BriefItem
from knowledge.records.client import Client
from knowledge.records.policy import Policy, PolicyClause, PolicySection, PolicyText, PolicyVersion
from knowledge.records.proposal import Hunk, Proposal, Trigger
from knowledge.records.vulnerability import KevEntry
from knowledge.store.units import ClientUnit

_ANCHORED = 0.12
"""From here on a sentence goes behind a clause; below it becomes a clause of its own."""
MAX_CITED = 2


@dataclass(frozen=True)
class Outcome:
    """What a rule gave for one policy topic."""

    topic: str
    rule: str
    sentence: str
    """For a person: what is proposed, or why nothing is."""
    proposal: Proposal | None = None


def propose_for_item(places: Places, client_id: ClientId, which: str, now: datetime) -> tuple[Outcome, ...]:
    """Proposals to change the client's policies because of an item of its newest brief; nothing is applied.

    Args:
        which: number of the item in the newest brief, its key, or a CVE id.

    Returns:
        One outcome for each topic that the item concerns; empty where no rule sees one.

    Raises:
        NotFoundError: no such client or item.
    """
    with places.client(client_id) as place, place.read() as unit:
        item = find_item(unit.briefs.latest(), which)
    return propose_for(places, client_id, item, now)


def propose_for(places: Places, client_id: ClientId, item: BriefItem, now: datetime) -> tuple[Outcome, ...]:
    """As `propose_for_item`, for an item at hand."""
    profile = places.profile(client_id)
    with places.shared().read() as shared:
        kev = shared.vulnerabilities.kev(item.cve_ids)
    with places.client(client_id) as place:
        with place.read() as unit:
            assets = {asset.id: asset for asset in unit.assets.list()}
            found = applying(facts_of(item, assets))
            states = [(rule, state_of(unit, rule, item.key)) for rule in found]
        judged = [(rule, state, judge(rule, state)) for rule, state in states]
        if all(outcome is not None for _, _, outcome in judged):
            return tuple(outcome for _, _, outcome in judged if outcome is not None)
        catalogue = client_catalogue(places, client_id)
        outcomes: list[Outcome] = []
        for rule, state, known in judged:
            if known is not None:
                outcomes.append(known)
                continue
            assert state.policy is not None and state.version is not None
            job = _ItemJob(item, profile, catalogue, kev, who_answers(places, client_id, state.policy))
            proposal = keep_proposal(place, job.proposal(rule, state.policy, state.version, now, place.actor), now)
            outcomes.append(Outcome(rule.topic, rule.id, proposal_line(proposal), proposal))
    return tuple(outcomes)


def proposal_line(proposal: Proposal) -> str:
    """What a brief says of a proposal: why, and `Proposal P-118 adds a sentence to section 5.3 of your ...`."""
    hunk = proposal.hunks[0]
    where = f"section {hunk.clause_number}" if hunk.clause_number else f"“{hunk.section_heading}”"
    verb = "adds a clause to" if hunk.kind == "insert" else "adds a sentence to"
    return f"{hunk.reason.rstrip('.')}. Proposal {proposal.id} {verb} {where} of your {proposal.policy_title}."


def trigger_of(places: Places, client_id: ClientId, which: str) -> tuple[Trigger, tuple[Citation, ...]]:
    """A brief item as the trigger of a draft, with what it rests on, quoted.

    Raises:
        NotFoundError: no such client or item.
    """
    profile = places.profile(client_id)
    with places.client(client_id) as place, place.read() as unit:
        item = find_item(unit.briefs.latest(), which)
    with places.shared().read() as shared:
        kev = shared.vulnerabilities.kev(item.cve_ids)
    job = _ItemJob(item, profile, client_catalogue(places, client_id), kev, "")
    return Trigger(kind="headline verdict", ref=item.key, title=item.headline), job.evidence()


@dataclass(frozen=True)
class State:
    """The client's policy on a topic, as a rule finds it."""

    policy: Policy | None
    version: PolicyVersion | None
    earlier: Proposal | None


def state_of(unit: ClientUnit, rule: TriggerRule, ref: str) -> State:
    """The policy, its text, and the proposal of the same rule that waits already or was decided for this item."""
    policy = next((one for one in unit.policies.list() if one.topic == rule.topic), None)
    if policy is None:
        return State(None, None, None)
    known = [one for one in unit.proposals.list(decided=True, policy_id=policy.id) if one.trigger.rule == rule.id]
    waiting = [one for one in known if one.status == "open"]
    decided = [one for one in known if one.trigger.ref == ref]
    return State(policy, base_version(unit, policy.id), next(iter((*waiting, *decided)), None))


def judge(rule: TriggerRule, state: State) -> Outcome | None:
    """Why nothing is proposed; None where something is."""
    if state.policy is None or state.version is None:
        has = "draft one from its template" if rule.topic in topics() else "write one"
        return Outcome(rule.topic, rule.id, f"there is no policy on {rule.topic.replace('-', ' ')}: {has}")
    said = says_already(rule, state.version.text)
    if said is not None:
        where = f"section {said.number}" if said.number else f"“{said.heading}”"
        return Outcome(rule.topic, rule.id, f"your {state.version.label} says so already, {where}")
    if state.earlier is not None and state.earlier.status != "open":
        decided = f"{state.earlier.id} was {state.earlier.status}"
        return Outcome(rule.topic, rule.id, f"{decided} by {state.earlier.reviewer}", state.earlier)
    if state.earlier is not None:
        return Outcome(rule.topic, rule.id, proposal_line(state.earlier), state.earlier)
    return None


def who_answers(places: Places, client_id: ClientId, policy: Policy) -> str:
    """Who answers for a policy, as a sentence names it."""
    if policy.owner:
        return named_owner(policy.owner)
    if policy.topic in topics():
        for value in filled_for(places, client_id, policy.topic).values:
            if value.name == "security_officer":
                return value.value
    return "the security officer"


@dataclass(frozen=True)
class _ItemJob:
    item: BriefItem
    profile: Client
    catalogue: Catalogue
    kev: dict[str, KevEntry]
    who: str

    def proposal(self, rule: TriggerRule, policy: Policy, base: PolicyVersion, now: datetime, actor: str) -> Proposal:
        scope = in_scope(rule.requirements, self.profile.frameworks)
        because = self.evidence()
        cited = (*because, *(cite(ref, self.catalogue) for ref in scope[:MAX_CITED]))
        words = {"who": self.who, "cve": self.item.cve_ids[0] if self.item.cve_ids else "it", "subject": self.subject()}
        sentence, why = rule.sentence.format(**words), rule.reason.format(**words)
        labels = ", ".join(label_of(ref, self.catalogue) for ref in scope[:3])
        clause = PolicyClause(
            id=rule.id,
            heading=rule.heading,
            text=sentence[:1].upper() + sentence[1:],
            requirements=rule.requirements,
            evidence=rule.evidence,
        )
        hunk = placed(base.text, clause, rule.anchor).model_copy(
            update={"reason": f"{why[:1].upper()}{why[1:]} ({labels}).", "citations": cited}
        )
        return Proposal(
            id=NOT_KEPT,
            policy_id=policy.id,
            policy_title=policy.title,
            topic=policy.topic,
            base=base.number,
            base_sha256=base.sha256,
            trigger=Trigger(kind="headline verdict", ref=self.item.key, title=self.item.headline, rule=rule.id),
            summary=f"{rule.heading}, because of {words['cve']} ({words['subject']})",
            hunks=(hunk,),
            sources=because,
            owner=policy.owner,
            review_months=policy.review_months,
            created_at=now,
            created_by=actor,
        )

    def subject(self) -> str:
        """The asset or supplier that the item touches first."""
        for verdict in self.item.verdicts:
            if verdict.kind in ("affected", "version-unknown", "vendor-only"):
                return verdict.match.subject_name
        return self.profile.name

    def evidence(self) -> tuple[Citation, ...]:
        """What the item rests on: the entry of the catalogue, else its source; and the client's own row."""
        found: list[Citation] = []
        for cve in self.item.cve_ids:
            if entry := self.kev.get(cve):
                found.append(
                    Citation(
                        passage_id=f"kev:{cve}",
                        source="CISA Known Exploited Vulnerabilities",
                        locator=f"{cve}, added {entry.date_added.isoformat()}",
                        quote=entry.description or entry.name or f"{entry.vendor} {entry.product}",
                    )
                )
                break
        if not found and self.item.sources:
            link = self.item.sources[0]
            day = f", {link.published_at:%Y-%m-%d}" if link.published_at else ""
            found.append(
                Citation(
                    passage_id=f"item:{self.item.key}",
                    source=link.publisher or "a source of the brief",
                    locator=f"{link.url or 'the item'}{day}",
                    quote=link.title,
                )
            )
        for verdict in self.item.verdicts:
            own = next((e for e in verdict.match.evidence if e.kind in ("asset", "supplier") and e.text), None)
            if own is not None:
                found.append(
                    Citation(
                        passage_id=f"{verdict.match.subject_kind}:{verdict.match.subject_id}",
                        source="the client's vendors" if verdict.match.subject_kind == "third-party" else "inventory",
                        locator=f"{verdict.match.subject_name}, {own.locator.rpartition('.')[2]}".rstrip(", "),
                        quote=own.text,
                    )
                )
                break
        return tuple(found)


def placed(text: PolicyText, clause: PolicyClause, anchor: str) -> Hunk:
    """Where a demand goes that a policy lacks: behind the clause nearest to the anchor's words, else a new clause.

    Reason and citations are the caller's.
    """
    weights = weigh([anchor, clause.text, *(one.text for one in text.clauses)])
    words = f"{anchor} {clause.heading}"
    rules_ = [one for one in text.clauses if one.kind != "text"]
    best = max(rules_, key=lambda one: likeness(words, f"{one.heading} {one.text}", weights), default=None)
    if best is not None and likeness(words, f"{best.heading} {best.text}", weights) >= _ANCHORED:
        hunk = replacement(text, best, joined(best.text, [clause.text]), number=1)
        return hunk.model_copy(
            update={
                "requirements": tuple(dict.fromkeys((*best.requirements, *clause.requirements))),
                "evidence": "; ".join(filter(None, (best.evidence, clause.evidence))),
            }
        )
    homes = [one for one in text.sections if takes_rules(one)]
    home = max(
        homes,
        key=lambda one: likeness(words, " ".join((one.heading, *(c.text for c in one.clauses))), weights),
        default=text.sections[-1] if text.sections else PolicySection(id="rules", heading="Rules"),
    )
    taken = {one.id for one in text.clauses}
    in_document = any(one.part is not None for one in text.clauses)
    made = not text.sections
    return insertion(home, clause, number=1, taken=taken, in_document=in_document, new_section=made)


def propose_by_hand(
    places: Places,
    client_id: ClientId,
    policy_id: str,
    now: datetime,
    *,
    clause: str,
    text: str,
    reason: str,
    requirements: Sequence[str] = (),
) -> Proposal:
    """A person's own change to one clause, put before the others as a proposal.

    Args:
        clause: number or id of the clause.
        text: its new text; empty: the clause goes.
        reason: why.
        requirements: what the clause meets after the change, `FRAMEWORK:ID`; empty: as before.

    Raises:
        NotFoundError: no such policy, clause or requirement.
        UsageError: no reason.
        ConflictError: the text is as it is already.
    """
    if not reason.strip():
        raise UsageError("a proposal needs a reason", subject=policy_id, hint="Say why with --reason.")
    meets = refs(requirements, client_catalogue(places, client_id)) if requirements else ()
    with places.client(client_id) as place:
        with place.read() as unit:
            policy = unit.policies.get(policy_id)
            base = base_version(unit, policy_id)
        own = base.text.clause(clause_id(base, clause))
        if own is None:
            raise NotFoundError("no such clause", subject=clause)
        words = text.strip()
        if words == own.text and (not meets or meets == own.requirements):
            raise ConflictError("is the clause as it stands", subject=f"{base.label} {own.number}")
        hunk = replacement(base.text, own, words or own.text, number=1).model_copy(
            update={
                "kind": "replace" if words else "delete",
                "new": words,
                "requirements": meets or own.requirements,
                "reason": reason.strip(),
                "wording": "person",
            }
        )
        proposal = Proposal(
            id=NOT_KEPT,
            policy_id=policy.id,
            policy_title=policy.title,
            topic=policy.topic,
            base=base.number,
            base_sha256=base.sha256,
            trigger=Trigger(kind="manual", title=reason.strip()[:200]),
            summary=f"{own.number or own.heading or 'A clause'}: {reason.strip()}",
            hunks=(hunk,),
            created_at=now,
            created_by=place.actor,
        )
        return keep_proposal(place, proposal, now)
