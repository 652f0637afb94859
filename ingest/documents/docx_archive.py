"""Opens the archive of a DOCX and its XML parts within limits; nothing is unpacked to disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError

import defusedxml
from defusedxml.ElementTree import iterparse, parse

from ingest.documents.limits import MAX_PART_MB, MAX_ZIP_PARTS
from knowledge.errors import BadInputError

_MB = 1024 * 1024
_DAMAGE = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ParseError, KeyError, ValueError)
# Both editions of the standard (ECMA-376 transitional and ISO/IEC 29500 strict) under one short prefix.
_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w:",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w:",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc:",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp:",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp:",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a:",
    "http://purl.oclc.org/ooxml/drawingml/main": "a:",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps:",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m:",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "urn:schemas-microsoft-com:vml": "v:",
}
_names: dict[str, str] = {}


def name(tag: object) -> str:
    """An element's name with a short prefix: `w:p`, `mc:Choice`; empty for a comment or processing instruction."""
    if not isinstance(tag, str):
        return ""
    found = _names.get(tag)
    if found is None:
        space, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        found = _PREFIXES.get(space, "?:" if space else "") + local
        if len(_names) < 5_000:
            _names[tag] = found
    return found


def value(element: Element | None, attribute: str = "val") -> str | None:
    """An attribute by its local name, whatever its namespace; None where it is missing."""
    if element is None:
        return None
    for key, text in element.attrib.items():
        if key == attribute or key.endswith("}" + attribute):
            return text
    return None


def child(element: Element | None, wanted: str) -> Element | None:
    """The first child of that short name."""
    if element is not None:
        for inner in element:
            if name(inner.tag) == wanted:
                return inner
    return None


class Archive:
    """The parts of a DOCX.

    Raises (all methods):
        BadInputError: damaged, encrypted, beyond a limit, or with a document type declaration (after an entity text
            would be lost without a word, and no word processor writes one).
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGE as error:
            raise _damaged("it") from error
        infos = self._zip.infolist()
        if len(infos) > MAX_ZIP_PARTS:
            raise BadInputError(f"has {len(infos):,} parts; the limit is {MAX_ZIP_PARTS:,}")
        for info in infos:
            path = PurePosixPath(info.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in info.filename[:3]:
                raise BadInputError(
                    f"names a file outside itself ({info.filename[:60]}), which no word processor writes"
                )
            if info.flag_bits & 1:
                raise BadInputError("is encrypted", hint="Save it without a password and add that.")
        self._infos = {info.filename: info for info in infos}

    def __contains__(self, part: str) -> bool:
        return part in self._infos

    def names(self) -> list[str]:
        """Names of all parts."""
        return list(self._infos)

    def main_part(self) -> str:
        """The part that holds the document, as the package says, else where it usually is."""
        rels = self.read("_rels/.rels")
        for relation in rels if rels is not None else ():
            if (value(relation, "Type") or "").endswith("/officeDocument"):
                target = (value(relation, "Target") or "").lstrip("/")
                if target in self._infos:
                    return target
        if "word/document.xml" in self._infos:
            return "word/document.xml"
        raise BadInputError("has no document in it", hint="Open it in Word, save it again and add that.")

    def read(self, part: str) -> Element | None:
        """A small part whole; None where there is none."""
        if part not in self._infos:
            return None
        self._check(part)
        try:
            with self._zip.open(part) as stream:
                return parse(stream, forbid_dtd=True).getroot()
        except defusedxml.DefusedXmlException as error:
            raise _declared(part) from error
        except _DAMAGE as error:
            raise _damaged(f"its part {part}") from error

    def children_of(self, part: str, parent: str) -> Iterator[Element]:
        """The children of the first element of that short name, one at a time; each is emptied after its turn."""
        self._check(part)
        depth, inside = 0, -1
        holder: Element | None = None
        try:
            with self._zip.open(part) as stream:
                for event, element in iterparse(stream, ("start", "end"), forbid_dtd=True):
                    if event == "start":
                        depth += 1
                        if inside < 0 and name(element.tag) == parent:
                            inside, holder = depth, element
                        continue
                    if depth == inside + 1 and holder is not None:
                        yield element
                        holder.clear()
                    if depth == inside:
                        return
                    depth -= 1
        except defusedxml.DefusedXmlException as error:
            raise _declared(part) from error
        except _DAMAGE as error:
            raise _damaged(f"its part {part}") from error

    def _check(self, part: str) -> None:
        size = self._infos[part].file_size / _MB
        if size > MAX_PART_MB:
            raise BadInputError(
                f"{part} in it inflates to {size:,.0f} MB; the limit is {MAX_PART_MB:g} MB",
                hint="Split it into several documents.",
            )


def _declared(part: str) -> BadInputError:
    return BadInputError(f"its part {part} declares a document type, which no word processor writes")


def _damaged(what: str) -> BadInputError:
    said = "is a damaged or cut-off DOCX" if what == "it" else f"{what} is damaged"
    return BadInputError(said, hint="Open it in Word, save it again and add that.")
