"""Text cells that a spreadsheet would run as formulas, made inert for CSV and restored on the way back."""

from __future__ import annotations

import re

# What starts a formula in Excel, LibreOffice or Google Sheets, their full-width forms, and the signs that
# may be taken for a separator or a quote when the file is opened with other settings (OWASP, CSV Injection).
_START = r"=+\-@\t\r\n＝＋－＠;|%\""
_FORMULA = r"=+\-@＝＋－＠"

_SIGN = re.compile(rf"[{_START}]")
_START_TO = re.compile(rf"^(?=[ ']*[{_START}])")
_START_BACK = re.compile(rf"^'(?=[ ']*[{_START}])")
# A separator inside the cell starts a new cell where the file is read with that separator.
_INNER_TO = re.compile(rf"([;,\t|\r\n][ \"]*)(?='*[{_FORMULA}])")
_INNER_BACK = re.compile(rf"([;,\t|\r\n][ \"]*)'(?='*[{_FORMULA}])")


def make_inert(text: str) -> str:
    """Put an apostrophe before what a spreadsheet could take for a formula.

    At the start of the cell, spaces aside: before `= + - @`, their full-width forms, tab, line break, `;`, `|`, `%`
    and `"`. After a `;`, `,`, `|`, tab or line break inside the cell: before `= + - @`. Apostrophes that stand there
    already are kept, so `restore(make_inert(text)) == text` for every text.
    """
    return _START_TO.sub("'", _INNER_TO.sub(r"\1'", text)) if _SIGN.search(text) else text


def restore(text: str) -> str:
    """Take off the apostrophes that `make_inert` put in."""
    return _INNER_BACK.sub(r"\1", _START_BACK.sub("", text)) if "'" in text else text
