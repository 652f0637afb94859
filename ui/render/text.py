"""Briefs and the portfolio as plain text of 78 columns, for mail programs that show nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

from knowledge.records.brief import Brief, Portfolio
from ui.render.escape import foreign, safe_url, shown
from ui.render.portfolio_view import portfolio_view
from ui.render.sections import ItemView, LineView, Section, SourceView
from ui.render.view import brief_view

WIDTH: Final = 78


def brief_text(brief: Brief) -> str:
    """The brief as plain text. The only addresses that a mail program could make live are the items' own sources."""
    view = brief_view(brief)
    blocks = [_wrap(view.title), _wrap(view.facts), _wrap(view.headline)]
    for section in view.sections:
        blocks.append(_heading(section.title))
        blocks += _section(section)
    blocks.append(_wrap(view.foot))
    return "\n\n".join(blocks) + "\n"


def portfolio_text(portfolio: Portfolio) -> str:
    """The portfolio as plain text: what each client's day is, the stories, what was not covered."""
    view = portfolio_view(portfolio)
    blocks = [_wrap(view.title), _wrap(view.headline)]
    for line in view.clients:
        counts = ", ".join(f"{label}: {count}" for label, count in zip(view.labels, line.counts, strict=True) if count)
        blocks.append(
            "\n".join([_wrap(line.name), *([_wrap(counts, "  ")] if counts else []), _wrap(line.headline, "  ")])
        )
    if view.stories:
        blocks.append(_heading("Stories"))
        blocks.append("\n".join(_wrap(f"{one.label}: {one.story} {one.cves}", "", "- ") for one in view.stories))
    if view.failed:
        blocks.append(_heading("Briefs that could not be written"))
        blocks.append("\n".join(_wrap(line, "", "- ") for line in view.failed))
    blocks.append(_heading("Sources"))
    blocks.append("\n".join(_wrap(line, "", "- ") for line in view.sources))
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> Iterable[str]:
    if section.lead:
        yield _wrap(section.lead)
    for item in section.full:
        yield "\n".join(_item(item))
    lines = [*(_line(one) for one in section.lines), *(_wrap(text, "", "- ") for text in section.plain)]
    if section.rest:
        lines.append(_wrap(section.rest, "", "- "))
    if lines:
        yield "\n".join(lines)


def _item(item: ItemView) -> Iterable[str]:
    tag = f" ({item.tag})" if item.tag in ("changed", "back") else ""
    yield _wrap(f"{item.headline}{tag}", "", f"{item.number}. ")
    yield _wrap(item.what, "   ")
    rows = [("Why you", text) for text in item.why_you]
    rows += [
        ("Finding", item.finding),
        ("Settled by", item.question),
        ("Why now", item.why_now),
        ("Do", item.action),
        ("By", f"{item.when} {item.rule}".strip() if item.when else ""),
    ]
    rows += [("Your note", note) for note in item.notes]
    for label, text in rows:
        if text:
            yield _wrap(text, "   ", f"   {label}: ")
    for source in item.sources:
        yield _source(source)
    if item.more_sources:
        yield _wrap(item.more_sources, "   ")


def _line(line: LineView) -> str:
    number = f"{line.number}. " if line.number else ""
    text = _wrap(f"{number}{line.headline} — {line.text}", "  ", "- ")
    return "\n".join([text, *(_source(source) for source in line.sources)])


def _source(source: SourceView) -> str:
    where = ", ".join(part for part in (source.publisher, source.when) if part)
    title = foreign(source.title) or "untitled"
    head = textwrap.fill(
        f"{title} ({foreign(where)})" if where else title,
        WIDTH,
        initial_indent="   Source: ",
        subsequent_indent="   ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    url = safe_url(source.url)
    return f"{head}\n   {url}" if url else head


def _heading(text: str) -> str:
    line = shown(text)
    return f"{line}\n{'-' * min(len(line), WIDTH)}"


def _wrap(text: str, indent: str = "", first: str | None = None) -> str:
    lead = indent if first is None else first
    rest = indent if first is None else " " * max(len(indent), 2 if first == "- " else 3)
    return textwrap.fill(
        foreign(text),
        WIDTH,
        initial_indent=lead,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
