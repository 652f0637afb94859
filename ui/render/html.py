"""Briefs and the portfolio as one self-contained HTML page each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from knowledge.records.base import ClientId
from knowledge.records.brief import Brief, Portfolio
from ui.render.escape import foreign, safe_path, safe_url, shown
from ui.render.portfolio_view import CELL_WORDS, portfolio_view
from ui.render.view import brief_view

# A sign besides the word and the colour: paper, grey screens and colour-blind eyes tell them apart too.
_CELL_SIGNS: Final = {"affected": "●", "unknown": "?", "in-scope": "◇", "decided": "○", "not-affected": "✓", "none": ""}


_ID: Final = re.compile(r"\bCVE-\d{4}-\d{4,19}\b")


def _inert(text: str) -> Markup:
    """Escaped first; then CVE ids, which are plain letters, digits and hyphens, are kept on one line."""
    return Markup(_ID.sub(r'<span class="id">\g<0></span>', str(escape(shown(text)))))  # noqa: S704 - escaped above


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
    environment.filters.update(shown=shown, inert=_inert, foreign=foreign, safe_url=safe_url)
    return environment


def brief_html(brief: Brief, *, picture: str = "") -> str:
    """The brief as one page: no script, no outside resource; links lead to the items' own sources only.

    Args:
        brief: the brief.
        picture: SVG of the client's open items over the days, as `ui.render.charts` draws it; empty: none.
    """
    drawn = Markup(picture)  # noqa: S704 - drawn by us over labels, dates and counts
    return _environment().get_template("brief.html.j2").render(view=brief_view(brief), picture=drawn)


def portfolio_html(portfolio: Portfolio, hrefs: Mapping[ClientId, str] | None = None, *, picture: str = "") -> str:
    """The portfolio as one page.

    Args:
        portfolio: the page.
        hrefs: relative path of each client's brief, to link its name; an unsafe one is left out.
        picture: SVG of the open items over the days, as `ui.render.charts` draws it; empty: none.
    """
    drawn = Markup(picture)  # noqa: S704 - drawn by us over labels, dates and counts
    paths = {client_id: safe_path(path) for client_id, path in (hrefs or {}).items()}
    return (
        _environment()
        .get_template("portfolio.html.j2")
        .render(view=portfolio_view(portfolio), paths=paths, words=CELL_WORDS, signs=_CELL_SIGNS, picture=drawn)
    )
