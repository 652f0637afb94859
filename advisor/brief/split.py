"""Takes a round-up apart: one report on several flaws is as many items as there are separate things to do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final

from advisor.brief.facts import BriefFacts
from knowledge.records.base import CveId
from knowledge.records.triage import Story, Verdict

_NOT_WORD: Final = re.compile(r"[\W_]+")
_SHORTEST: Final = 4
"""A shorter name inside another says nothing (`ios` in `kiosk`)."""


def narrowed(verdict: Verdict, facts: BriefFacts) -> Verdict:
    """A verdict on a report of several CVEs, without those whose records name other products only.

    Without this, "four flaws are exploited" would date each product by the worst of the four. A CVE whose record names
    no product stays, and where no record names the subject's product, the verdict stays as it is: which of the CVEs
    is meant is then not known.
    """
    if verdict.item.kind != "news" or len(verdict.cve_ids) < 2:
        return verdict
    wanted = _subject_names(verdict, facts)
    named = {cve: _record_names(cve, facts) for cve in verdict.cve_ids}
    if not any(_meet(wanted, names) for names in named.values()):
        return verdict
    fitting = tuple(cve for cve, names in named.items() if not names or _meet(wanted, names))
    return verdict.model_copy(update={"cve_ids": fitting})


def _folded(name: str) -> str:
    return _NOT_WORD.sub("", name.casefold())


def _subject_names(verdict: Verdict, facts: BriefFacts) -> set[str]:
    match = verdict.match
    names: list[str] = []
    if match.subject_kind == "asset" and (asset := facts.assets.get(match.subject_id)):
        names = [asset.product]
    elif match.subject_kind == "third-party" and (party := facts.third_parties.get(match.subject_id)):
        told = _folded(" ".join(piece.text for piece in match.evidence))
        names = [tool.product for tool in party.tools if _folded(tool.product) and _folded(tool.product) in told]
    return {folded for name in names if (folded := _folded(name))}


def _record_names(cve: CveId, facts: BriefFacts) -> set[str]:
    names: list[str] = []
    if entry := facts.kev.get(cve):
        names.append(entry.product)
    if record := facts.vulnerabilities.get(cve):
        names += [affected.product for affected in record.affected]
        names += [
            match.criteria.split(":")[4]
            for configuration in record.configurations
            for node in configuration.nodes
            for match in node.matches
            if match.vulnerable and match.criteria.count(":") > 4
        ]
    return {folded for name in names if (folded := _folded(name))}


def _meet(ours: Iterable[str], theirs: set[str]) -> bool:
    return any(
        mine == other or (min(len(mine), len(other)) >= _SHORTEST and (mine in other or other in mine))
        for mine in ours
        for other in theirs
    )


def parts(story: Story, verdicts: Sequence[Verdict]) -> list[tuple[Story, list[Verdict]]]:
    """The story, or its parts where its verdicts fall apart into groups that share neither a CVE nor a subject.

    Verdicts without a CVE, and those on the client's profile, go with the first part: they are about the report as a
    whole. Every part keeps the items that no verdict is about, and its id follows from its smallest CVE id.
    """
    linking = [verdict for verdict in verdicts if verdict.cve_ids and verdict.match.subject_kind != "client"]
    groups: list[tuple[set[str], list[Verdict]]] = []
    for verdict in linking:
        marks = {*verdict.cve_ids, f"{verdict.match.subject_kind} {verdict.match.subject_id}"}
        found = [verdict]
        apart: list[tuple[set[str], list[Verdict]]] = []
        for other_marks, others in groups:
            if marks & other_marks:
                marks |= other_marks
                found = [*others, *found]
            else:
                apart.append((other_marks, others))
        groups = [*apart, (marks, found)]
    if len(groups) < 2:
        return [(story, list(verdicts))]
    ordered = sorted((found for _, found in groups), key=_first_cve)
    first = {cve for verdict in ordered[0] for cve in verdict.cve_ids}
    loose = [
        verdict.model_copy(update={"cve_ids": tuple(cve for cve in verdict.cve_ids if cve in first)})
        for verdict in verdicts
        if verdict not in linking
    ]
    judged = {verdict.item for verdict in verdicts}
    told: list[tuple[Story, list[Verdict]]] = []
    for position, found in enumerate(ordered):
        own = [*found, *loose] if position == 0 else found
        about = {verdict.item for verdict in own}
        part = story.model_copy(
            update={
                "id": "s-" + hashlib.sha256(f"{story.id} {_first_cve(found)}".encode()).hexdigest()[:12],
                "items": tuple(item for item in story.items if item in about or item not in judged),
                "cve_ids": tuple(sorted({cve for verdict in found for cve in verdict.cve_ids})),
            }
        )
        told.append((part, own))
    return told


def _first_cve(verdicts: Iterable[Verdict]) -> CveId:
    return min(cve for verdict in verdicts for cve in verdict.cve_ids)
