"""What changes in a text, word by word: for a terminal and as HTML; foreign words are shown as text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from advisor.policies.diff import ClauseChange, Span

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {"same": "", "del": "red strike", "ins": "green underline"}
_TAGS = {"same": "", "del": "del", "ins": "ins"}
_KINDS = {"insert": "new", "delete": "taken out", "replace": "changed"}

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}.where{color:#57606a;font-size:.85rem}"
    "del{color:#a40e26;background:#ffebe9;text-decoration:line-through}"
    "ins{color:#055d20;background:#dafbe1;text-decoration:underline}"
    "p{margin:.3rem 0 .8rem;white-space:pre-wrap;overflow-wrap:anywhere}"
)


def spans_terminal(spans: Iterable[Span]) -> Text:
    """Spans as styled text: what goes is struck and red, what comes underlined and green."""
    from rich.text import Text  # noqa: PLC0415 - only a terminal needs it

    from ui.cli.common import plain  # noqa: PLC0415 - the terminal's rule on control characters

    found = Text()
    for span in spans:
        found.append(plain(span.text), style=_STYLES[span.kind])
    return found


def spans_plain(spans: Iterable[Span]) -> str:
    """Spans where there is no colour: `[-gone-]` and `{+new+}`, as `git diff --word-diff` has them."""
    marks = {"same": ("", ""), "del": ("[-", "-]"), "ins": ("{+", "+}")}
    return "".join(f"{marks[span.kind][0]}{span.text}{marks[span.kind][1]}" for span in spans)


def spans_html(spans: Iterable[Span]) -> str:
    """Spans as HTML with `ins` and `del`; every word is escaped."""
    pieces: list[str] = []
    for span in spans:
        tag = _TAGS[span.kind]
        text = escape(span.text)
        pieces.append(f"<{tag}>{text}</{tag}>" if tag else text)
    return "".join(pieces)


def changes_html(title: str, changes: Iterable[ClauseChange]) -> str:
    """A page of all changes between two texts; it holds no script and asks for nothing."""
    body = [f"<h1>{escape(title)}</h1>"]
    for change in changes:
        where = " · ".join(escape(part) for part in (change.section, change.number, change.heading) if part)
        body.append(f"<h2>{where or 'Text'}</h2><div class=where>{_KINDS[change.kind]}</div>")
        body.append(f"<p>{spans_html(change.spans)}</p>")
    if len(body) == 1:
        body.append("<p>Nothing differs.</p>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def kind_word(kind: str) -> str:
    """`new`, `taken out` or `changed`."""
    return _KINDS[kind]
