"""Reads JSON the strict way: one sentence for a duplicate key, NaN, a huge number, a cut or a wrong encoding."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from knowledge.errors import BadInputError

MAX_DIGITS = 40


def load_json(data: bytes) -> Any:
    """Read a JSON document in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Raises:
        BadInputError: not JSON as RFC 8259 has it, or ambiguous (a key twice), or out of bounds. No subject is set:
            the sandbox names the file.
    """
    text = _decode(data)
    if not text.strip():
        raise BadInputError("is empty")
    if text.lstrip()[:1] == "<":
        raise BadInputError("is a web page or XML, not JSON")
    try:
        return json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        at_end = error.pos >= len(text.rstrip()) - 1 and error.msg != "Extra data"
        if at_end or error.msg.startswith("Unterminated string"):
            raise BadInputError("breaks off in the middle: the JSON is cut short") from None
        raise BadInputError(f"is not JSON ({error.msg.lower()}, line {error.lineno})") from None
    except RecursionError:
        raise BadInputError("is nested too deeply to be read") from None


def load_object(data: bytes) -> dict[str, Any]:
    """Read a JSON document that has to be an object; raises like `load_json`."""
    value = load_json(data)
    if not isinstance(value, dict):
        raise BadInputError(f"is JSON with {_name(value)} at the top, not the object that was expected")
    return value


def list_at(parent: dict[str, Any], key: str) -> list[Any]:
    """Give the list under `key`, which has to be there.

    Raises:
        BadInputError: missing or of another type.
    """
    if key not in parent:
        raise BadInputError(f"has no '{key}'")
    value = parent[key]
    if not isinstance(value, list):
        raise BadInputError(f"has {_name(value)} where '{key}' has to be a list")
    return value


def _decode(data: bytes) -> str:
    try:
        return data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadInputError("is not text in UTF-8, UTF-16 or UTF-32") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadInputError(f"has the key '{twice[:60]}' twice in one object, so it is not clear which one counts")
    return made


def _constant(name: str) -> NoReturn:
    raise BadInputError(f"contains {name}, which is not a number in JSON")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise BadInputError(f"contains a number of {len(text)} digits; at most {MAX_DIGITS} are read")
    return int(text)


def _float(text: str) -> float:
    value = float(text) if len(text) <= 400 else math.inf
    if not math.isfinite(value):
        raise BadInputError(f"contains a number out of range ({text[:40]})")
    return value


def _name(value: Any) -> str:
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number"}
    return names.get(type(value), "null" if value is None else "a number")
