"""Makes a value for any annotation and a record of any type, every free text of it being one given word."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
_PLAIN: Mapping[Any, Any] = {int: 1, float: 0.5, bool: False, bytes: b"", datetime: AT, date: AT.date()}
_SHAPED = (
    "{word}@kanari.example",
    "P-1",
    "b-0000000000a1",
    "c-0000000000a1",
    "u-0000000000a1",
    "s-0000000000a1",
    "r-0000000000a1",
    "an-0000000000a1",
    "CVE-2026-10001",
    "a1",
    "0" * 64,
    "https://kanari.example/{word}",
    "2026-08-07",
    "",
)
"""Texts for fields that take a certain form only."""


class UnmakeableError(Exception):
    """No value of that type could be made."""


def value(kind: Any, word: str) -> Any:
    """A value of an annotation.

    Raises:
        UnmakeableError: the annotation is none that this knows, or a record refuses everything.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin is not None and hasattr(kind, "__metadata__"):
        return value(inner[0], word)
    if kind is Any:
        return word
    if origin is Literal:
        return inner[0]
    if origin in {Union, types.UnionType}:
        chosen = [one for one in inner if one is not type(None)]
        return value(chosen[0], word)
    if origin in {tuple, list, set, frozenset, Sequence, Collection, Iterable, AbstractSet} and inner:
        made = value(inner[0], word)
        return origin((made,)) if origin in {list, set, frozenset} else (made,)
    if origin in {dict, Mapping} and inner:
        return {value(inner[0], word): value(inner[1], word)}
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in {str, Path}:
        return kind(word)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{field.name: value(hints[field.name], word) for field in dataclasses.fields(kind)})
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return record(kind, word)
    raise UnmakeableError(str(kind))


def record(kind: type[BaseModel], word: str) -> Any:
    """A record whose fields all hold something; those that refuse the word get a text of another form.

    Raises:
        UnmakeableError: a field takes nothing that this knows.
    """
    fields: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        try:
            fields[name] = value(field.annotation, word)
        except UnmakeableError:
            if field.is_required():
                raise
    tried: dict[str, int] = {}
    for _ in range(200):
        try:
            return kind.model_validate(fields)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                name = str(fault["loc"][0]) if fault["loc"] else ""
                if name in fields and not isinstance(fields[name], str | tuple):
                    fields[name] = _other(fields[name], fault)
                    continue
                if name not in fields:
                    raise UnmakeableError(f"{kind.__name__}: {fault['msg']}") from None
                at = tried[name] = tried.get(name, -1) + 1
                if at < len(_SHAPED):
                    shaped = _SHAPED[at].format(word=word)
                    fields[name] = (shaped,) if isinstance(fields[name], tuple) else shaped
                elif not kind.model_fields[name].is_required():
                    del fields[name]
                else:
                    raise UnmakeableError(f"{kind.__name__}.{name}: {fault['msg']}") from None
    raise UnmakeableError(kind.__name__)


def _other(found: Any, fault: Mapping[str, Any]) -> Any:
    """Another number where a bound is given; None where nothing else is known."""
    bounds = fault.get("ctx") or {}
    for key in ("ge", "le"):
        if key in bounds:
            return type(found)(bounds[key])
    return None
