"""Commands that are read when they are called for: the first word of a call needs the code of that word alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.main import get_group

from ui.cli.common import Group


@dataclass(frozen=True)
class Part:
    """Where a command or a group of commands is."""

    module: str
    """In `ui.cli`."""
    name: str = "app"
    """Of the function, or of the group there."""
    short: str = ""
    """The line in the list of commands; empty takes the group's own."""
    more: tuple[str, ...] = ()
    """Modules whose `app` has further commands of the group."""


class Parts(MutableMapping[str, Any]):
    """Commands by their names: `there` as they are, `parts` known by name at once and read at the first look."""

    def __init__(self, parts: Mapping[str, Part], there: Mapping[str, Any]) -> None:
        self._parts = parts
        self._read: dict[str, Any] = dict.fromkeys(parts) | dict(there)

    def __getitem__(self, name: str) -> Any:
        if self._read[name] is None:
            self._read[name] = _command(name, self._parts[name])
        return self._read[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._read[name] = command

    def __delitem__(self, name: str) -> None:
        del self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def tree(parts: Mapping[str, Part]) -> type[Group]:
    """The class of a group with these commands, to be given to `typer.Typer(cls=...)`."""

    class Tree(Group):
        def __init__(self, *values: Any, **named: Any) -> None:
            super().__init__(*values, **named)
            self.commands: MutableMapping[str, Any] = Parts(parts, self.commands)

    return Tree


def _command(name: str, part: Part) -> Any:
    """A command as Typer makes it."""
    found = getattr(import_module(f"ui.cli.{part.module}"), part.name)
    holder = _holder()
    if not isinstance(found, typer.Typer):
        holder.command(name, short_help=part.short or None)(found)
    elif part.short:
        holder.add_typer(found, short_help=part.short)
    else:
        holder.add_typer(found)
    made: Any = get_group(holder).commands[name]
    for module in part.more:
        more = _holder()
        more.add_typer(import_module(f"ui.cli.{module}").app)
        made.commands.update(get_group(more).commands)
    return made


def _holder() -> typer.Typer:
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
