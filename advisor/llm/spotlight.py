"""Shows foreign text to a model as data: every line marked, marks that nobody can forge, no control tokens."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

CHARACTERS_PER_TOKEN = 3.0
MAX_TITLE = 160
"""Characters of a block's title that are shown."""

# A server that embeds llama.cpp reads `<|im_start|>` in a message as the control token itself, not as letters; other
# families use `<s>`, `<start_of_turn>`, `<<SYS>>`, `[INST]`, or the full-width bar. A space makes letters of them.
_CONTROL_TOKEN = re.compile(r"<(?=[<|\uff5c/A-Za-z_!])|\[(?=/?(?:INST|SYSTEM|TOOL|AVAILABLE)[A-Z_]*\])")
_BAR_END = re.compile(r"(?<=[|\uff5c])(?=>)")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@dataclass(frozen=True)
class DataBlock:
    """Text that somebody else wrote (a passage, a feed item, a document), shown to the model as data.

    Every line is marked as data by code, so `lines` may hold anything. With `numbered`, line n of block P1 bears the
    number `P1.n`, so that a reply can name a sentence instead of repeating it.
    """

    id: str
    """Short id given by code, unique in the request: `P1`."""
    title: str
    """Where it is from; foreign text too, shown on one line, cut at 160 characters."""
    lines: tuple[str, ...]
    numbered: bool = False


def inert(text: str) -> str:
    """Text as a model may see it: nothing invisible, no control tokens, otherwise unchanged.

    Compare a quotation that a model copied with `inert(passage)`; white space other than line ends is kept.
    """
    lines = _LINE_END.sub("\n", text)
    kept = "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    kept = _VARIATION.sub("", kept)
    return _BAR_END.sub(" ", _CONTROL_TOKEN.sub(lambda found: found.group() + " ", kept))


def new_mark(texts: Iterable[str]) -> str:
    """A mark of one request that occurs in none of its texts: a letter and five random hex digits."""
    everything = "\n".join(texts)
    while (mark := f"d{secrets.token_hex(3)[:5]}") in everything:
        pass
    return mark


def spotlight(blocks: Iterable[DataBlock], mark: str) -> str:
    """The blocks with a fence around each and the mark before every line, which is why nothing in them can end them.

    The form is datamarking of Hines et al., "Defending Against Indirect Prompt Injection Attacks With Spotlighting"
    (2024), by line instead of by word: a mark between words would stand in every quotation that is copied.
    """
    shown: list[str] = []
    for block in blocks:
        title = one_line(block.title)[:MAX_TITLE]
        shown.append(f"<<{mark} {block.id}>> {title}".rstrip())
        if block.numbered:
            shown += [f"{mark}| {block.id}.{n} {one_line(line)}" for n, line in enumerate(block.lines, start=1)]
        else:
            shown += [f"{mark}| {part}".rstrip() for line in block.lines for part in inert(line).splitlines() or ("",)]
        shown.append(f"<<{mark} end>>")
    return "\n".join(shown)


def one_line(text: str) -> str:
    """`inert` text with every run of white space as one space."""
    return " ".join(inert(text).split())


def estimate_tokens(text: str) -> int:
    """A count on the safe side without a tokenizer: English has about four characters to a token, identifiers three."""
    return int(len(text) / CHARACTERS_PER_TOKEN) + 1
