"""Reads the words of a paragraph of a DOCX and keeps apart what a reader does not see."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from ingest.documents.blocks import Collector
from ingest.documents.docx_archive import child, name, value
from ingest.documents.docx_styles import RunLook, Style, Styles, how_hidden, run_look

_BLANKS = {"w:tab": " ", "w:br": " ", "w:cr": " ", "w:ptab": " ", "w:noBreakHyphen": "-", "w:softHyphen": ""}
_AROUND = {"w:hyperlink", "w:smartTag", "w:customXml", "w:sdt", "w:sdtContent", "w:fldSimple", "w:dir", "w:bdo"}
_AROUND |= {"w:ruby", "w:rubyBase", "m:oMath", "m:oMathPara", "w:subDoc"}
_OFF_PAGE = 22 * 914_400
"""English Metric Units; Word's largest page is 22 inches."""


class Runs:
    """Words of paragraphs in order; keeps the state of fields, which may run over several paragraphs."""

    def __init__(self, out: Collector, styles: Styles) -> None:
        self._out = out
        self._styles = styles
        self.boxes: list[tuple[Element, str]] = []
        """Text boxes met, with the fill behind them; the caller empties it."""
        self.references: list[tuple[str, str]] = []
        """Footnotes and endnotes met: (`footnote` or `endnote`, id); the caller empties it."""
        self._fields: list[bool] = []
        """Open fields, True while in the instruction, which is not shown."""
        self._behind = ""
        self._base = RunLook()
        self._words: list[str] = []
        self._plain = 0
        self._hid = False
        self.bold = False
        """Whether all visible words of the paragraph read last are bold."""

    def read(self, paragraph: Element, style: Style, behind: str) -> tuple[str, bool]:
        """The visible words, and whether there were others (hidden ones are reported to the collector)."""
        # An instruction ends with its paragraph; so a field that is never closed cannot swallow the document.
        self._fields = [False for _ in self._fields][:20]
        self._behind, self._base, self._words, self._hid = behind, style.run, [], False
        self._plain = 0
        hidden: list[tuple[str, str]] = []
        self._children(paragraph, hidden)
        joined: dict[str, list[str]] = {}
        for how, text in hidden:
            joined.setdefault(how, []).append(text)
        for how, texts in joined.items():
            self._out.hide("".join(texts), how)
        self.bold = self._plain == 0 and any(word.strip() for word in self._words)
        return "".join(self._words), self._hid or bool(hidden)

    def _children(self, parent: Element, hidden: list[tuple[str, str]]) -> None:
        for element in parent:
            kind = name(element.tag)
            if kind == "w:r":
                self._run(element, hidden)
            elif kind in _AROUND or kind.startswith("m:"):
                if kind == "m:t":
                    self._words.append(element.text or "")
                else:
                    self._children(element, hidden)
            elif kind in ("w:ins", "w:moveTo"):
                self._out.note("tracked changes: {n} insertions taken as accepted")
                self._children(element, hidden)
            elif kind in ("w:del", "w:moveFrom"):
                self._hid = True
                self._out.note("tracked changes: {n} deletions left out")
            elif kind == "mc:AlternateContent":
                for chosen in list(element)[:1]:
                    self._children(chosen, hidden)

    def _run(self, run: Element, hidden: list[tuple[str, str]]) -> None:
        properties = child(run, "w:rPr")
        look = run_look(properties)
        named = value(child(properties, "w:rStyle"))
        if named:
            look = look.over(self._styles.get(named, "character").run)
        look = look.over(self._base)
        how = how_hidden(look, self._behind)
        for element in run:
            kind = name(element.tag)
            text = element.text or "" if kind in ("w:t", "m:t") else _BLANKS.get(kind)
            if kind == "w:fldChar":
                self._field(value(element, "fldCharType") or "")
            elif text is not None:
                if any(self._fields):
                    continue
                if how:
                    hidden.append((how, text))
                else:
                    self._words.append(text)
                    self._plain += 0 if look.bold else len(text.strip())
            elif kind in ("w:footnoteReference", "w:endnoteReference"):
                self.references.append((kind[2:].removesuffix("Reference"), value(element, "id") or ""))
            elif kind in ("w:drawing", "w:pict", "w:object"):
                self._drawing(element, how)
            elif kind == "mc:AlternateContent":
                for chosen in list(element)[:1]:
                    for drawing in chosen:
                        self._drawing(drawing, how)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif kind == "separate" and self._fields:
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _drawing(self, drawing: Element, how: str) -> None:
        """Takes the text boxes of a drawing; one that a reader cannot see is reported."""
        how = how or _out_of_sight(drawing)
        for shape in _shapes(drawing):
            for content in shape.iter():
                if name(content.tag) != "w:txbxContent":
                    continue
                if how:
                    self._out.hide(_plain(content), how)
                elif len(self.boxes) < 1_000:
                    self.boxes.append((content, _box_fill(shape)))


def _shapes(drawing: Element) -> list[Element]:
    found = [e for e in drawing.iter() if name(e.tag) in ("wps:wsp", "v:shape", "v:rect", "v:roundrect")]
    return found or [drawing]


def _box_fill(shape: Element) -> str:
    """The fill behind a box's text: hex digits, empty for none, `?` where it is not known."""
    properties = child(shape, "wps:spPr")
    if properties is None:
        return value(shape, "fillcolor") or ("?" if name(shape.tag).startswith("v:") else "")
    solid = child(properties, "a:solidFill")
    if solid is not None:
        return value(child(solid, "a:srgbClr")) or "?"
    if child(shape, "wps:style") is not None and child(properties, "a:noFill") is None:
        return "?"
    return "?" if any(name(e.tag) in ("a:gradFill", "a:blipFill", "a:pattFill") for e in properties) else ""


def _out_of_sight(drawing: Element) -> str:
    for element in drawing.iter():
        kind = name(element.tag)
        if kind == "wp:extent" and "0" in (value(element, "cx"), value(element, "cy")):
            return "a text box of no size"
        if kind == "wp:posOffset":
            try:
                offset = int(element.text or "0")
            except ValueError:
                continue
            if abs(offset) > _OFF_PAGE:
                return "a text box outside the page"
    return ""


def _plain(element: Element) -> str:
    return " ".join(e.text or "" for e in element.iter() if name(e.tag) == "w:t")
