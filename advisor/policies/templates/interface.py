"""What a policy template is, what it becomes for one client, and which requirements that meets.

`library.topics()` and `library.load(topic)` give templates, `fill.fill(template, client, ...)` a `FilledPolicy`,
`coverage.coverage(filled, requirement_ids, catalogue)` its `CoverageRow`s.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from knowledge.records.base import Record

ClauseKind = Literal["policy", "procedure", "standard"]
"""A rule that management sets; the steps that carry it out; the settings and figures that it uses."""

Regime = Literal["hipaa", "gdpr", "nis2", "dora", "pci", "soc2", "tx-ramp", "cui"]
"""A body of law or contract that binds a client: by its frameworks in scope, or by sector, place and size."""

Origin = Literal["override", "client", "inventory", "vendors", "rule", "default"]
"""Where a value came from: the caller; the client's record, assets or vendors; a rule on its profile; the template."""

CoverageState = Literal["met", "partly", "missing"]

RequirementRef = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*:\S.*$")]
"""`framework:ID`, such as `nist-sp-800-53-r5:AC-2`."""


class Conditions(Record):
    """When something holds for a client. An empty field asks nothing; all that are given must hold."""

    sectors: tuple[str, ...] = ()
    """One of these."""
    jurisdictions: tuple[str, ...] = ()
    """One of these; `US` also holds for `US-TX`, and `EU` for every member state."""
    regimes: tuple[Regime, ...] = ()
    """One of these binds the client."""
    not_regimes: tuple[Regime, ...] = ()
    """None of these does."""
    frameworks: tuple[str, ...] = ()
    """One of these packs is in scope."""
    technologies: tuple[str, ...] = ()
    """Something of one of these groups (data/technologies.yaml) is in the inventory or among the vendors."""
    not_technologies: tuple[str, ...] = ()
    """Nothing of any of these groups is."""
    min_headcount: int | None = None
    """People, inclusive; a client whose headcount is not known counts as 50."""
    max_headcount: int | None = None


class ParameterRule(Record):
    """A value for clients of one kind."""

    when: Conditions
    value: str
    because: str
    """The reason in words; for a duty of law, its place in the law."""


class Limit(Record):
    """How far a number may go before a requirement that it serves is no longer met."""

    at_most: int | None = None
    at_least: int | None = None
    requirements: tuple[RequirementRef, ...]

    def keeps(self, value: int) -> bool:
        """Whether the number is inside."""
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)


class Parameter(Record):
    """A blank of a template: `{{name}}` in a text."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    """What it is, as a form would ask for it; with the unit."""
    technology: str = ""
    """Filled with the products of this group that the client has, if it has any."""
    found: str = "{products}"
    """How the products are worded: `the VPN gateway ({products})`."""
    again: str = ""
    """How they are worded after the first mention in a policy (`the VPN gateway`); empty: as the first time."""
    rules: tuple[ParameterRule, ...] = ()
    """The first whose conditions hold gives the value, where no product did."""
    default: str
    unit: str = ""
    """Of a number: days, hours, minutes, months, characters; empty for words."""
    limits: tuple[Limit, ...] = ()
    """Figures that requirements set. A value beyond one is kept, and what it breaks counts as partly met."""


class Clause(Record):
    """One demand of a policy, before its blanks are filled."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    """Stable: it stays when numbers move."""
    heading: str
    text: str
    """Sentences with `{{parameter}}`, `{{clause:ID}}` (a number in this policy) and `{{policy:TOPIC}}` (a title)."""
    kind: ClauseKind = "policy"
    evidence: str = ""
    """The records that prove it, as an auditor would ask for them."""
    requirements: tuple[RequirementRef, ...] = ()
    """Requirements that this clause meets, alone or with the other clauses that name them."""
    partly: tuple[RequirementRef, ...] = ()
    """Requirements that it serves and does not meet."""
    when: Conditions = Conditions()


class Section(Record):
    """A chapter of a template."""

    heading: str
    kind: ClauseKind = "policy"
    clauses: tuple[Clause, ...]


class Role(Record):
    """Somebody with duties under the policy."""

    name: str
    duty: str


class Definition(Record):
    """A word and what it means here."""

    term: str
    meaning: str


class Template(Record):
    """A policy as we wrote it, for any client."""

    topic: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    purpose: str
    scope: str
    version: str
    """Of the template, not of a client's policy: `1.0`."""
    sections: tuple[Section, ...]
    roles: tuple[Role, ...] = ()
    definitions: tuple[Definition, ...] = ()
    references: tuple[str, ...] = ()
    """Laws and standards by name."""
    related: tuple[str, ...] = ()
    """Topics of policies that this one leans on."""
    review_months: str = "{{review_months}}"
    parameters: tuple[Parameter, ...] = ()
    """Blanks of this template alone; shared ones are in data/parameters.yaml."""

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses, in order."""
        return tuple(clause for section in self.sections for clause in section.clauses)


class ParameterValue(Record):
    """A filled blank and where its value came from."""

    name: str
    label: str
    value: str
    origin: Origin
    because: str
    """In words: the rule's reason, the names of the inventory rows, or that it is the template's default."""


class FilledClause(Record):
    """One clause of a client's policy."""

    id: str
    number: str
    """`4.6`: section and place in it."""
    heading: str
    text: str
    kind: ClauseKind
    evidence: str = ""
    requirements: tuple[RequirementRef, ...] = ()
    partly: tuple[RequirementRef, ...] = ()
    parameters: tuple[str, ...] = ()
    """Names of the blanks that its text uses."""


class FilledSection(Record):
    """A chapter with the clauses that hold for this client; one without any is left out."""

    number: int
    heading: str
    kind: ClauseKind
    clauses: tuple[FilledClause, ...]


class FilledPolicy(Record):
    """A template with a client's values in it: complete and readable without a model."""

    topic: str
    title: str
    template_version: str
    purpose: str
    scope: str
    sections: tuple[FilledSection, ...]
    roles: tuple[Role, ...] = ()
    definitions: tuple[Definition, ...] = ()
    references: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    """Titles of related policies."""
    review_months: int
    values: tuple[ParameterValue, ...] = ()
    """Every blank that the text uses, in order of first use."""
    assumptions: tuple[str, ...] = ()
    """What was taken for granted about the client and a person should confirm (a law presumed from its sector)."""

    @property
    def clauses(self) -> tuple[FilledClause, ...]:
        """All clauses, in order."""
        return tuple(clause for section in self.sections for clause in section.clauses)


class CoverageRow(Record):
    """One requirement and the clauses that speak to it."""

    requirement: RequirementRef
    label: str
    """`SP 800-53 r5 AC-2`."""
    title: str
    state: CoverageState
    clauses: tuple[str, ...] = ()
    """Numbers of the clauses that meet it, or where none does, that serve it."""
    note: str = ""
    """Why it is only partly met: which rows under it have no clause."""
