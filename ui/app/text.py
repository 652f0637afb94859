"""HTML of the app's own parts: every value is made inert first, the markup around it is ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from ui.render.escape import foreign, markdown_text, safe_url, shown

_ID: Final = re.compile(r"\bCVE-\d{4}-\d{4,19}\b")

LABEL_SIGNS: Final = {"act-now": "▲", "check-today": "●", "watch": "◆", "fyi": "○"}
"""A sign besides the word and the colour."""
CELL_SIGNS: Final = {"affected": "▲", "unknown": "?", "in-scope": "◇", "decided": "○", "not-affected": "✓", "none": ""}


def inert(text: str) -> Markup:
    """One line of text that is shown as written, addresses broken; CVE ids stay on one line."""
    return Markup(_ID.sub(r'<span class="id">\g<0></span>', str(escape(shown(text)))))  # noqa: S704 - escaped above


def theirs(text: str) -> Markup:
    """As `inert`, for a publisher's words: no `@name` either."""
    return inert(foreign(text))


def paragraphs(text: str) -> Markup:
    """Text of several lines, each made inert."""
    return Markup("").join(Markup("<p>{}</p>").format(inert(line)) for line in text.splitlines() if line.strip())


def link(text: str, url: str) -> Markup:
    """A link to a source's own address, if it is a safe one; else the text alone."""
    words = theirs(text) or Markup("untitled")
    target = safe_url(url)
    if not target:
        return words
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(target, words)


def block(*parts: Markup | str, kind: str = "") -> Markup:
    """Parts in one block."""
    return Markup('<div class="vc {}">{}</div>').format(kind, Markup("").join(parts))


def bullets(lines: Iterable[str | Markup]) -> Markup:
    """A list; one line alone stands without a bullet."""
    found = [line if isinstance(line, Markup) else inert(line) for line in lines]
    if len(found) == 1:
        return found[0]
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(one) for one in found))


def rows(pairs: Iterable[tuple[str, str | Markup]]) -> Markup:
    """Names and values side by side; empty values are left out."""
    found = [(name, value if isinstance(value, Markup) else inert(value)) for name, value in pairs if value]
    inner = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in found)
    return Markup('<dl class="vc-rows">{}</dl>').format(inner)


def table(head: Sequence[str], lines: Iterable[Sequence[str | Markup]], *, stack: bool = True) -> Markup:
    """A table whose first column names its rows; on a narrow screen each row becomes a block."""
    cells = Markup("").join(Markup('<th scope="col">{}</th>').format(inert(name)) for name in head)
    body = Markup("").join(_line(head, line) for line in lines)
    return Markup(
        '<div class="vc vc-scroll"><table class="vc-table{}"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(" stack" if stack else "", cells, body)


def _line(head: Sequence[str], line: Sequence[str | Markup]) -> Markup:
    found = [value if isinstance(value, Markup) else inert(value) for value in line]
    rest = Markup("").join(
        Markup('<td class="{}" data-name="{}">{}</td>').format("" if value else "none", shown(name), value or "–")
        for name, value in zip(head[1:], found[1:], strict=True)
    )
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(found[0], rest)


def one_line(text: str) -> Markup:
    """Text of a cell that is never broken."""
    return Markup('<span class="nw">{}</span>').format(inert(text))


def label(kind: str, words: str) -> Markup:
    """Act now, Check today, Watch or FYI: a sign, the word, and a colour."""
    return Markup('<span class="vc-lab {}">{} {}</span>').format(kind, LABEL_SIGNS.get(kind, ""), words)


def md(text: str) -> str:
    """Foreign text inside a label or a Markdown string of Streamlit: nothing in it is markup."""
    return markdown_text(text).replace(":", "&#58;")


def day_words(day: date) -> str:
    """`Friday 7 August 2026`."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """`7 Aug 2026, 06:30`, in a time zone; `never` for None."""
    if value is None:
        return "never"
    local = value.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b} {local.year}, {local:%H:%M}"


def counted(number: int, noun: str, many: str = "") -> str:
    """`1 page`, `3 pages`."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"
