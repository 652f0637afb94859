"""Loads the shipped templates, each once, and refuses one whose structure does not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from advisor.policies.templates.data_files import broken, read
from advisor.policies.templates.facts import groups
from advisor.policies.templates.interface import Clause, Limit, Parameter, RequirementRef, Section, Template
from knowledge.errors import NotFoundError

BLANK = re.compile(r"\{\{\s*(?:(?P<kind>clause|policy):(?P<target>[a-z][a-z0-9-]*)|(?P<name>[a-z][a-z0-9_]*))\s*\}\}")
"""A blank of a text: a parameter, the number of a clause, or the title of a policy."""

PREFIXES = {
    "csf": "nist-csf-2.0",
    "53": "nist-sp-800-53-r5",
    "171": "nist-sp-800-171-r3",
    "iso": "iso-27001-2022",
    "cis": "cis-controls-8.1",
    "soc2": "soc2-tsc-2017-rev2022",
    "hipaa": "hipaa-security-rule",
    "pci": "pci-dss-4.0.1",
    "gdpr": "gdpr-security",
    "nis2": "nis2-directive",
    "dora": "dora",
    "tx": "tx-ramp",
}
"""What the data files call the packs."""


@cache
def topics() -> tuple[str, ...]:
    """Topics that a template exists for, in the order of the policy set."""
    return tuple(row["topic"] for row in read("set.yaml")["policies"])


@cache
def titles() -> Mapping[str, str]:
    """Topic -> title of its policy."""
    return {row["topic"]: row["title"] for row in read("set.yaml")["policies"]}


@cache
def shared_parameters() -> Mapping[str, Parameter]:
    """Blanks that several templates use, by name: one value for the whole set of policies."""
    return {row["name"]: _parameter(row, "parameters.yaml") for row in read("parameters.yaml")["parameters"]}


@dataclass(frozen=True)
class Together:
    """A requirement that several clauses of several policies meet, and none of them alone."""

    requirement: RequirementRef
    clauses: tuple[tuple[str, str], ...]
    """Topic and clause id of each."""


@cache
def together() -> Mapping[RequirementRef, Together]:
    """The rows of data/together.yaml by their requirement."""
    found: dict[RequirementRef, Together] = {}
    for row in read("together.yaml")["together"]:
        prefix, _, i = str(row["requirement"]).partition(":")
        ref = _refs({prefix: i}, "together.yaml")[0]
        found[ref] = Together(ref, tuple(_pair(name) for name in row["clauses"]))
    return found


def _pair(name: str) -> tuple[str, str]:
    topic, _, clause = name.partition("/")
    return topic, clause


@cache
def load(topic: str) -> Template:
    """The template of a topic.

    Raises:
        NotFoundError: there is none; the hint lists the topics.
        IntegrityError: its file is damaged or its structure does not hold.
    """
    if topic not in topics():
        raise NotFoundError("no policy template on this", subject=topic[:60], hint=f"Topics: {', '.join(topics())}.")
    name = f"{topic}.yaml"
    document = read(name)
    common = read("common.yaml")
    try:
        own = tuple(_parameter(row, name) for row in document.pop("parameters", None) or ())
        chapters = [*document.pop("sections"), _governance(common, document.pop("governance"), document["topic"])]
        sections = tuple(_section(row, name) for row in chapters)
        template = Template.model_validate(
            {**document, **_tuples(document), "title": titles()[topic], "sections": sections, "parameters": own}
        )
    except (KeyError, TypeError, ValidationError) as error:
        reason = error.errors(include_url=False)[0]["loc"] if isinstance(error, ValidationError) else error
        raise broken(name, f"is no sound template ({reason})") from error
    _check(template, name)
    return template


def texts_of(template: Template) -> Iterator[str]:
    """Every text of a template that may have blanks."""
    yield from (template.purpose, template.scope, template.review_months)
    for clause in template.clauses:
        yield from (clause.heading, clause.text, clause.evidence)
    for role in template.roles:
        yield from (role.name, role.duty)
    for definition in template.definitions:
        yield from (definition.term, definition.meaning)


def _check(template: Template, name: str) -> None:
    ids = [clause.id for clause in template.clauses]
    if len(set(ids)) != len(ids):
        raise broken(name, f"has a clause id twice ({next(i for i in ids if ids.count(i) > 1)})")
    shared = shared_parameters()
    own = {parameter.name: parameter for parameter in template.parameters}
    if shadowed := sorted(own.keys() & shared.keys()):
        raise broken(name, f"has a blank of its own that the set shares ({shadowed[0]})")
    for topic in template.related:
        if topic not in titles():
            raise broken(name, f"is related to {topic}, which is no topic")
    known = {*own, *shared}
    values = [text for p in own.values() for text in (p.default, *(rule.value for rule in p.rules))]
    for text in (*texts_of(template), *values):
        for blank in BLANK.finditer(text):
            target = blank["target"]
            if blank["kind"] == "clause" and target not in ids:
                raise broken(name, f"points to a clause that is not there ({target})")
            if blank["kind"] == "policy" and target not in titles():
                raise broken(name, f"points to a policy that is not there ({target})")
            if blank["name"] and blank["name"] not in known:
                raise broken(name, f"has a blank that nothing fills ({blank['name']})")
        if "{{" in BLANK.sub("", text):
            raise broken(name, f"has a blank that cannot be read ({text[:60]})")


def _parameter(row: Mapping[str, Any], name: str) -> Parameter:
    rules = [{**rule, "value": str(rule["value"]), "when": _tuples(rule["when"])} for rule in row.get("rules") or ()]
    limits = tuple(_limit(one, name) for one in row.get("limits") or ())
    made = {**row, "default": str(row["default"]), "rules": tuple(rules), "limits": limits}
    parameter = Parameter.model_validate(made)
    if limits and not parameter.unit:
        raise broken(name, f"limits {parameter.name}, which is no number")
    if parameter.technology and parameter.technology not in groups():
        raise broken(name, f"fills {parameter.name} from {parameter.technology}, which is no technology group")
    return parameter


def _limit(row: Mapping[str, Any], name: str) -> Limit:
    sides = {key: value for key, value in row.items() if key in {"at_most", "at_least"}}
    refs = {key: value for key, value in row.items() if key not in sides}
    return Limit(**sides, requirements=_refs(refs, name))


def _section(row: Mapping[str, Any], name: str) -> Section:
    kind = row.get("kind", "policy")
    clauses = tuple(_clause({"kind": kind, **clause}, name) for clause in row["clauses"])
    return Section(heading=row["heading"], kind=kind, clauses=clauses)


def _clause(row: Mapping[str, Any], name: str) -> Clause:
    met = _refs(row.get("meets"), name)
    fields = {key: value for key, value in row.items() if key not in {"meets", "partly", "when"}}
    return Clause.model_validate(
        {
            **fields,
            "requirements": met,
            # The closing chapter serves rows that a topic's own mapping may meet.
            "partly": tuple(ref for ref in _refs(row.get("partly"), name) if ref not in met),
            "when": _tuples(row.get("when") or {}),
        }
    )


def _refs(rows: Mapping[str, str] | None, name: str) -> tuple[str, ...]:
    """`{csf: "PR.AA-01, PR.AA-05"}` as references."""
    found: list[str] = []
    for prefix, ids in (rows or {}).items():
        framework = PREFIXES.get(str(prefix))
        if framework is None:
            raise broken(name, f"names a framework that is not known ({prefix})")
        found += [f"{framework}:{i.strip()}" for i in str(ids).split(",")]
    return tuple(dict.fromkeys(found))


def _governance(common: Mapping[str, Any], meets: Mapping[str, str], topic: str) -> dict[str, Any]:
    """The closing chapter that every policy has; what the topic adds to its first clause is in the template."""
    clauses = [dict(clause) for clause in common["clauses"] if topic not in (clause.pop("not_in", None) or ())]
    first = clauses[0]
    first["meets"] = {
        str(key): ", ".join(filter(None, (first["meets"].get(key, ""), meets.get(key, ""))))
        for key in dict.fromkeys((*first["meets"], *meets))
    }
    return {"heading": common["heading"], "kind": "policy", "clauses": clauses}


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
