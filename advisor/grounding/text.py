"""Sentences, the one normal form in which a quotation is compared, and text that is safe to show (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from knowledge.search.sentences import sentences

_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′", "'") | dict.fromkeys("“”„‟″«»", '"'))

_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\](?:\([^)\n]{0,2000}\)?|\[[^\]\n]{0,100}\])")
_LINK = re.compile(r"\[([^\]\n]{0,300})\]\(\s*<?([^)\s>]{0,2000})[^)\n]{0,300}\)?")
_REFERENCE_LINK = re.compile(r"\[([^\]\n]{1,300})\]\[[^\]\n]{0,100}\]|^\s{0,3}\[[^\]\n]{1,100}\]:[^\n]*", re.MULTILINE)
_TAG = re.compile(
    r"<(?:/?[A-Za-z!][^<>]{0,2000}>|(?:img|a|script|iframe|svg|object|embed|link|style)\b[^<>]{0,2000}"
    r"|\s+/?\s*(?:img|a|script|iframe|svg|object|embed|link|style)\b[^<>]{0,2000}>|\s+/?\s*(?:img|script|iframe)\b)",
    re.I,
)
"""Tags, whole or cut off; those with a space behind the bracket are none to a browser, and to a later filter may be."""
_URL = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}://|\b(?:data|javascript|vbscript|mailto|file|tel):(?=\S)|\bwww\.)[^\s<>\"'`|)\]]*"
    r"|(?<![\w@./-])(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}/[^\s<>\"'`|)\]]*|(?<!\S)//[a-z0-9-]{1,63}\.[^\s<>\"'`|)\]]*",
    re.IGNORECASE,
)
REMOVED = "[link removed]"


def fold(text: str) -> str:
    """The form in which quotations are compared: runs of white space as one space, typographic quotes straight."""
    return " ".join(text.translate(_QUOTES).split())


def occurs(quote: str, text: str) -> bool:
    """Whether a quotation stands in a text word for word, from the edge of a word to the edge of a word."""
    wanted, where = fold(quote), fold(text)
    if not wanted:
        return False
    start = where.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        before, after = where[start - 1 : start], where[end : end + 1]
        if not (_joined(before, wanted[:1]) or _joined(wanted[-1:], after)):
            return True
        start = where.find(wanted, start + 1)
    return False


def _joined(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum()


def around(quote: str, text: str) -> tuple[str, ...]:
    """The whole sentences of a text that a quotation touches; the quotation itself where they cannot be told."""
    wanted = fold(quote)
    pieces = _folded(text)
    touched = [piece for piece in pieces if wanted and (wanted in piece or piece in wanted)]
    if touched:
        return tuple(touched)
    for first in range(len(pieces)):
        for last in range(first + 2, min(first + 6, len(pieces)) + 1):
            if wanted and wanted in " ".join(pieces[first:last]):
                return pieces[first:last]
    return (wanted,)


@lru_cache(maxsize=128)
def _folded(text: str) -> tuple[str, ...]:
    """The sentences of a text, folded; a claim asks for those of one passage once for each of its quotations."""
    return tuple(fold(piece) for piece in sentences(text))


def safe(text: str, allowed: Collection[str] = ()) -> str:
    """A text with nothing to click or load: images and tags gone, links reduced to their words.

    Args:
        text: from a model or a document.
        allowed: addresses of the cited sources, which stay as they are, in full and alone.
    """
    plain = _IMAGE.sub(" ", text)
    plain = _LINK.sub(lambda found: found[1] if found[2] not in allowed else f"{found[1]} ({found[2]})", plain)
    plain = _REFERENCE_LINK.sub(lambda found: found[1] or " ", plain)
    previous = None
    while previous != plain:  # what is left of `<<img>img src=...>` must not be a tag again
        previous, plain = plain, _TAG.sub(" ", plain)
    plain = _URL.sub(lambda found: found[0] if found[0].rstrip(".,;:") in allowed else REMOVED, plain)
    return re.sub(r"[ \t]{2,}", " ", plain).strip()


def is_safe(text: str, allowed: Collection[str] = ()) -> bool:
    """Whether a text holds nothing that `safe` would take out."""
    return not any(p.search(text) for p in (_IMAGE, _LINK, _REFERENCE_LINK, _TAG)) and all(
        hit[0].rstrip(".,;:") in allowed for hit in _URL.finditer(text)
    )


def quotable(sentence: str) -> str:
    """The longest piece of a sentence that is safe to show, verbatim; empty where less than four words are left."""
    if is_safe(sentence):
        return sentence.strip()
    pieces = [sentence]
    for pattern in (_IMAGE, _LINK, _REFERENCE_LINK, _TAG, _URL):
        pieces = [part for piece in pieces for part in re.split(_uncaptured(pattern), piece)]
    best = max((piece.strip(" \t,;:([<-") for piece in pieces if is_safe(piece)), key=len, default="")
    return best if len(best.split()) >= 4 else ""


def _uncaptured(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """The pattern without its groups, for splitting."""
    return re.compile(re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern.pattern), pattern.flags)
