"""Reads cases of the brief suite: a client's rows, the night's news and records, and what the brief must say."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml
from pydantic import Field, ValidationError

from knowledge.errors import BadInputError, NotFoundError
from knowledge.records.base import Record

DEFAULT = Path(__file__).resolve().parents[1] / "cases" / "brief"


CALM = {
    "title": "Registration opens for the spring meeting",
    "text": "The programme is published in autumn.",
    "link": "https://news.example/meeting",
}
"""An item of every night: a feed with none is a source that failed."""


class Wanted(Record):
    """One item that the brief must have."""

    about: str
    """A CVE, the link of a news item, or the id of an asset or supplier."""
    section: str
    verdict: str
    due: date | None = None
    """Checked where given."""


class Case(Record):
    """One morning."""

    id: str
    tags: tuple[str, ...]
    client: dict[str, Any] = Field(default_factory=dict)
    assets: tuple[dict[str, Any], ...] = ()
    suppliers: tuple[dict[str, Any], ...] = ()
    news: tuple[dict[str, str], ...] = ()
    """`title`, `text`, `link`."""
    flaws: tuple[dict[str, Any], ...] = ()
    kev: tuple[dict[str, Any], ...] = ()
    items: tuple[Wanted, ...] = ()
    absent: tuple[str, ...] = ()
    """What the brief must not have, named as in `about`."""
    must: tuple[str, ...] = ()
    """Pieces of text that must stand in it."""
    must_not: tuple[str, ...] = ()

    def feed(self, at: datetime) -> bytes:
        """The news as RSS, as a publisher would serve it."""
        when = at.strftime("%a, %d %b %Y 05:00:00 GMT")
        items = "".join(
            f"<item><title>{escape(one['title'])}</title><link>{one['link']}</link><guid>{one['link']}</guid>"
            f"<pubDate>{when}</pubDate><description>{escape(one['text'])}</description></item>"
            for one in (*self.news, CALM)
        )
        head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Security News</title>'
        tail = "<link>https://news.example/</link><description>News</description>"
        return f"{head}{tail}{items}</channel></rss>".encode()


def load(folder: Path) -> tuple[Case, ...]:
    """The cases of a folder's YAML files, by name.

    Raises:
        NotFoundError: none are there.
        BadInputError: a file is no case; says what is wrong.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise NotFoundError("has no cases", subject=str(folder), hint="evals/cases/brief shows their form.")
    cases = []
    for file in files:
        try:
            for row in yaml.safe_load(file.read_text(encoding="utf-8")):
                cases.append(Case.model_validate(row))
        except (yaml.YAMLError, ValidationError, TypeError) as error:
            raise BadInputError(f"is no list of cases ({error})", subject=file.name) from None
    return tuple(cases)
