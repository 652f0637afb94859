"""Turns a publisher's markup into plain text that shows what a reader would see, and says when there was more to it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import nh3

MAX_MARKUP = 400_000
"""Characters of markup that are looked at."""
MAX_LINKS = 50
MAX_DEPTH = 200
"""Open elements; markup nested deeper is read without its tags, for building its tree takes quadratic time."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    "address article aside blockquote br dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li "
    "main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_INLINE = _names("a abbr b code del em i ins kbd mark q s samp small span strong sub sup time tt u var font")
_DROPPED = _names("script style template noscript iframe object svg math textarea select title head")
# Elements that end by themselves, so that many of them in a row are not deep.
_SELF_ENDING = _names("p li td th tr dt dd option br hr img input meta link wbr col area base source track embed param")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_HIDING_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|font-size:0(?![.1-9])|opacity:0(?:\.0+)?(?![.1-9])"
    r"|color:transparent|(?:text-indent|left|top):-\d{3,}|(?:max-)?(?:height|width):0(?![.1-9])",
)
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
"""Terminal control sequences."""
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")
_MARKS = re.compile(r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
                    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
# Invisible though not of category Cf: Hangul fillers, the combining grapheme joiner, Khmer inherent vowels.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")
_SOFT_HYPHEN = "\u00ad"
_JOINERS = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class PlainText:
    """What a reader sees of a text."""

    text: str
    links: tuple[str, ...] = ()
    """`http(s)` targets in order, each once, at most 50."""
    hidden: bool = False
    """Something was taken out that a reader would not have seen: invisible characters or hidden elements."""


def plain_from_html(markup: str, *, max_chars: int) -> PlainText:
    """Reduce HTML to text: block elements become line breaks, links are kept apart, hidden parts are taken out.

    Args:
        max_chars: length of the text kept.
    """
    clean = nh3.clean(
        _shallow(markup[:MAX_MARKUP]).encode("utf-8", "replace").decode("utf-8"),
        tags=set(_BLOCKS | _INLINE),
        clean_content_tags=set(_DROPPED),
        attributes={"*": {"style", "hidden"}, "a": {"href"}},
        url_schemes={"http", "https"},
        link_rel=None,
    )
    walker = _Walker()
    walker.feed(clean)
    walker.close()
    text, invisible = visible("".join(walker.parts))
    return PlainText(_cut(text, max_chars), tuple(walker.links), walker.hidden or invisible)


def plain_from_text(text: str, *, max_chars: int) -> PlainText:
    """Clean a text that is no markup: its angle brackets are characters like others."""
    shown, invisible = visible(text[:MAX_MARKUP])
    return PlainText(_cut(shown, max_chars), (), invisible)


def one_line(text: str, max_chars: int) -> str:
    """Clean a short field (name, title, author) down to one line."""
    return _cut(" ".join(visible(text[: max_chars * 8])[0].split()), max_chars)


def visible(text: str) -> tuple[str, bool]:
    """Take out what cannot be seen and straighten blanks.

    Removed: control characters and terminal sequences, bidirectional controls, zero-width and tag characters, fillers.
    Lone surrogates and noncharacters become U+FFFD. Joiners stay where a script or an emoji needs them.

    Returns:
        The text, and whether something invisible was in it (a soft hyphen or a leading byte order mark is not counted).
    """
    text = ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    hidden = False
    if not text.isascii() or not text.isprintable():
        kept: list[str] = []
        for index, char in enumerate(text):
            shown, counts = _shown(char, text[index - 1 : index], text[index + 1 : index + 2])
            kept.append(shown)
            hidden = hidden or counts
        text = _MARKS.sub(r"\1", unicodedata.normalize("NFC", "".join(kept)))
    text = _LINES.sub("\n", _BLANKS.sub(" ", text))
    return _MANY_LINES.sub("\n\n", text).strip(), hidden


def safe_link(url: str) -> str:
    """Give an `http(s)` URL fit to be shown and clicked, or an empty text.

    Refused: other schemes, credentials, backslashes, control or invisible characters, no host. Quotes and angle
    brackets are percent-encoded. This says nothing about fetching: see `ingest/addresses.py`.
    """
    url = url.strip()
    if not url or len(url) > 2_000 or "\\" in url:
        return ""
    if any(unicodedata.category(char)[0] in "CZ" and char != " " for char in url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    if any(char in host for char in " <>\"'`^|{}%"):
        return ""
    # Only what breaks out of an attribute or a Markdown target is encoded; other characters stay as published.
    return "".join(quote(char) if char in " <>\"'`^|{}" else char for char in url)


def _shallow(markup: str) -> str:
    depth = 0
    for tag in _TAG.finditer(markup):
        if tag[2].lower() not in _SELF_ENDING:
            depth += -1 if tag[1] else 1
        if depth > MAX_DEPTH:
            return markup[: tag.start()] + _ANY_TAG.sub(" ", markup[tag.start() :])
    return markup


def _shown(char: str, before: str, after: str) -> tuple[str, bool]:
    """Give what is shown for a character and whether its removal counts as hidden text."""
    category = unicodedata.category(char)
    if char in "\n\t":
        return char, False
    if category in ("Zl", "Zp"):
        return "\n", False
    if category == "Cs" or ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
        return "\ufffd", False
    if category == "Cc":
        return ("\n" if char == "\x85" else ""), False
    if char == _SOFT_HYPHEN:
        return "", False
    if char in _JOINERS and _needs_joiner(before, after):
        return char, False
    if char in "\ufe0e\ufe0f" and before:  # text or emoji presentation of the character before
        return char, False
    if category == "Cf" or char in _BLANK_LETTERS or _is_variation(char):
        return "", True
    return char, False


def _needs_joiner(before: str, after: str) -> bool:
    """Arabic and Indic letters and emoji are joined by these; between Latin letters they only hide."""
    return all(ord(c) > 0x05FF and unicodedata.category(c)[0] in "LMS" for c in (before, after) if c) and bool(after)


def _is_variation(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0d" or "\U000e0100" <= char <= "\U000e01ef"


def _cut(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    head = text[: max_chars - 1]
    space = -1 if text[max_chars - 1].isspace() else head.rfind(" ", max(max_chars - 80, 0))
    return (head[:space] if space > 0 else head).rstrip() + "…"


class _Walker(HTMLParser):
    """Walks markup that nh3 made well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self.hidden = False
        self._open: list[tuple[str, bool]] = []
        self._hiding = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        style = re.sub(r"\s+|/\*.*?\*/", "", (values.get("style") or "").lower())
        hides = "hidden" in values or bool(_HIDING_STYLE.search(style))
        if tag not in ("br", "hr"):
            self._open.append((tag, hides))
            self._hiding += hides
        self.parts.append("\n" if tag in _BLOCKS else "")
        if tag == "a" and not self._hiding and len(self.links) < MAX_LINKS:
            link = safe_link(values.get("href") or "")
            if link and link not in self.links:
                self.links.append(link)

    def handle_endtag(self, tag: str) -> None:
        if tag not in (name for name, _ in self._open[-1:]):
            return
        _, hides = self._open.pop()
        self._hiding -= hides
        self.parts.append(("\n" if tag not in ("td", "th") else " ") if tag in _BLOCKS else "")

    def handle_data(self, data: str) -> None:
        if not self._hiding:
            self.parts.append(data)
        elif data.strip():
            self.hidden = True
