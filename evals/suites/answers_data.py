"""Reads cases of the answers suite: questions with reference requirements, quotations and documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import BadInputError, NotFoundError

DEFAULT = Path(__file__).resolve().parents[1] / "cases" / "answers"
QUESTIONS = "questions.jsonl"


@dataclass(frozen=True)
class Case:
    """One question and what is known about its answer."""

    id: str
    question: str
    client: str = ""
    """Folder under `documents/`; empty: frameworks alone."""
    requirements: frozenset[tuple[str, str]] = frozenset()
    """(framework id, requirement id) of the reference."""
    quotes: tuple[str, ...] = ()
    """Pieces of the client's documents that an answer must quote."""
    answerable: bool = True
    conflict: bool = False
    frameworks: tuple[str, ...] = ()
    """Ids of the frameworks to answer from; empty: as the question says."""
    unknown_ids: tuple[str, ...] = ()
    """Ids in the question that exist nowhere, and that no answer may state as a fact."""


@dataclass(frozen=True)
class Bench:
    """All cases of a folder with the documents of its clients."""

    folder: Path
    cases: tuple[Case, ...]

    @property
    def shelf(self) -> Path:
        """The folder of documents: its own, or that of the folder above, whose clients several sets share."""
        own = self.folder / "documents"
        return own if own.is_dir() else self.folder.parent / "documents"

    def documents(self, client: str) -> tuple[Path, ...]:
        """A client's files, sorted."""
        return tuple(sorted(file for file in (self.shelf / client).glob("*") if file.is_file()))

    @property
    def clients(self) -> tuple[str, ...]:
        """Clients that cases name or that have documents."""
        named = {case.client for case in self.cases if case.client}
        return tuple(sorted(named | {path.name for path in self.shelf.glob("*") if path.is_dir()}))


def load(folder: Path) -> Bench:
    """The cases of a folder.

    Raises:
        NotFoundError: there is no `questions.jsonl`.
        BadInputError: a line that is no case.
    """
    file = folder / QUESTIONS
    if not file.is_file():
        raise NotFoundError("no such file", subject=str(file), hint="evals/cases/answers/README.md says what it holds.")
    cases = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line), number))
            except (ValueError, KeyError, TypeError) as error:
                raise BadInputError(f"line {number} is no case ({error})", subject=str(file)) from error
    return Bench(folder, tuple(cases))


def _case(row: dict[str, Any], number: int) -> Case:
    wanted = [_requirement(one) for one in row.get("requirements") or ()]
    quotes = tuple(row.get("quotes") or ())
    return Case(
        id=str(row.get("id") or number),
        question=str(row.get("question") or row["text"]),
        client=str(row.get("client") or ""),
        requirements=frozenset(wanted),
        quotes=quotes,
        answerable=bool(row.get("answerable", bool(wanted or quotes))),
        conflict=bool(row.get("conflict", False)),
        frameworks=tuple(row.get("frameworks") or ()),
        unknown_ids=tuple(row.get("unknown_ids") or ()),
    )


def _requirement(value: str | Sequence[str] | dict[str, str]) -> tuple[str, str]:
    if isinstance(value, dict):
        return value["framework"], value["id"]
    framework, _, requirement = value.partition(":") if isinstance(value, str) else (value[0], "", value[1])
    return framework, requirement
