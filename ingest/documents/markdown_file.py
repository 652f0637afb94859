"""Parses Markdown (CommonMark and tables) as a reader of the rendered text sees it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.documents.blocks import Collector
from ingest.documents.html_file import add_html
from ingest.documents.limits import MAX_DEPTH
from ingest.inventory.csv_file import decode

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*(.{1,300})$", re.MULTILINE | re.IGNORECASE)
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_HEADING_TAG = {f"h{level}": level for level in range(1, 7)}


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read a Markdown file.

    Args:
        data: UTF-8, UTF-16 or Windows-1252.
        options: none are used.

    Returns:
        What `Collector.result` gives, with `title`.

    Raises:
        BadInputError: not text, or beyond a limit.
    """
    del options
    text, encoding = decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    out = Collector()
    if not encoding.startswith("utf-8"):
        out.note(f"read as {encoding}")
    title = ""
    if front := _FRONT.match(text):
        if found := _FRONT_TITLE.search(front[1]):
            title = found[1].strip().strip("\"'")
        out.note("the fields above its text (front matter) are left out")
        text = text[front.end() :]
    markdown = MarkdownIt("commonmark", {"maxNesting": MAX_DEPTH}).enable(["table", "strikethrough"])
    env: dict[str, Any] = {}
    tokens = markdown.parse(text, env)
    for name, reference in env.get("references", {}).items():
        # `[//]: # (words)` is how words are put into Markdown that nobody is to see.
        if reference.get("title") and (name.startswith("//") or reference.get("href") in ("#", "")):
            out.hide(str(reference["title"]), "a link definition that is never shown")
    _Walker(out).walk(tokens)
    if not title:
        title = next((b["text"] for b in out.blocks if b["kind"] == "heading"), "")
    return out.result(title=title)


class _Walker:
    def __init__(self, out: Collector) -> None:
        self._out = out
        self._lists: list[tuple[bool, int]] = []
        """Open lists: numbered or not, and the last number."""
        self._label = ""
        self._level = 0
        self._cells: list[str] = []
        self._in_cell = False
        self._table = 0

    def walk(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            kind = token.type
            if kind == "inline":
                self._inline(token)
            elif kind == "heading_open":
                self._level = _HEADING_TAG.get(token.tag, 1)
            elif kind == "heading_close":
                self._level = 0
            elif kind in ("bullet_list_open", "ordered_list_open"):
                self._lists.append((kind.startswith("ordered"), int(token.attrGet("start") or 1) - 1))
            elif kind in ("bullet_list_close", "ordered_list_close"):
                self._lists.pop()
            elif kind == "list_item_open":
                numbered, count = self._lists[-1]
                self._lists[-1] = (numbered, count + 1)
                self._label = f"{count + 1}{token.markup or '.'}" if numbered else ""
            elif kind in ("fence", "code_block"):
                self._out.add("paragraph", token.content)
            elif kind == "html_block":
                self._html(token.content)
            elif kind == "table_open":
                self._table = self._out.next_table()
            elif kind == "tr_open":
                self._cells = []
            elif kind in ("td_open", "th_open"):
                self._in_cell = True
                self._cells.append("")
            elif kind in ("td_close", "th_close"):
                self._in_cell = False
            elif kind == "tr_close" and any(self._cells):
                self._out.add("table-row", " | ".join(self._cells), table=self._table)

    def _inline(self, token: Token) -> None:
        text = self._words(token.children or ())
        if self._in_cell:
            self._cells[-1] = " ".join(text.split())
        elif self._level:
            self._out.add("heading", text, level=self._level)
        elif self._lists:
            self._out.add("list-item", text, label=self._label)
            self._label = ""
        else:
            self._out.add("paragraph", text)

    def _words(self, tokens: Sequence[Token]) -> str:
        words: list[str] = []
        hidden = 0
        for token in tokens:
            if token.type == "html_inline":
                comment = _COMMENT.match(token.content)
                if comment:
                    self._out.hide(comment[1], "a comment in the markup")
                elif re.match(r"<br\b", token.content, re.IGNORECASE):
                    words.append(" ")
                else:
                    hidden = self._tag(token.content, hidden)
            elif token.type in ("softbreak", "hardbreak"):
                words.append(" ")
            elif token.type in ("text", "code_inline", "text_special"):
                if hidden:
                    self._out.hide(token.content, "an element that is not displayed")
                else:
                    words.append(token.content)
            elif token.type == "image" and token.content.strip():
                # The words of a picture are shown only where the picture is missing.
                self._out.note("the words behind pictures are left out ({n})")
        return "".join(words)

    @staticmethod
    def _tag(tag: str, hidden: int) -> int:
        """Depth of inline elements that are open since one that hides: 0 while nothing is hidden."""
        if tag.startswith("</"):
            return max(0, hidden - 1)
        if hidden:
            return hidden + (not tag.endswith("/>"))
        probe = Collector()
        add_html(probe, f"{tag}probe")
        return 0 if probe.blocks else 1

    def _html(self, markup: str) -> None:
        add_html(self._out, markup)
