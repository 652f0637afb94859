"""The JSON schema of a pydantic model, as providers take it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_DROPPED = {"default", "examples", "title"}
# https://platform.openai.com/docs/guides/structured-outputs#supported-schemas: strict mode refuses these.
_REFUSED_BY_STRICT = {"minLength", "maxLength", "uniqueItems", "format"}


def provider_schema(kind: type[BaseModel], *, strict: bool) -> dict[str, Any]:
    """The schema with a title, closed objects and every field required, so that a model leaves nothing out.

    Args:
        kind: the model; what the schema cannot say is still checked when the reply is validated.
        strict: leave out what OpenAI's strict mode refuses; local engines use it to bound the reply.
    """
    schema = _closed(kind.model_json_schema(), strict)
    assert isinstance(schema, dict)
    return {"title": kind.__name__.strip("_"), **schema}


def _closed(node: Any, strict: bool, *, names: bool = False) -> Any:
    """A schema node; with `names` the keys are names of fields or definitions and not keywords."""
    if isinstance(node, list):
        return [_closed(item, strict) for item in node]
    if not isinstance(node, dict):
        return node
    drop = set() if names else _DROPPED | (_REFUSED_BY_STRICT if strict else set())
    shaped = {
        key: _closed(value, strict, names=not names and key in {"properties", "$defs"})
        for key, value in node.items()
        if key not in drop
    }
    if not names and isinstance(shaped.get("properties"), dict):
        shaped |= {"additionalProperties": False, "required": list(shaped["properties"])}
    return shaped
