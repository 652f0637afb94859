"""What to confirm about a filled policy: laws presumed, sizes unknown, figures too wide, demands too high (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from advisor.policies.templates.effort import SMALL, beyond_small
from advisor.policies.templates.facts import Facts, laws
from advisor.policies.templates.interface import Clause, FilledClause, Parameter, ParameterValue, RequirementRef
from knowledge.frameworks.loader import load_pack


def assumptions(
    facts: Facts,
    kept: Iterable[Clause],
    filled: Sequence[FilledClause],
    parameters: Mapping[str, Parameter],
    values: Mapping[str, ParameterValue],
) -> tuple[str, ...]:
    """One sentence or two for each thing to confirm, most important first."""
    hanging = {regime for clause in kept for regime in clause.when.regimes}
    told = [text for regime, text in facts.presumed.items() if regime in hanging]
    bound = {*facts.client.frameworks, *(i for law in laws() if law.id in facts.regimes for i in law.frameworks)}
    told += _too_wide(parameters, values, bound)
    if facts.client.headcount is None:
        told.append(f"Headcount is not known; the policy is written for {facts.headcount} people.")
    elif facts.headcount < SMALL and (numbers := beyond_small(filled, bound)):
        told.append(
            f"{_clauses(numbers)} for more than the frameworks in scope, and than CIS expects of a firm of fewer "
            f"than {SMALL} people (implementation group 1). Keep what is done or planned and strike the rest."
        )
    return tuple(told)


def broken_by(parameter: Parameter, value: ParameterValue) -> frozenset[RequirementRef]:
    """Requirements whose figure a value does not keep."""
    if not value.value.isdigit():
        return frozenset()
    number = int(value.value)
    return frozenset(ref for limit in parameter.limits if not limit.keeps(number) for ref in limit.requirements)


def _too_wide(
    parameters: Mapping[str, Parameter], values: Mapping[str, ParameterValue], bound: Collection[str]
) -> list[str]:
    told: list[str] = []
    for name, value in values.items():
        for ref in sorted(broken_by(parameters[name], value)):
            framework, _, i = ref.partition(":")
            if framework in bound:
                short = load_pack(framework).framework.short
                figure = f"{value.value} {parameters[name].unit}"
                told.append(f"{value.label}: {figure} is not what {short} {i} asks for; it counts as partly met.")
    return told


def _clauses(numbers: Sequence[str]) -> str:
    if len(numbers) == 1:
        return f"Clause {numbers[0]} asks"
    return f"Clauses {', '.join(numbers[:-1])} and {numbers[-1]} ask"
