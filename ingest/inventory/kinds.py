"""What the planner knows of assets and third parties: their fields, and what stays the same across versions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from ingest.inventory.interface import RawRow, RecordT
from ingest.inventory.values import Values, asset_values, supplier_values
from ingest.inventory.words import fold, listed
from knowledge.records.asset import Asset, ThirdParty

Fields = Mapping[str, Any]
Identity = tuple[str, ...]

_GENERATED = re.compile(r"^[at]-[0-9a-f]{16}(~\d+)?$")
_LEGAL = frozenset(listed("inc,llc,ltd,limited,gmbh,ag,sa,sas,sarl,srl,bv,nv,plc,corp,corporation,co,company,oy,ab,kg"))


@dataclass(frozen=True, slots=True)
class Kind(Generic[RecordT]):
    """What the planner must know of a record type."""

    record: type[RecordT]
    prefix: str
    fields: tuple[str, ...]
    """Fields that an import fills and compares."""
    identity: Callable[[Fields], Identity]
    """What stays the same when a version, an owner or a rating changes; starts with the name without case."""
    version: Callable[[Fields], str]
    """What tells apart two things of one identity (two versions of one library)."""
    read: Callable[[RawRow], Values]
    needs: str
    """Why a row without a name is skipped."""


def derived_id(kind: Kind[Any], fields: Fields) -> str:
    """Give the key of a row that has no id of its own: prefix and 16 hex digits of SHA-256 over its identity."""
    digest = hashlib.sha256("\x1f".join(kind.identity(fields)).encode()).hexdigest()
    return f"{kind.prefix}-{digest[:16]}"


def is_derived_id(id_: str) -> bool:
    """Whether an id was made by `derived_id`, with or without a number behind it."""
    return bool(_GENERATED.match(id_))


def purl_base(purl: str) -> str:
    """Give a package URL without version, qualifiers and subpath, which change when the package is upgraded."""
    path = re.split(r"[?#]", purl, maxsplit=1)[0]
    head, at, tail = path.rpartition("@")
    return head if at and "/" not in tail else path


def _text(fields: Fields, name: str) -> str:
    return str(fields.get(name, "") or "")


def _asset_identity(fields: Fields) -> Identity:
    # Case aside, every sign counts: C, C++ and C# are three products.
    texts = (_text(fields, name).casefold() for name in ("name", "host", "vendor", "product"))
    return (*texts, purl_base(_text(fields, "purl")))


def _supplier_identity(fields: Fields) -> Identity:
    words = fold(_text(fields, "name")).split()
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return (" ".join(words) or _text(fields, "name"),)


ASSETS: Kind[Asset] = Kind(
    record=Asset,
    prefix="a",
    fields=(
        *("name", "kind", "owner", "criticality", "exposure", "vendor", "product", "version", "cpe", "purl", "host"),
        *("provided_by", "notes"),
    ),
    identity=_asset_identity,
    version=lambda fields: _text(fields, "version"),
    read=asset_values,
    needs="no name, product, host, package URL or CPE",
)
THIRD_PARTIES: Kind[ThirdParty] = Kind(
    record=ThirdParty,
    prefix="t",
    fields=("name", "service", "criticality", "contact", "contract", "domain", "tools", "notes"),
    identity=_supplier_identity,
    version=lambda _fields: "",
    read=supplier_values,
    needs="no name",
)
