"""Which clauses of a policy meet a requirement, which only serve it, and what no clause speaks to (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.policies.templates.interface import CoverageRow, FilledClause, FilledPolicy, RequirementRef
from advisor.policies.templates.library import together
from knowledge.errors import NotFoundError
from knowledge.frameworks.catalogue import Catalogue, shipped
from knowledge.frameworks.loader import Pack
from knowledge.records.framework import Requirement

_NIST, _TEXAS = "nist-sp-800-53-r5", "tx-ramp"


def coverage(
    filled: FilledPolicy | Iterable[FilledPolicy],
    requirement_ids: Iterable[RequirementRef],
    catalogue: Catalogue | None = None,
) -> tuple[CoverageRow, ...]:
    """One row for each requirement asked for, in that order.

    A requirement is met where a clause names it as met; in a set also where the clauses that meet it together
    (data/together.yaml) are all there; a row above others also where all assessable rows under it are met. It is
    partly met where a clause only serves it, or only some rows under it are met.

    Args:
        filled: a policy, or several read as one set; numbers of a set carry the title (`Backup Policy 2.1`).
        requirement_ids: `framework:ID`.
        catalogue: where to look them up; default the shipped packs.

    Raises:
        NotFoundError: a framework or an id that is not in the catalogue.
    """
    policies = (filled,) if isinstance(filled, FilledPolicy) else tuple(filled)
    known = catalogue or shipped()
    met: dict[str, list[str]] = {}
    served: dict[str, list[str]] = {}
    numbers: dict[tuple[str, str], str] = {}
    for policy in policies:
        for clause in policy.clauses:
            number = clause.number if len(policies) == 1 else f"{policy.title} {clause.number}"
            _put(met, served, clause, number)
            numbers[policy.topic, clause.id] = number
    for ref, one in together().items():
        if ref not in met and all(pair in numbers for pair in one.clauses):
            met[ref] = [numbers[pair] for pair in one.clauses]
    return tuple(_row(ref, known, met, served) for ref in requirement_ids)


def _put(met: dict[str, list[str]], served: dict[str, list[str]], clause: FilledClause, number: str) -> None:
    for there, refs in ((met, clause.requirements), (served, clause.partly)):
        for ref in refs:
            there.setdefault(ref, []).append(number)
            framework, _, i = ref.partition(":")
            if framework == _NIST:
                # TX-RAMP demands these controls under the same ids.
                there.setdefault(f"{_TEXAS}:{i}", []).append(number)


def _row(
    ref: RequirementRef, catalogue: Catalogue, met: Mapping[str, list[str]], served: Mapping[str, list[str]]
) -> CoverageRow:
    framework, _, i = ref.partition(":")
    pack = catalogue.pack(framework)
    row = pack.get(i)
    if row is None:
        raise NotFoundError("is no requirement of this framework", subject=ref[:120])
    base = {"requirement": ref, "label": f"{pack.framework.short} {row.id}", "title": row.title}
    if ref in met:
        return CoverageRow(**base, state="met", clauses=_once(met[ref]))
    under = [one for one in pack.descendants(i) if one.assessable and not one.withdrawn]
    done = [one for one in under if f"{framework}:{one.id}" in met]
    numbers = [n for one in done for n in met[f"{framework}:{one.id}"]]
    if under and len(done) == len(under) and not row.assessable:
        return CoverageRow(**base, state="met", clauses=_once(numbers))
    if ref in served or done:
        numbers = [*served.get(ref, ()), *numbers]
        return CoverageRow(**base, state="partly", clauses=_once(numbers), note=_open(pack, row, under, done))
    return CoverageRow(**base, state="missing")


def _open(pack: Pack, row: Requirement, under: list[Requirement], done: list[Requirement]) -> str:
    left = [one.id for one in under if one not in done]
    if left and done:
        return f"No clause for {', '.join(left[:5])}{' and others' if len(left) > 5 else ''}."
    return f"The clauses serve {pack.framework.short} {row.id} and do not meet all of it."


def _once(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(numbers))
