"""What every command shares: the home, errors in one or two lines, tables and progress."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, Exit, TyperException

from knowledge.errors import UsageError, VcisoError
from knowledge.masking import hide_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from knowledge.places import Places
    from knowledge.settings import Settings

EXIT_UNEXPECTED = 70
"""Exit code of an error that is ours (BSD sysexits EX_SOFTWARE)."""
EXIT_INTERRUPTED = 130


@dataclass
class Call:
    """The options given before the command."""

    home: Path | None = None
    debug: bool = False
    settings: Settings | None = None
    """As they were read once for this call."""


class Group(TyperGroup):
    """The command tree; translates errors once, at the face."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; an error becomes one or two lines and its exit code, a traceback only with --debug.

        What is shown has no key in it, though the message of a fault may.
        """
        try:
            return super().invoke(ctx)
        except (Exit, Abort, TyperException):
            raise
        except VcisoError as error:
            _debug(ctx, error)
            head = f"{plain(error.subject)}: {plain(error.message)}" if error.subject else plain(error.message)
            typer.echo(f"vciso: {hide_secrets(head)}.", err=True)
            if error.hint:
                typer.echo(f"  {plain(hide_secrets(error.hint))}", err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("vciso: stopped; what was finished is kept.", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(0) from None
        except Exception as error:  # noqa: BLE001 - nobody above would say it in a line, without its keys
            _debug(ctx, error)
            said = plain(hide_secrets(str(error)))[:300]
            typer.echo(f"vciso: unexpected {type(error).__name__}: {said}", err=True)
            typer.echo("  This is a fault of ours: run it again with --debug and report what it prints.", err=True)
            raise typer.Exit(EXIT_UNEXPECTED) from None


def _debug(ctx: Any, error: Exception) -> None:
    """The traceback where it was asked for."""
    if isinstance(ctx.obj, Call) and ctx.obj.debug:
        import traceback

        typer.echo(plain(hide_secrets("".join(traceback.format_exception(error)))), err=True)


def group(name: str, text: str, short: str = "") -> typer.Typer:
    """A command group; `short` is its line in the list of commands."""
    return typer.Typer(
        name=name,
        help=text,
        short_help=short or None,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def now() -> datetime:
    """The time of this run, aware, in UTC: read once by a command and passed down."""
    return datetime.now(UTC)


def settings(ctx: typer.Context) -> Settings:
    """The settings for the home that the call names."""
    call: Call = ctx.obj
    if call.settings is None:
        from knowledge.settings import load_settings

        call.settings = load_settings(call.home)
    return call.settings


@contextmanager
def open_home(ctx: typer.Context, at: datetime) -> Iterator[Places]:
    """The home of this call; removals that were killed half-way are finished first, in the open."""
    from knowledge.places import Places

    with Places(settings(ctx), now=at, purpose=ctx.command_path) as places:
        if places.removals_folder.is_dir():
            from knowledge.clients import resume_removals

            for proof in resume_removals(places, at):
                say(f"Finished a removal that had been interrupted ({proof.ref}): nothing of that client is left.")
        yield places


def say(text: str = "") -> None:
    """One line for a person; control characters of foreign text never reach the terminal."""
    typer.echo(plain(text))


def plain(text: str) -> str:
    """Text without control, format and surrogate characters (Unicode Cc, Cf, Cs), new lines and tabs kept."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def say_json(value: Any) -> None:
    """JSON for a program: plain types, indented, UTF-8."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=True))


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes every text literally."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table that wraps instead of cutting."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(plain(title), style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_header=any(columns),
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    console().print(table)


@contextmanager
def progress(text: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on standard error, called with done, total and what is at work; silent where it is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task(text, total=None)

        def step(done: int, total: int, subject: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{text}: {plain(subject)[:50]}")

        yield step


def parse_day(text: str | None, option: str) -> date | None:
    """A calendar day `YYYY-MM-DD`.

    Raises:
        UsageError: not a day.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("is not a day", subject=f"{option} {text}", hint="Write it as YYYY-MM-DD.") from None
