"""A version's text as Markdown that a person edits, and back: marks keep each clause's identity and mapping (pure)."""

from __future__ import annotations

import re

from advisor.policies.text import free_id, slug
from knowledge.errors import BadInputError
from knowledge.records.policy import PolicyClause, PolicySection, PolicyText, PolicyVersion

MAX_CHARS = 2_000_000
_HEAD = re.compile(r"^<!-- (?P<policy>[a-z0-9-]+) v(?P<number>\d+) revision (?P<revision>\d+) -->$", re.MULTILINE)
_MARK = re.compile(r"\s*\{#(?P<id>[a-z0-9][a-z0-9-]*)\}\s*$")
_NUMBER = re.compile(r"^(?P<number>(?:\d{1,3}|[A-Z])(?:\.\d{1,3})*(?:, paragraph \d+)?)(?:\s+|$)(?P<rest>.*)$")
_MEETS = re.compile(r"^(?P<what>Meets|Serves|Evidence):\s*(?P<said>.*)$")

Start = tuple[str, int, int]
"""Policy id, version and revision that an edited text started from."""


def to_markdown(version: PolicyVersion) -> str:
    """The text with its place: `# Title`, `## 4 Section {#id}`, `### 4.6 Heading {#id}`, the words, the mapping."""
    lines = [
        f"<!-- {version.policy_id} v{version.number} revision {version.revision} -->",
        "",
        f"# {version.text.title}",
    ]
    for section in version.text.sections:
        shown = section.heading if section.heading.startswith(section.number) else f"{section.number} {section.heading}"
        lines += ["", f"## {shown.strip()} {{#{section.id}}}"]
        for clause in section.clauses:
            head = " ".join(filter(None, (clause.number, clause.heading)))
            lines += ["", f"### {head} {{#{clause.id}}}".replace("###  ", "### "), "", clause.text]
            for what, said in (
                ("Meets", " ".join(r.replace(" ", "_") for r in clause.requirements)),
                ("Serves", " ".join(r.replace(" ", "_") for r in clause.partly)),
                ("Evidence", clause.evidence),
            ):
                if said:
                    lines += ["", f"{what}: {said}"]
    return "\n".join(lines) + "\n"


def start_of(markdown: str) -> Start | None:
    """What an edited text started from, as its first line says; None where that line is gone."""
    found = _HEAD.search(markdown[:2_000])
    return (found["policy"], int(found["number"]), int(found["revision"])) if found else None


def from_markdown(markdown: str, base: PolicyText) -> PolicyText:
    """The text of edited Markdown. What a mark names keeps its kind and its place in the client's document.

    Args:
        base: the text that the editing started from.

    Raises:
        BadInputError: no title, a clause outside a section, an id twice, or too long.
    """
    if len(markdown) > MAX_CHARS:
        raise BadInputError(f"has more than {MAX_CHARS:,} characters", subject="the text")
    reader = _Reader(base)
    for number, line in enumerate(markdown.replace("\r\n", "\n").split("\n"), start=1):
        if not _HEAD.match(line):
            reader.line(line, number)
    return reader.result()


class _Reader:
    def __init__(self, base: PolicyText) -> None:
        self._sections = {one.id: one for one in base.sections}
        self._clauses = {one.id: one for one in base.clauses}
        self._title = ""
        self._done: list[PolicySection] = []
        self._section: PolicySection | None = None
        self._open: list[PolicyClause] = []
        self._clause: PolicyClause | None = None
        self._body: list[str] = []
        self._taken: set[str] = set()

    def line(self, line: str, number: int) -> None:
        if line.startswith("### "):
            self._close_clause()
            self._begin_clause(line[4:], number)
        elif line.startswith("## "):
            self._close_section()
            self._begin_section(line[3:], number)
        elif line.startswith("# ") and not self._title:
            self._title = " ".join(line[2:].split())
        elif self._clause is not None:
            self._body.append(line.rstrip())
        elif line.strip() and self._section is not None:
            self._begin_clause("", number)
            self._body.append(line.rstrip())
        elif line.strip():
            raise BadInputError(f"line {number} stands before the first section", subject="the text")

    def result(self) -> PolicyText:
        self._close_section()
        if not self._title:
            raise BadInputError("has no title", subject="the text", hint="Begin it with a line `# Title`.")
        return PolicyText(title=self._title, sections=tuple(self._done))

    def _begin_section(self, said: str, number: int) -> None:
        shown, known_id = _unmarked(said)
        section_id = self._id(known_id, slug(shown, "section"), number)
        known = self._sections.get(section_id) or PolicySection(id=section_id, heading="")
        label = known.heading if known.heading.startswith(known.number) else f"{known.number} {known.heading}".strip()
        if shown == label:
            self._section = known
            return
        found = _NUMBER.match(shown)
        heading = shown if known.part is not None or found is None else found["rest"]
        self._section = known.model_copy(update={"heading": heading, "number": found["number"] if found else ""})

    def _begin_clause(self, said: str, number: int) -> None:
        if self._section is None:
            raise BadInputError(f"line {number}: a clause stands before the first section", subject="the text")
        shown, known_id = _unmarked(said)
        clause_id = self._id(known_id, slug(shown, "clause"), number)
        found = _NUMBER.match(shown)
        self._clause = (self._clauses.get(clause_id) or PolicyClause(id=clause_id, text="x")).model_copy(
            update={
                "number": found["number"] if found else "",
                "heading": " ".join((found["rest"] if found else shown).split()),
                "requirements": (),
                "partly": (),
                "evidence": "",
            }
        )

    def _id(self, known: str, wanted: str, number: int) -> str:
        if known and known in self._taken:
            raise BadInputError(f"line {number} has the mark {{#{known}}} a second time", subject="the text")
        found = known or free_id(wanted, self._taken | set(self._sections) | set(self._clauses))
        self._taken.add(found)
        return found

    def _close_clause(self) -> None:
        if self._clause is None:
            return
        update: dict[str, object] = {}
        body: list[str] = []
        for line in self._body:
            found = _MEETS.match(line)
            if found is None:
                body.append(line)
            elif found["what"] == "Evidence":
                update["evidence"] = found["said"].strip()
            else:
                refs = tuple(one.replace("_", " ") for one in found["said"].split())
                update["requirements" if found["what"] == "Meets" else "partly"] = refs
        text = "\n".join(body).strip()
        if text:
            self._open.append(self._clause.model_copy(update={**update, "text": text}))
        self._clause, self._body = None, []

    def _close_section(self) -> None:
        self._close_clause()
        if self._section is not None:
            self._done.append(self._section.model_copy(update={"clauses": tuple(self._open)}))
        self._section, self._open = None, []


def _unmarked(said: str) -> tuple[str, str]:
    found = _MARK.search(said)
    shown = said[: found.start()] if found else said
    return " ".join(shown.split()), found["id"] if found else ""
