"""CPE names: the URI form (2.2) rewritten as the formatted string (2.3), and both forms checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_PARTS = 11
_SPLIT = re.compile(r"(?<!\\):")
_PLAIN = re.compile(r"[A-Za-z0-9_.\-]")


@dataclass(frozen=True, slots=True)
class CpeName:
    """A CPE name taken apart: `formatted` is the 2.3 formatted string, the rest plain words, empty for ANY or NA."""

    formatted: str
    part: str
    vendor: str
    product: str
    version: str


def parse_cpe(text: str) -> CpeName | None:
    """Read a CPE name in either form; None where it is neither.

    Rules: NIST IR 7695, 6.1.2 (unbinding a URI), 6.2.2 (binding to a formatted string). A 2.3 name with fewer than
    eleven components is filled up with ANY, as many inventories cut the tail off.
    """
    text = text.strip()
    lowered = text.lower()
    if lowered.startswith("cpe:2.3:"):
        values = _SPLIT.split(lowered[8:])
    elif lowered.startswith("cpe:/"):
        values = _from_uri(lowered[5:])
    else:
        return None
    if not 3 <= len(values) <= _PARTS or values[0] not in ("a", "o", "h") or not values[1] or not values[2]:
        return None
    if any(re.search(r"[\s\x00-\x1f\x7f]", value) for value in values):
        return None
    values = [value or "*" for value in values] + ["*"] * (_PARTS - len(values))
    vendor, product, version = (_plain(value) for value in values[1:4])
    return CpeName("cpe:2.3:" + ":".join(values), values[0], vendor, product, version)


def _from_uri(body: str) -> list[str]:
    """Unbind the components of a URI name (percent signs, the packed edition) and quote them for the 2.3 form."""
    raw = body.split(":")
    if len(raw) > 7:
        return []
    raw += [""] * (7 - len(raw))
    part, vendor, product, version, update, edition, language = raw
    packed = [edition, "", "", "", ""]
    if edition.startswith("~"):
        packed = (edition[1:].split("~") + [""] * 5)[:5]
    ordered = [part, vendor, product, version, update, packed[0], language, *packed[1:]]
    return [_quote(value) for value in ordered]


def _quote(value: str) -> str:
    if value in ("", "-"):
        return value or "*"
    # %01 and %02 stand for the wildcards ? and *, which stay unquoted (NIST IR 7695, figure 6-2).
    value = value.replace("%01", "\x01").replace("%02", "\x02")
    quoted = "".join(c if _PLAIN.match(c) or c in "\x01\x02" else "\\" + c for c in unquote(value))
    return quoted.replace("\x01", "?").replace("\x02", "*")


def _plain(value: str) -> str:
    if value in ("*", "-"):
        return ""
    return re.sub(r"\\(.)", r"\1", value)
