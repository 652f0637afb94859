"""Keeps text of others text: what every renderer passes strings through before it shows them."""

from __future__ import annotations

import re
from typing import Final

from advisor.brief.links import safe_url
from advisor.brief.words import plain

__all__ = ["foreign", "markdown_link", "markdown_text", "safe_path", "safe_url", "shown"]

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(?=//|\\\\)")
_BARE_SCHEME: Final = re.compile(r"\b(javascript|data|vbscript|file|mailto|xmpp|tel):(?=\S)", re.IGNORECASE)
_WWW: Final = re.compile(r"\bwww\.", re.IGNORECASE)
_MENTION: Final = re.compile(r"@(?=\w)")

# Only what Markdown would read as markup is escaped: people read and copy the raw file too.
# `<`, `>` and what looks like an entity become entities: inert in CommonMark and in chat tools alike.
_ENTITIES: Final = str.maketrans({"<": "&lt;", ">": "&gt;"})
_ENTITY: Final = re.compile(r"&(?=#?\w{1,40};)")
# `_` inside a word emphasises nothing, and an `@` inside one is an address, not somebody's name.
_ACTIVE: Final = re.compile(r"([\\`*|~$]|(?<![^\W_])_|_(?![^\W_])|(?<!\w)@)")
_BRACKETS: Final = re.compile(r"([\[\]])")
# A bracket alone is text: it takes an address, a name or a note behind it, or the start of a line, to be more.
_BINDING: Final = re.compile(r"^\[|\]$|\]\s*[(\[:]|!\[|\[\^")
_BLOCK_START: Final = re.compile(r"^(?:([-+=:#])|(\d{1,9})([.)]))")

_PATH: Final = re.compile(r"(?:\.\./)?[\w-][\w.-]*(?:/[\w-][\w.-]*)*", re.ASCII)


def shown(text: str) -> str:
    """One line of visible text in which no address is live.

    Invisible, direction-changing and control characters are gone, and `https://host` reads `hxxps://host`, the way
    analysts write an address that must not be followed: mail programs and chat tools turn bare addresses into links
    by themselves.
    """
    line = plain(text)
    line = _SCHEME.sub(lambda found: f"{_broken(found.group(1))}:", line)
    line = _BARE_SCHEME.sub(lambda found: f"{found.group(1)}[:]", line)
    return _WWW.sub(lambda found: f"{found.group()[:3]}[.]", line)


def _broken(scheme: str) -> str:
    told = scheme.lower()
    if told in ("hxxp", "hxxps"):
        return scheme  # broken already
    return told.replace("tt", "xx") if told in ("http", "https") else f"[{scheme}]"


def foreign(text: str) -> str:
    """A publisher's words: as `shown`, and no `@name` that a chat tool would notify."""
    return _MENTION.sub("[at]", shown(text))


def markdown_text(text: str) -> str:
    """Text that CommonMark and GFM show as written: it makes no image, link, HTML, heading, list or table."""
    return _inert(shown(text), brackets=bool(_BINDING.search(shown(text))))


def _inert(line: str, *, brackets: bool) -> str:
    line = _ENTITY.sub("&amp;", line).translate(_ENTITIES)
    line = _ACTIVE.sub(r"\\\1", line)
    if brackets:
        line = _BRACKETS.sub(r"\\\1", line)
    return _BLOCK_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)


def markdown_link(text: str, url: str) -> str:
    """A link to a safe address, else the text alone."""
    words = _inert(foreign(text), brackets=True) or "untitled"
    target = safe_url(url)
    return f"[{words}](<{target}>)" if target else words


def safe_path(path: str) -> str:
    """A relative path of plain characters, inside the folder or one level beside it, else empty."""
    return path if _PATH.fullmatch(path) else ""
