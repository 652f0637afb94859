"""One item per thing to do: takes round-ups apart, and joins stories that are about the same CVE."""

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
    """A verdict on a news report, without the CVEs whose records name other products only.

    Without this, "four flaws are exploited" would date each product by the worst of the four. A CVE whose record names
    no product stays. Where no record names the subject's product, a verdict on the product stays as it is: which of
    the CVEs is meant is then not known. One on the vendor's name alone keeps only CVEs of that vendor, if any.
    """
    if verdict.item.kind != "news" or not verdict.cve_ids or verdict.match.subject_kind == "client":
        return verdict
    by_vendor = verdict.kind == "vendor-only"
    if by_vendor or len(verdict.cve_ids) > 1:
        wanted = _subject_names(verdict, facts, vendors=by_vendor)
        named = {cve: _record_names(cve, facts, vendors=by_vendor) for cve in verdict.cve_ids}
        if by_vendor or any(_meet(wanted, names) for names in named.values()):
            fitting = tuple(cve for cve, names in named.items() if not names or _meet(wanted, names))
            return verdict.model_copy(update={"cve_ids": fitting})
    return verdict


def _folded(name: str) -> str:
    return _NOT_WORD.sub("", name.casefold())


def _subject_names(verdict: Verdict, facts: BriefFacts, *, vendors: bool) -> set[str]:
    match = verdict.match
    names: list[str] = []
    if match.subject_kind == "asset" and (asset := facts.assets.get(match.subject_id)):
        names = [asset.product, asset.vendor if vendors else ""]
    elif match.subject_kind == "third-party" and (party := facts.third_parties.get(match.subject_id)):
        told = _folded(" ".join(piece.text for piece in match.evidence))
        tools = [tool for tool in party.tools if _folded(tool.product) and _folded(tool.product) in told]
        names = [tool.product for tool in tools]
        if vendors:
            names += [party.name, *(tool.vendor for tool in tools)]
    return {folded for name in names if (folded := _folded(name))}


def _record_names(cve: CveId, facts: BriefFacts, *, vendors: bool) -> set[str]:
    names: list[str] = []
    if entry := facts.kev.get(cve):
        names += [entry.product, entry.vendor if vendors else ""]
    if record := facts.vulnerabilities.get(cve):
        names += [affected.product for affected in record.affected]
        names += [affected.vendor for affected in record.affected if vendors]
        names += [
            part
            for configuration in record.configurations
            for node in configuration.nodes
            for match in node.matches
            if match.vulnerable and match.criteria.count(":") > 4
            for part in match.criteria.split(":")[3 if vendors else 4 : 5]
        ]
    return {folded for name in names if (folded := _folded(name))}


def _meet(ours: Iterable[str], theirs: set[str]) -> bool:
    return any(
        mine == other or (min(len(mine), len(other)) >= _SHORTEST and (mine in other or other in mine))
        for mine in ours
        for other in theirs
    )


Told = tuple[Story, list[Verdict]]
"""A story with the verdicts on its items."""


def joined(told: Sequence[Told]) -> list[Told]:
    """Stories whose verdicts are about the same CVE, made one: the grouping of texts cannot see a CVE record.

    To be called on `parts` of narrowed verdicts, so that a round-up does not tie its products together. The first
    story of each group gives its id and title.
    """
    marks = [{cve for verdict in verdicts if _links(verdict) for cve in verdict.cve_ids} for _, verdicts in told]
    return [_one([told[position] for position in group]) for group in _connected(marks)]


def _connected(marks: Sequence[set[str]]) -> list[list[int]]:
    """Positions that share a mark, directly or through others, together; in the order of the first of each group."""
    holder: dict[str, int] = {}
    parent = list(range(len(marks)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    for position, own in enumerate(marks):
        for mark in sorted(own):
            first, second = sorted((root(holder.setdefault(mark, position)), root(position)))
            parent[second] = first
    groups: dict[int, list[int]] = {}
    for position in range(len(marks)):
        groups.setdefault(root(position), []).append(position)
    return list(groups.values())


def _one(members: Sequence[Told]) -> Told:
    if len(members) == 1:
        return members[0]
    stories = sorted((story for story, _ in members), key=lambda story: (story.first_at, story.id))
    whole = stories[0].model_copy(
        update={
            "items": tuple(dict.fromkeys(item for story in stories for item in story.items)),
            "cve_ids": tuple(sorted({cve for story in stories for cve in story.cve_ids})),
            "last_at": max(story.last_at for story in stories),
        }
    )
    return whole, [verdict for _, verdicts in members for verdict in verdicts]


def _links(verdict: Verdict) -> bool:
    return bool(verdict.cve_ids) and verdict.match.subject_kind != "client"


def parts(story: Story, verdicts: Sequence[Verdict]) -> list[Told]:
    """The story, or its parts where its verdicts fall apart into groups that share neither a CVE nor a subject.

    Verdicts without a CVE, and those on the client's profile, go with the first part: they are about the report as a
    whole. Every part keeps the items that no verdict is about, and its id follows from its smallest CVE id.
    """
    linking = [verdict for verdict in verdicts if _links(verdict)]
    groups = _connected(
        [{*verdict.cve_ids, f"{verdict.match.subject_kind} {verdict.match.subject_id}"} for verdict in linking]
    )
    if len(groups) < 2:
        return [(story, list(verdicts))]
    ordered = sorted(([linking[position] for position in group] for group in groups), key=_first_cve)
    first = {cve for verdict in ordered[0] for cve in verdict.cve_ids}
    loose = [
        verdict.model_copy(update={"cve_ids": tuple(cve for cve in verdict.cve_ids if cve in first)})
        for verdict in verdicts
        if verdict not in linking
    ]
    judged = {verdict.item for verdict in verdicts}
    told: list[Told] = []
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
