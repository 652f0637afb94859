"""What the framework commands show: heads, texts, answers of the tables, reports of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from ui.cli.common import say, say_json, say_table

if TYPE_CHECKING:
    from ingest.frameworks.service import FrameworkReport
    from knowledge.frameworks.catalogue import Catalogue
    from knowledge.frameworks.crosswalk import Answer
    from knowledge.frameworks.loader import Pack
    from knowledge.records.framework import Framework, Requirement


def head_json(pack: Pack, where: str) -> dict[str, Any]:
    """The head of a pack with its counts and where it is kept."""
    counts = {"requirements": len(pack.requirements), "assessable": len(pack.assessable), "where": where}
    return pack.framework.model_dump(mode="json") | counts


def texts(catalogue: Catalogue, head: Framework, row: Requirement) -> dict[str, str]:
    """The publisher's words of a requirement, by the copy that has them."""
    from knowledge.frameworks.catalogue import key

    origin = head.extends or head.id
    own = {head.id: row.statement} if row.statement else {}
    for copy in catalogue.copies(origin):
        other = catalogue.rows(copy.id).get(key(row.id))
        if other is not None and other.statement:
            own.setdefault(copy.id, other.statement)
    return own


def mappings_of(framework: str, requirement: str) -> dict[str, list[str]]:
    """What the tables pair a requirement with directly, by framework."""
    from knowledge.frameworks.crosswalk import related
    from knowledge.frameworks.loader import crosswalks

    ends = {head.to_framework for head in crosswalks() if head.from_framework == framework}
    ends |= {head.from_framework for head in crosswalks() if head.to_framework == framework}
    found = {other: related(framework, requirement, other, max_between=0).trails for other in sorted(ends)}
    return {
        other: [f"{trail.to_id} ({trail.relationship})" for trail in trails]
        for other, trails in found.items()
        if trails
    }


def say_answer(answer: Answer, *, as_json: bool) -> None:
    """One requirement's counterparts; raises NotFoundError where no tables connect the two."""
    if not answer.routes:
        no_table(answer.from_framework, answer.to_framework, asked=answer.asked)
    if as_json:
        say_json(
            {
                "asked": answer.asked,
                "routes": [list(route) for route in answer.routes],
                "trails": [
                    {
                        "from": trail.from_id,
                        "to": trail.to_id,
                        "relationship": trail.relationship,
                        "authority": trail.authority,
                        "chains": trail.support,
                        "path": trail.path,
                        "sources": list(trail.sources),
                        "rationales": [step.rationale for step in trail.steps],
                    }
                    for trail in answer.trails
                ],
            }
        )
        return
    if not answer.trails:
        say(f"The tables pair {answer.asked} with nothing in {answer.to_framework}.")
        _say_base(answer)
        return
    from knowledge.frameworks.loader import crosswalks

    general = {head.rationale for head in crosswalks()}
    reasons = [trail.steps[0].rationale if trail.direct else trail.path for trail in answer.trails]
    rows = [
        (trail.from_id, trail.relationship, trail.to_id, trail.authority, "" if reason in general else reason)
        for trail, reason in zip(answer.trails, reasons, strict=True)
    ]
    say_table(
        f"{answer.from_framework} {answer.asked} -> {answer.to_framework}",
        ("From", "Is", "To", "By", "Why or how"),
        rows,
    )
    for text in dict.fromkeys(reason for reason in reasons if reason in general):
        say(f"All pairs: {text}")
    for text in dict.fromkeys(source for trail in answer.trails for source in trail.sources):
        say(f"Source: {text}")
    if not answer.trails[0].direct:
        say('No table has the two: these are chains. "possible" means that the steps do not prove anything in common.')


def _say_base(answer: Answer) -> None:
    """Where an enhancement has no pair, those of its base control may be what is looked for."""
    from knowledge.frameworks.crosswalk import base_of, related

    base = base_of(answer.from_framework, answer.asked)
    pairs = related(answer.from_framework, base, answer.to_framework).trails if base else ()
    if pairs:
        more = f"vciso framework crosswalk {answer.from_framework} {answer.to_framework} {base}"
        say(f"Its base control {base} is paired with {len(pairs)}: {more}")


def no_table(source: str, target: str, *, asked: str = "") -> NoReturn:
    """Says that no table connects two frameworks.

    Args:
        source, target: ids of frameworks.
        asked: the one requirement that was asked for, with which other frameworks were tried as steps.

    Raises:
        NotFoundError: always.
    """
    from knowledge.errors import NotFoundError
    from knowledge.frameworks.crosswalk import routes
    from knowledge.frameworks.loader import crosswalks

    tables = "; ".join(f"{head.from_framework} - {head.to_framework}" for head in crosswalks())
    if source == target:
        raise NotFoundError("is one framework", subject=source, hint=f"Name two. The tables are: {tables}.")
    if not asked and routes(source, target):
        raise NotFoundError(
            "no table has these two",
            subject=f"{source}, {target}",
            hint=f"Name one requirement to go over others. The tables are: {tables}.",
        )
    raise NotFoundError(
        "no tables connect these two, directly or over others",
        subject=f"{source}, {target}",
        hint=f"The tables are: {tables}.",
    )


def say_report(report: FrameworkReport, where: str) -> None:
    """What an import took in and what it noticed."""
    say(f"{report.file}: {report.title}")
    say(
        f"{report.requirements} rows, {report.assessable} assessable, {report.withdrawn} withdrawn, "
        f"{report.with_text} with text; {report.framework_id} ({where})"
    )
    if report.extends:
        more = f"; {report.beyond_pack} rows are not in that pack" if report.beyond_pack else ""
        say(f"Recognised as the text of {report.extends}{more}.")
    for use in report.columns:
        say(f"  column {use.column}: {use.field or 'not read'} ({use.reason})")
    for note in report.notes[:20]:
        say(f"  {note.subject}: {note.reason}")
    if len(report.notes) > 20:
        say(f"  and {len(report.notes) - 20} more remarks (--json shows them)")


def first_line(row: Requirement) -> str:
    """A row in a few words where the publisher gives it no title."""
    return (row.statement.partition("\n")[0] or row.summary)[:100]


def shown(value: object) -> str:
    """An attribute as text."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return "yes" if value is True else "no" if value is False else str(value)
