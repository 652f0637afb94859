"""A paper as Markdown (CommonMark with GFM tables)."""

from __future__ import annotations

from collections.abc import Iterable

from ui.render.escape import markdown_text
from ui.render.policy_paper import Block, Grid, Heading, Item, Note, Paper, Para

_t = markdown_text


def paper_markdown(paper: Paper) -> str:
    """The paper as Markdown; its text is inert: no link, image, HTML or table comes out of it."""
    lines = [f"# {_t(paper.title)}", f"{_t(paper.client)} · {_t(paper.subtitle)}"]
    if paper.stamp:
        lines.append(f"> **{_t(paper.stamp)}**")
    if paper.facts:
        lines.append(_table(("", ""), paper.facts))
    listing: list[str] = []
    for block in paper.blocks:
        if isinstance(block, Item):
            marker = _t(block.number).replace("\\", "") if block.number else "-"
            listing.append(f"{marker} {_t(block.text)}")
            continue
        if listing:
            lines.append("\n".join(listing))
            listing = []
        lines += _block(block)
    if listing:
        lines.append("\n".join(listing))
    lines.append(f"*{_t(paper.running)}*")
    return "\n\n".join(lines) + "\n"


def _block(block: Block) -> Iterable[str]:
    match block:
        case Heading(text=text, level=level):
            yield f"{'#' * (level + 1)} {_t(text)}"
        case Para(text=text, lead=lead, number=number):
            head = " ".join(part for part in (_t(number), f"**{_t(lead)}**" if lead else "") if part)
            yield f"{head} {_t(text)}".strip()
        case Note(text=text, lead=lead):
            yield f"*{_t(f'{lead} {text}'.strip())}*"
        case Grid(head=head, rows=rows, caption=caption):
            if caption:
                yield f"**{_t(caption)}**"
            yield _table(head, rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    first = [_cell(cell) or " " for cell in head]
    lines = [first, ["---"] * len(first), *([_cell(cell) or "–" for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return "<br>".join(_t(line) for line in text.split("\n"))
