"""Briefs and the portfolio as Markdown (CommonMark with GFM tables)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from knowledge.records.base import ClientId
from knowledge.records.brief import Brief, Portfolio
from ui.render.escape import markdown_link, markdown_text, safe_path
from ui.render.portfolio_view import CELL_WORDS, portfolio_view
from ui.render.sections import ItemView, LineView, Section, SourceView
from ui.render.view import brief_view

_t = markdown_text


def brief_markdown(brief: Brief) -> str:
    """The brief as Markdown. The only links are the items' own sources; all other text is inert."""
    view = brief_view(brief)
    blocks = [f"# {_t(view.title)}", _t(view.facts), f"> **{_t(view.headline)}**"]
    for section in view.sections:
        blocks += _section(section)
    blocks.append(f"*{_t(view.foot)}*")
    return "\n\n".join(blocks) + "\n"


def _section(section: Section) -> Iterable[str]:
    yield f"## {_t(section.title)}"
    if section.lead:
        yield _t(section.lead)
    for item in section.full:
        yield from _item(item)
    lines = [_line(line) for line in section.lines] + [f"- {_t(text)}" for text in section.plain]
    if section.rest:
        lines.append(f"- *{_t(section.rest)}*")
    if lines:
        yield "\n".join(lines)


def _item(item: ItemView) -> Iterable[str]:
    tag = f" ({_t(item.tag)})" if item.tag in ("changed", "back") else ""
    yield f"### {item.number}. {_t(item.headline)}{tag}"
    yield _t(item.what)
    lines: list[str] = []
    if len(item.why_you) == 1:
        lines.append(f"- **Why you:** {_t(item.why_you[0])}")
    elif item.why_you:
        lines.append("- **Why you:**")
        lines += [f"  - {_t(text)}" for text in item.why_you]
    lines.append(f"- **Finding:** {_t(item.finding)}")
    if item.question:
        lines.append(f"- **The question that settles it:** “{_t(item.question)}”")
    if item.why_now:
        lines.append(f"- **Why now:** {_t(item.why_now)}")
    lines.append(f"- **Do:** {_t(item.action)}")
    if item.when:
        rule = f" {_t(item.rule)}" if item.rule else ""
        lines.append(f"- **By:** **{_t(item.when)}**{rule}")
    lines += [f"- **Policy:** {_t(text)}" for text in item.policies]
    lines += [f"- **Your note:** {_t(note)}" for note in item.notes]
    if item.sources:
        links = "; ".join(_source(source) for source in item.sources)
        more = f"; {_t(item.more_sources)}" if item.more_sources else ""
        lines.append(f"- *Sources:* {links}{more}")
    yield "\n".join(lines)


def _source(source: SourceView) -> str:
    where = ", ".join(part for part in (source.publisher, source.when) if part)
    link = markdown_link(source.title, source.url)
    return f"{link} ({_t(where)})" if where else link


def _line(line: LineView) -> str:
    source = f" {_source(line.sources[0])}" if line.sources else ""
    number = f"{line.number}. " if line.number else ""
    return f"- **{number}{_t(line.headline)}** — {_t(line.text)}{source}"


def portfolio_markdown(portfolio: Portfolio, hrefs: Mapping[ClientId, str] | None = None) -> str:
    """The portfolio as Markdown.

    Args:
        portfolio: the page.
        hrefs: relative path of each client's brief, to link its name; an unsafe one is left out.
    """
    view = portfolio_view(portfolio)
    blocks = [f"# {_t(view.title)}", f"> **{_t(view.headline)}**"]
    if view.clients:
        rows = [
            [
                _client(line.name, (hrefs or {}).get(line.client_id, "")),
                *(str(n) for n in line.counts),
                _t(line.headline),
            ]
            for line in view.clients
        ]
        blocks.append(_table(["Client", *(_t(label) for label in view.labels), "Today"], rows))
    if view.stories:
        blocks.append("## Stories")
        rows = [
            [
                _t(story.label),
                _t(f"{story.story} {story.cves}".strip()),
                *(_t(words) for words in (story.named or [CELL_WORDS[cell] for cell in story.cells])),
            ]
            for story in view.stories
        ]
        blocks.append(_table(["Label", "Story", *(_t(name) for name in view.columns)], rows))
    if view.rest:
        blocks.append(_t(view.rest))
    if view.failed:
        blocks += ["## Briefs that could not be written", "\n".join(f"- {_t(line)}" for line in view.failed)]
    blocks += ["## Sources", "\n".join(f"- {_t(line)}" for line in view.sources), f"*{_t(view.foot)}*"]
    return "\n\n".join(blocks) + "\n"


def _client(name: str, href: str) -> str:
    path = safe_path(href)
    return f"[{_t(name)}](<{path}>)" if path else _t(name)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell or "–" for cell in line) + " |" for line in lines)
