"""A paper as one self-contained HTML page that prints well: no script, no outside resource."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ui.render.escape import shown
from ui.render.policy_fonts import drawable
from ui.render.policy_paper import Block, Grid, Heading, Item, Note, Paper, Para

_KINDS = {Heading: "heading", Para: "para", Item: "item", Note: "note", Grid: "grid"}


def paper_html(paper: Paper) -> str:
    """The paper as a page. All text is escaped, and no address in it is live."""
    return _environment().get_template("policy.html.j2").render(paper=paper, groups=_groups(paper.blocks))


def _groups(blocks: tuple[Block, ...]) -> list[tuple[str, list[Block]]]:
    """Blocks of one kind that follow each other, so that items share a list."""
    groups: list[tuple[str, list[Block]]] = []
    for block in blocks:
        kind = _KINDS[type(block)]
        if isinstance(block, Item):
            kind = "numbers" if block.number else "bullets"
        if groups and groups[-1][0] == kind and kind in ("numbers", "bullets"):
            groups[-1][1].append(block)
        else:
            groups.append((kind, [block]))
    return groups


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ui.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(shown=_lines, css_words=_css_words)
    return environment


def _lines(text: str) -> str:
    return "\n".join(shown(line) for line in drawable(text).split("\n"))


def _css_words(text: str) -> str:
    """What may stand in a string of a style sheet: nothing that could end it."""
    return "".join(c for c in text if c.isalnum() or c in " .,:·-()")
