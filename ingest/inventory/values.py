"""Words of an inventory as values of our fields: criticality, exposure, kind, CPE, package URL, tools used."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from packageurl import PackageURL

from ingest.inventory.cpe import parse_cpe
from ingest.inventory.interface import RawRow
from ingest.inventory.words import BLANK_WORDS, CRITICALITY_WORDS, EXPOSURE_WORDS, KIND_WORDS, fold, listed
from knowledge.records.asset import MAX_FIELD, AssetKind, Criticality, Exposure, ToolUsed

MAX_ID = 200
MAX_TOOLS = 100
_NEGATIONS = frozenset(listed("not, no, non, nicht, kein, keine, pas, sin"))
_YES_NO = frozenset(listed("yes, y, true, 1, x, ja, oui, si, no, n, false, 0, nein, non, none"))
_VERSION = re.compile(r"^[vV]?\d+(?:\.\w+)+$|^[vV]\d+$|^\d{4}(?:[.\-]\w+)*$")
# Names of several words; elsewhere the first word of a tool is taken as its vendor.
_LONG_VENDORS = (
    *("Palo Alto Networks", "Check Point", "Trend Micro", "Red Hat", "Hewlett Packard Enterprise", "Progress Software"),
    *("Pulse Secure", "Extreme Networks", "Juniper Networks", "Arctic Wolf", "Jamf Software", "Zoho Corporation"),
)
_NO_VENDOR = frozenset(
    listed("remote, cloud, backup, web, mobile, virtual, managed, network, endpoint, secure, password, active, the")
)


@dataclass(frozen=True, slots=True)
class Values:
    """A row as field values. Text fields hold `""` and worded ones `unknown` where nothing is known."""

    fields: dict[str, str]
    given: frozenset[str]
    """Fields that have a column in the file, filled or not."""
    weak: frozenset[str]
    """Fields worked out from others (vendor from the CPE); they never replace a known value."""
    remarks: tuple[str, ...]
    tools: tuple[ToolUsed, ...] = ()


def one_line(text: str) -> str:
    """Give untrusted text as one line: control signs become spaces, invisible and direction signs go, edges trimmed."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    return " ".join(text.split())


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf" or ord(char) & 0xFFFE == 0xFFFE:  # U+xxFFFE and U+xxFFFF are no characters; XML refuses them
        return ""
    if category == "Cs":
        return "\ufffd"
    return " " if category in ("Cc", "Zl", "Zp", "Zs") else char


def asset_values(row: RawRow) -> Values:
    """Read a row as an asset. Whatever is not understood is left empty with a remark, never guessed silently."""
    remarks: list[str] = []
    fields = _texts(row, remarks)
    weak: set[str] = set()
    _worded(fields, row, remarks)
    _identifiers(fields, weak, remarks)
    if not fields.get("name"):
        product, host = fields.get("product", ""), fields.get("host", "")
        fields["name"] = f"{product} on {host}"[:MAX_FIELD] if product and host else product or host
        weak.add("name")
    return Values(fields, frozenset(row.values), frozenset(weak), tuple(remarks))


def supplier_values(row: RawRow) -> Values:
    """Read a row as a third party, its tools taken apart."""
    remarks: list[str] = []
    raw_tools = row.values.get("tools", "")
    fields = _texts(row, remarks)
    fields.pop("tools", None)
    _worded(fields, row, remarks)
    if fields.get("domain"):
        fields["domain"] = re.sub(r"^[a-z]+://", "", fields["domain"].lower()).split("/")[0].removeprefix("www.")
    return Values(fields, frozenset(row.values), frozenset(), tuple(remarks), parse_tools(raw_tools))


def parse_tools(text: str) -> tuple[ToolUsed, ...]:
    """Take a list of tools apart: `N-able N-central 2026.3; ScreenConnect`.

    Tools are separated by semicolons, bars or line breaks, by commas where none of these is there. Within one, a colon
    or ` / ` separates vendor from product; without it the first word of several is the vendor, unless it is a common
    word. A last word that looks like a version is the version.
    """
    pieces = re.split(r"[;|\n\r]+", text) if re.search(r"[;|\n\r]", text) else text.split(",")
    tools = (_tool(one_line(piece)) for piece in pieces)
    return tuple(dict.fromkeys(tool for tool in tools if tool))[:MAX_TOOLS]


def tool_text(tool: ToolUsed) -> str:
    """Give a tool in a form that `parse_tools` reads back: plain where that does, else with a colon."""
    version = f" {tool.version}" if tool.version else ""
    plain = f"{tool.vendor} {tool.product}{version}".strip()
    return plain if parse_tools(plain) == (tool,) else f"{tool.vendor}: {tool.product}{version}"


def criticality(text: str, scale: str = "") -> Criticality | None:
    """Read a criticality word or number; None where not understood. `scale` is `lowest-highest`, such as `1-5`."""
    folded = fold(text)
    if not folded:
        return "unknown"
    if folded in CRITICALITY_WORDS:
        return CRITICALITY_WORDS[folded]
    word = re.sub(r"^(?:p|tier|level|prio|stufe)?\s*\d+\s+|\s+\d+$", "", folded)
    if word in CRITICALITY_WORDS:
        return CRITICALITY_WORDS[word]
    number = re.fullmatch(r"(p|tier|level|prio|stufe)?\s*(\d{1,2})", folded)
    if not number:
        return None
    if number[1] in ("p", "tier", "prio"):
        return _on_scale(int(number[2]), 4, 1)
    low, _, high = (scale or "1-5").partition("-")
    return _on_scale(int(number[2]), int(low), int(high))


def _on_scale(value: int, lowest: int, highest: int) -> Criticality | None:
    """Place a number between the lowest and the highest of a scale; three steps have no `critical`."""
    if lowest == highest or not min(lowest, highest) <= value <= max(lowest, highest):
        return None
    share = (value - lowest) / (highest - lowest)
    if abs(highest - lowest) == 2:
        return ("low", "medium", "high")[round(share * 2)]
    return "critical" if share >= 0.9 else "high" if share >= 0.6 else "medium" if share >= 0.33 else "low"


def exposure(text: str) -> Exposure | None:
    """Read an exposure word (`internet-facing`, `dmz`, `yes`, `LAN`); None where it is not understood."""
    folded = fold(text)
    if not folded:
        return "unknown"
    if folded in EXPOSURE_WORDS:
        return EXPOSURE_WORDS[folded]
    padded = f" {folded} "
    found = {
        value
        for word, value in EXPOSURE_WORDS.items()
        if word not in _YES_NO and value != "unknown" and f" {word} " in padded
    }
    if _NEGATIONS & set(folded.split()):
        return "internal" if found == {"internet"} else None
    for value in ("internet", "internal", "isolated"):
        if value in found:
            return value
    return None


def kind(text: str) -> AssetKind | None:
    """Read a kind word (`firewall` is network, `laptop` is hardware); None where it is not understood."""
    folded = fold(text)
    if not folded:
        return "unknown"
    words = folded.split()
    phrases = [words[start:] for start in range(len(words))] + [words[:end] for end in range(len(words) - 1, 0, -1)]
    return next((KIND_WORDS[phrase] for phrase in map(" ".join, phrases) if phrase in KIND_WORDS), None)


def _texts(row: RawRow, remarks: list[str]) -> dict[str, str]:
    fields = {}
    for field, raw in row.values.items():
        text = one_line(raw)
        if (len(text) < 20 and fold(text) in BLANK_WORDS) or text in ("-", "--", "?", "."):
            text = ""
        limit = MAX_ID if field == "id" else MAX_FIELD
        if len(text) > limit and field != "tools":
            if field == "notes":
                text = text[: limit - 1].rstrip() + "…"
                remarks.append(f"notes cut to {limit:,} characters")
            else:
                remarks.append(f"{field} left empty: {len(text):,} characters, the limit is {limit:,}")
                text = ""
        fields[field] = text
    return fields


def _worded(fields: dict[str, str], row: RawRow, remarks: list[str]) -> None:
    """Replace words by the values of our enumerations; not understood becomes unknown with a remark."""
    readers = {"criticality": lambda text: criticality(text, row.hints.get("criticality", ""))}
    for field, read in {**readers, "exposure": exposure, "kind": kind}.items():
        text = fields.get(field)
        if text is None:
            continue
        value = read(text)
        if value is None:
            remarks.append(f"{field} {text[:40]!r} is not understood and counts as unknown")
        fields[field] = value or "unknown"


def _identifiers(fields: dict[str, str], weak: set[str], remarks: list[str]) -> None:
    """Check CPE and package URL, and take from them what the row does not say itself."""
    known: dict[str, str] = {}
    if fields.get("purl"):
        try:
            purl = PackageURL.from_string(fields["purl"])
        except ValueError:
            remarks.append(f"purl {fields['purl'][:60]!r} is not a package URL and was left out")
            fields["purl"] = ""
        else:
            known |= {"product": purl.name, "version": one_line(purl.version or ""), "kind": "library"}
    if fields.get("cpe"):
        name = parse_cpe(fields["cpe"])
        if name is None or len(name.formatted) > MAX_FIELD:
            remarks.append(f"cpe {fields['cpe'][:60]!r} is not a CPE name and was left out")
            fields["cpe"] = ""
        else:
            fields["cpe"] = name.formatted
            known |= {"vendor": name.vendor.replace("_", " "), "version": name.version.replace("_", " ")}
            known.setdefault("product", name.product.replace("_", " "))
            if name.part != "a":
                known["kind"] = {"o": "operating-system", "h": "hardware"}[name.part]
    for field, value in known.items():
        if value and fields.get(field, "") in ("", "unknown") and len(value) <= MAX_FIELD:
            fields[field] = value
            if field != "version":
                weak.add(field)


def _tool(text: str) -> ToolUsed | None:
    words = text.split()
    version = words.pop() if len(words) > 1 and _VERSION.match(words[-1]) else ""
    text = " ".join(words)
    explicit = re.match(r"^([^:/]*?)\s*(?::\s+|\s/\s|>\s*)(.+)$", text)
    if explicit:
        vendor, product = explicit[1], explicit[2]
    else:
        vendor = next((v for v in _LONG_VENDORS if text.lower().startswith(v.lower() + " ")), "")
        if not vendor and len(words) > 1 and words[0].lower() not in _NO_VENDOR:
            vendor = words[0]
        product = text[len(vendor) :].strip()
    if not product or not fold(product):
        return None
    return ToolUsed(vendor=vendor[:MAX_FIELD], product=product[:MAX_FIELD], version=version[:MAX_FIELD])
