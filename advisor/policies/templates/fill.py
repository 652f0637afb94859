"""Fills a template from a client's profile, inventory and vendors; every value says where it came from (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from advisor.policies.templates.facts import Facts, facts_of, laws, plain
from advisor.policies.templates.interface import (
    Clause,
    Definition,
    FilledClause,
    FilledPolicy,
    FilledSection,
    Parameter,
    ParameterValue,
    Role,
    Template,
)
from advisor.policies.templates.library import BLANK, load, shared_parameters, titles, topics
from advisor.policies.templates.remarks import assumptions, broken_by
from knowledge.errors import IntegrityError, UsageError
from knowledge.frameworks.loader import load_pack
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client

MAX_PRODUCTS = 3
"""Products that one value names; the rest are in the inventory."""
MAX_OVERRIDE = 300
"""Characters of a value that the caller gives."""
_EVERY_ONE = re.compile(r"\bevery 1 (\w+)")
_SENTENCE_START = re.compile(r"(?:^|[.!?]\s+)$")
_NIST, _TEXAS = "nist-sp-800-53-r5:", "tx-ramp"


def fill(
    template: Template,
    profile: Client,
    assets: Sequence[Asset] = (),
    third_parties: Sequence[ThirdParty] = (),
    overrides: Mapping[str, str] | None = None,
) -> FilledPolicy:
    """A client's policy: the clauses that hold for it, numbered, every blank filled.

    Args:
        template: what to fill.
        profile: the client's record.
        assets: its inventory; products that the text names come from here.
        third_parties: its vendors.
        overrides: values by the name of the blank; they win over everything.

    Raises:
        UsageError: an override for a blank that no template has, or a value that does not fit it.
    """
    chosen = dict(overrides or {})
    facts = facts_of(profile, assets, third_parties)
    _check_overrides(template, chosen)
    kept = [
        (section, clauses)
        for section in template.sections
        if (clauses := [clause for clause in section.clauses if facts.holds(clause.when)])
    ]
    numbers = {
        clause.id: f"{major}.{minor}"
        for major, (_, clauses) in enumerate(kept, 1)
        for minor, clause in enumerate(clauses, 1)
    }
    writer = _Writer(template, facts, chosen, numbers)
    purpose, scope = writer.write(template.purpose), writer.write(template.scope)
    sections = tuple(
        FilledSection(
            number=major,
            heading=section.heading,
            kind=section.kind,
            clauses=tuple(_clause(clause, numbers[clause.id], writer) for clause in clauses),
        )
        for major, (section, clauses) in enumerate(kept, 1)
    )
    # In the order in which the document shows them: a product is named at its first mention.
    roles = tuple(Role(name=_capital(writer.write(role.name)), duty=writer.write(role.duty)) for role in template.roles)
    definitions = tuple(
        Definition(term=writer.write(one.term), meaning=writer.write(one.meaning)) for one in template.definitions
    )
    months = writer.write(template.review_months).split()[0]
    return FilledPolicy(
        topic=template.topic,
        title=template.title,
        template_version=template.version,
        purpose=purpose,
        scope=scope,
        sections=sections,
        roles=roles,
        definitions=definitions,
        references=_references(template, facts, sections),
        related=tuple(titles()[topic] for topic in template.related),
        review_months=int(months),
        values=tuple(writer.values.values()),
        assumptions=assumptions(
            facts,
            [clause for _, clauses in kept for clause in clauses],
            [clause for section in sections for clause in section.clauses],
            _parameters(template),
            writer.values,
        ),
    )


@dataclass
class _Writer:
    """Fills blanks and remembers which and with what."""

    template: Template
    facts: Facts
    overrides: Mapping[str, str]
    numbers: Mapping[str, str]
    values: dict[str, ParameterValue] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    """Blanks whose products have been named."""

    def write(self, text: str, used: list[str] | None = None) -> str:
        """The text with its blanks filled; names of the blanks are added to `used`."""
        text = " ".join(text.split())

        def put(blank: re.Match[str]) -> str:
            value = self._value(blank, used)
            return _capital(value) if _SENTENCE_START.search(text[: blank.start()]) else value

        return _EVERY_ONE.sub(r"every \1", BLANK.sub(put, text))

    def _value(self, blank: re.Match[str], used: list[str] | None) -> str:
        target = blank["target"]
        if blank["kind"] == "policy":
            return titles()[target]
        if blank["kind"] == "clause":
            number = self.numbers.get(target)
            if number is None:
                raise IntegrityError(
                    f"points to clause {target}, which does not hold for this client", subject=self.template.topic
                )
            return number
        name = blank["name"]
        if used is not None and name not in used:
            used.append(name)
        if name not in self.values:
            self.values[name] = self._resolve(_parameters(self.template)[name])
        parameter = _parameters(self.template)[name]
        value = self.values[name]
        if parameter.again and value.origin in ("inventory", "vendors"):
            if name in self.mentioned:
                return parameter.again
            self.mentioned.add(name)
        return with_unit(value.value, parameter.unit)

    def _resolve(self, parameter: Parameter) -> ParameterValue:
        def told(value: str, origin: str, because: str) -> ParameterValue:
            return ParameterValue.model_validate(
                {"name": parameter.name, "label": parameter.label, "value": value, "origin": origin, "because": because}
            )

        if parameter.name in self.overrides:
            return told(plain_override(self.overrides[parameter.name]), "override", "given for this client")
        if parameter.name == "client_name":
            return told(plain(self.facts.client.name), "client", "the client's record")
        found = self.facts.technologies.get(parameter.technology, ())
        if found:
            names = _listed([one.name for one in found[:MAX_PRODUCTS]], more=len(found) > MAX_PRODUCTS)
            origins = ", ".join(dict.fromkeys(one.origin for one in found[:MAX_PRODUCTS]))
            origin = "vendors" if all(one.vendor for one in found[:MAX_PRODUCTS]) else "inventory"
            return told(self.write(parameter.found).replace("{products}", names), origin, origins)
        for rule in parameter.rules:
            if self.facts.holds(rule.when):
                return told(self.write(rule.value), "rule", rule.because)
        return told(self.write(parameter.default), "default", "the template's own value")


def with_unit(value: str, unit: str) -> str:
    """`14 days`, `1 day`; words stay as they are."""
    if not unit:
        return value
    one = unit.removesuffix("ies") + "y" if unit.endswith("ies") else unit.removesuffix("s")
    return f"{value} {one if value == '1' else unit}"


def plain_override(value: str) -> str:
    """A value that a person gave, on one line and without braces."""
    return " ".join(value.replace("{", "").replace("}", "").split())


def _parameters(template: Template) -> Mapping[str, Parameter]:
    return {**shared_parameters(), **{parameter.name: parameter for parameter in template.parameters}}


def _check_overrides(template: Template, overrides: Mapping[str, str]) -> None:
    mine = _parameters(template)
    for name, value in overrides.items():
        parameter = mine.get(name)
        if parameter is None:
            if not any(name in _parameters(load(topic)) for topic in topics()):
                raise UsageError("is no blank of any template", subject=name[:60])
            continue
        if not plain_override(value) or len(value) > MAX_OVERRIDE:
            raise UsageError(f"a value has 1 to {MAX_OVERRIDE} characters", subject=name)
        if parameter.unit and not (value.strip().isdigit() and int(value) > 0):
            raise UsageError(
                f"is a number of {parameter.unit}", subject=name, hint=f"Give a whole number, not {value[:20]!r}."
            )


def _clause(clause: Clause, number: str, writer: _Writer) -> FilledClause:
    used: list[str] = []
    texts = {name: writer.write(getattr(clause, name), used) for name in ("heading", "text", "evidence")}
    met, partly = _kept(clause, used, writer)
    texan = _TEXAS in writer.facts.client.frameworks
    return FilledClause(
        id=clause.id,
        number=number,
        kind=clause.kind,
        requirements=_with_texas(met) if texan else met,
        partly=_with_texas(partly) if texan else partly,
        parameters=tuple(used),
        **texts,
    )


def _kept(clause: Clause, used: Sequence[str], writer: _Writer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the clause meets and what it only serves, after the client's figures."""
    known = _parameters(writer.template)
    broken = {ref for name in used for ref in broken_by(known[name], writer.values[name])}
    met = tuple(ref for ref in clause.requirements if ref not in broken)
    return met, (*clause.partly, *(ref for ref in clause.requirements if ref in broken))


def _with_texas(refs: tuple[str, ...]) -> tuple[str, ...]:
    """TX-RAMP demands SP 800-53 controls under their own ids, so what meets one meets the other."""
    pack = load_pack(_TEXAS)
    same = [f"{_TEXAS}:{i}" for ref in refs if ref.startswith(_NIST) and pack.get(i := ref.removeprefix(_NIST))]
    return tuple(dict.fromkeys((*refs, *same)))


def _references(template: Template, facts: Facts, sections: Sequence[FilledSection]) -> tuple[str, ...]:
    """Laws and frameworks in scope that some clause speaks to, then what the template itself names."""
    used = {
        ref.split(":", 1)[0]
        for section in sections
        for clause in section.clauses
        for ref in (*clause.requirements, *clause.partly)
    }
    found = [law.name for law in laws() if law.id in facts.regimes and (not law.frameworks or law.frameworks & used)]
    named = {framework for law in laws() for framework in law.frameworks}
    found += [load_pack(i).framework.title for i in facts.client.frameworks if i in used and i not in named]
    return tuple(dict.fromkeys((*found, *template.references)))


def _capital(text: str) -> str:
    """The text with a capital at its start, unless its first word has one of its own (`iOS`)."""
    return text[:1].upper() + text[1:] if text.split(" ", 1)[0].islower() else text


def _listed(names: Sequence[str], *, more: bool) -> str:
    if more:
        return f"{', '.join(names)} and others of the inventory"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
