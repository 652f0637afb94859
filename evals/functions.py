"""Every public function that takes a client's id, found by looking: a new one is attacked from its first day."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import advisor
import ingest
import knowledge
from advisor.service import Advisor

LEFT_OUT = ("knowledge.store", "knowledge.gate", "knowledge.places", "migrations", "_child", "knowledge.search.service")
"""Modules below the boundary (they are told which client by what stands above it), and the boundary itself."""


@dataclass(frozen=True)
class ClientFunction:
    """One way to name a client."""

    name: str
    call: Callable[..., Any]
    hints: Mapping[str, Any]
    required: tuple[str, ...]
    """Parameters without a default, `client_id` and `places` apart."""
    method: bool
    """Of `Advisor`: `places` is not among its arguments."""


def client_functions() -> tuple[ClientFunction, ...]:
    """Functions with both `places` and `client_id`, and the methods of `Advisor` with `client_id`; by name."""
    found = [_of(f"{module.__name__}.{name}", one) for module, name, one in _public()]
    found += [
        _of(f"advisor.service.Advisor.{name}", one, method=True)
        for name, one in vars(Advisor).items()
        if not name.startswith("_") and inspect.isfunction(one) and "client_id" in inspect.signature(one).parameters
    ]
    return tuple(sorted(found, key=lambda one: one.name))


def place_functions() -> tuple[str, ...]:
    """Functions that take an open place, by name: they cannot name a client at all."""
    names = []
    for module, name, one in _modules():
        if any("ClientPlace" in str(p.annotation) for p in inspect.signature(one).parameters.values()):
            names.append(f"{module.__name__}.{name}")
    return tuple(sorted(names))


def _modules() -> Iterator[tuple[Any, str, Any]]:
    for package in (advisor, ingest, knowledge):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if any(word in info.name for word in LEFT_OUT):
                continue
            module = importlib.import_module(info.name)
            for name, one in vars(module).items():
                if not name.startswith("_") and inspect.isfunction(one) and one.__module__ == module.__name__:
                    yield module, name, one


def _public() -> Iterator[tuple[Any, str, Any]]:
    for module, name, one in _modules():
        parameters = inspect.signature(one).parameters
        if "client_id" in parameters and "places" in parameters:
            yield module, name, one


def _of(name: str, one: Callable[..., Any], *, method: bool = False) -> ClientFunction:
    parameters = inspect.signature(one).parameters
    return ClientFunction(
        name=name,
        call=one,
        hints=_hints(one),
        required=tuple(
            key
            for key, parameter in parameters.items()
            if parameter.default is inspect.Parameter.empty
            and parameter.kind in {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
            and key not in {"self", "places", "client_id"}
        ),
        method=method,
    )


def _hints(one: Callable[..., Any]) -> dict[str, Any]:
    """The annotations, those that are imported for type checkers only left out."""
    try:
        return typing.get_type_hints(one)
    except NameError:
        names = vars(inspect.getmodule(one))
        found = {}
        for key, text in one.__annotations__.items():
            try:
                found[key] = eval(text, names)  # noqa: S307 - annotations of our own source
            except NameError:
                continue
        return found
