"""Reads JSON documents of an inventory tool: encodings, odd numbers and depth handled in one place."""

from __future__ import annotations

import json
from typing import Any

from ingest.inventory.csv_file import decode
from knowledge.errors import BadInputError


def load_object(data: bytes) -> dict[str, Any]:
    """Read bytes as one JSON object.

    Raises:
        BadInputError: not JSON, cut off, nested too deeply, or something else than an object.
    """
    text, _ = decode(data)
    try:
        # A number of thousands of digits is kept as its text: int() refuses it, and none of our fields is a number.
        value = json.loads(text.lstrip("\ufeff"), parse_int=lambda digits: int(digits) if len(digits) < 20 else digits)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadInputError(f"is not complete JSON ({where})", hint="Export it again; it may be cut off.") from error
    except RecursionError as error:
        raise BadInputError("is JSON nested too deeply to be an inventory") from error
    if not isinstance(value, dict):
        raise BadInputError("is JSON but not one object, as CycloneDX and SPDX documents are")
    return value


def text_of(value: object) -> str:
    """Give a JSON scalar as text; anything else, and null, as an empty one."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def objects(value: object) -> list[dict[str, Any]]:
    """Give the objects of a JSON list; whatever is not a list of objects counts as none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
