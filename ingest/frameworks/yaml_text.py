"""Reads foreign YAML as texts, lists and objects only: no types are guessed, so the id 4.10 stays 4.10."""

from __future__ import annotations

from typing import Any

import yaml

from knowledge.errors import BadInputError

# The base loader builds str, list and dict and nothing else, whatever tags the document carries.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def load_yaml(data: bytes) -> Any:
    """Read one YAML document; every scalar is a text.

    Raises:
        BadInputError: not YAML, or aliases that would repeat its content many times over.
    """
    try:
        text = data.decode("utf-8-sig")
        _refuse_many_aliases(text)
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - builds plain texts, lists and objects only
    except UnicodeDecodeError:
        raise BadInputError("is not text in UTF-8") from None
    except (yaml.YAMLError, ValueError) as error:
        raise BadInputError(f"is not YAML ({' '.join(str(error).split())[:120]})") from error


def _refuse_many_aliases(text: str) -> None:
    """A handful of aliases is a convenience; nested ones grow without bound when they are written out."""
    aliases = (
        sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_LOADER)) if "*" in text else 0
    )
    if aliases > 50:
        raise BadInputError(f"uses {aliases:,} aliases; at most 50 are read")
