"""Splits and wraps the runs of a Word paragraph so that a change is tracked and every run keeps its formatting."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from ingest.clean import visible

_BLANKS = {qn("w:tab"), qn("w:br"), qn("w:cr")}
_AROUND = {qn("w:hyperlink"), qn("w:smartTag"), qn("w:customXml"), qn("w:ins"), qn("w:moveTo")}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NOT_COPIED = tuple(qn(tag) for tag in ("w:vanish", "w:specVanish", "w:webHidden", "w:rPrChange", "w:ins", "w:del"))
"""What new words do not take over from the run that they look like: being hidden, and what somebody tracked."""
_SIMPLE_PARENTS = {qn("w:p"), qn("w:hyperlink")}


@dataclass
class Stamp:
    """Author and time of the tracked changes, and the next free number."""

    author: str
    date: str
    next_id: int
    count: int = 0

    def put(self, element: Any) -> Any:
        """Signs a `w:ins` or `w:del`."""
        element.set(qn("w:id"), str(self.next_id))
        element.set(qn("w:author"), self.author)
        element.set(qn("w:date"), self.date)
        self.next_id += 1
        return element

    def tracked(self, kind: str) -> Any:
        """A new signed `w:ins` or `w:del` around runs."""
        self.count += 1
        return self.put(OxmlElement(f"w:{kind}"))


@dataclass
class Unit:
    """One visible character of a paragraph and where it stands."""

    char: str
    run: Any
    node: Any
    offset: int
    """In the text of `node`; 0 for a tab or break."""


def units_of(paragraph: Any) -> list[Unit]:
    """The visible characters of a paragraph in order: insertions in, deletions out."""
    found: list[Unit] = []
    _walk(paragraph, found)
    return found


def _walk(parent: Any, found: list[Unit]) -> None:
    for element in parent:
        if element.tag == qn("w:r"):
            for node in element:
                if node.tag == qn("w:t"):
                    found += [Unit(char, element, node, n) for n, char in enumerate(node.text or "")]
                elif node.tag in _BLANKS:
                    found.append(Unit(" ", element, node, 0))
                elif node.tag == qn("w:noBreakHyphen"):
                    found.append(Unit("-", element, node, 0))
        elif element.tag in _AROUND:
            _walk(element, found)
        elif element.tag == qn("w:sdt"):
            content = element.find(qn("w:sdtContent"))
            if content is not None:
                _walk(content, found)


def folded(units: Sequence[Unit]) -> tuple[str, list[int]]:
    """The text as the reader of documents gives it, and for each of its characters the unit it comes from."""
    text: list[str] = []
    places: list[int] = []
    for at, unit in enumerate(units):
        if unit.char.isspace():
            if text and text[-1] != " ":
                text.append(" ")
                places.append(at)
        elif shown := visible(unit.char)[0]:
            text.append(shown)
            places.append(at)
    while text and text[-1] == " ":
        text.pop()
        places.pop()
    return "".join(text), places


def fit_for_xml(text: str) -> str:
    """A text without the characters that XML 1.0 has no way to hold."""
    return _NOT_XML.sub("", text)


def plain_run(text: str, like: Any | None) -> Any:
    """A run with the formatting of another one."""
    run = OxmlElement("w:r")
    properties = like.find(qn("w:rPr")) if like is not None else None
    if properties is not None:
        copied = copy.deepcopy(properties)
        for tag in _NOT_COPIED:
            for gone in copied.findall(tag):
                copied.remove(gone)
        run.append(copied)
    for number, line in enumerate(fit_for_xml(text).split("\n")):
        if number:
            run.append(OxmlElement("w:br"))
        node = OxmlElement("w:t")
        node.text = line
        node.set(qn("xml:space"), "preserve")
        run.append(node)
    return run


def inserted(text: str, like: Any | None, stamp: Stamp) -> Any:
    """A tracked insertion of one run."""
    element = stamp.tracked("ins")
    element.append(plain_run(text, like))
    return element


def simple(units: Sequence[Unit]) -> bool:
    """Whether all characters stand in runs that can be split where they are."""
    return all(unit.run.getparent().tag in _SIMPLE_PARENTS for unit in units)


def split_before(unit: Unit, units: Sequence[Unit]) -> None:
    """Makes a unit the first thing in its run; what stands before it stays in the old run."""
    run, node = unit.run, unit.node
    content = [one for one in run if one.tag != qn("w:rPr")]
    if content and content[0] is node and unit.offset == 0:
        return
    new = copy.deepcopy(run)
    for one in list(new):
        if one.tag != qn("w:rPr"):
            new.remove(one)
    run.addnext(new)
    at = content.index(node)
    moved_node, base = node, 0
    if unit.offset > 0:
        text = node.text or ""
        moved_node = OxmlElement("w:t")
        moved_node.text = text[unit.offset :]
        node.text = text[: unit.offset]
        for one in (node, moved_node):
            one.set(qn("xml:space"), "preserve")
        base = unit.offset
        new.append(moved_node)
        at += 1
    for one in content[at:]:
        new.append(one)
    moved = {id(one) for one in content[at:]}
    for one in units:
        if one.run is run and id(one.node) in moved:
            one.run = new
        elif one.run is run and one.node is node and base and one.offset >= base:
            one.run, one.node, one.offset = new, moved_node, one.offset - base


def delete_runs(runs: Sequence[Any], stamp: Stamp) -> Any:
    """Wraps runs in tracked deletions, neighbours in one; gives the last deletion."""
    last: Any = None
    for run in runs:
        for node in run.findall(qn("w:t")):
            gone = OxmlElement("w:delText")
            gone.text = node.text
            gone.set(qn("xml:space"), "preserve")
            run.replace(node, gone)
        if last is not None and run.getprevious() is last:
            last.append(run)
            continue
        last = stamp.tracked("del")
        run.addprevious(last)
        last.append(run)
    return last
