"""Reads the shipped YAML files of the templates."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from knowledge.errors import IntegrityError, NotFoundError

# libyaml reads some twelve times faster; every wheel of PyYAML has it, a source build may not.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def place() -> Traversable:
    """The folder of the data files."""
    return files("advisor.policies.templates") / "data"


def read(name: str) -> dict[str, Any]:
    """A data file as a mapping.

    Raises:
        NotFoundError: no such file.
        IntegrityError: it is not YAML, or no mapping.
    """
    try:
        text = (place() / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError("no such template file", subject=name[:80]) from error
    try:
        loaded = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise broken(name, f"is not YAML ({' '.join(str(error).split())[:160]})") from error
    if not isinstance(loaded, dict):
        raise broken(name, "is not a mapping")
    return loaded


def broken(subject: str, message: str) -> IntegrityError:
    """The error for a shipped file that does not hold."""
    return IntegrityError(message, subject=subject, hint="Install the product again; its data files were changed.")
