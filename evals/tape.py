"""The log of a run: what each case was given and what came out, so that it can be scored again or gone on with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, TextIO

from knowledge.errors import BadInputError, NotFoundError, SettingsError, UsageError, VcisoError

Mode = Literal["record", "resume", "replay"]


@dataclass(frozen=True)
class Take:
    """One case's turn: its output, or the error that came instead of one."""

    case: str
    output: Any
    """A JSON value; None where there was an error."""
    error: str
    seconds: float


class Tape:
    """Plays cases: runs them and writes them down, or reads what an earlier run wrote.

    A suite asks the system only through `take`, and scores what that gives. So the same scoring runs over a fresh
    run, over one that goes on after a break, and over a log alone.

    Args:
        file: a JSONL log; None keeps nothing.
        mode: `record` begins anew, `resume` runs only what the log lacks, `replay` runs nothing.
        head: what the log says about the whole run; written once.

    Raises:
        NotFoundError, BadInputError: the log to read is not there, or is none.
        UsageError: the log cannot be written, or its run, to be gone on with, is not the one that `head` tells of.
    """

    def __init__(
        self, file: Path | None = None, *, mode: Mode = "record", head: Mapping[str, Any] | None = None
    ) -> None:
        self.mode = mode
        self.errors: dict[str, str] = {}
        """Cases that ended in an error, which is no wrong answer: id -> what it said."""
        self.head: Mapping[str, Any] = head or {}
        self._file = file
        self._kept: dict[str, dict[str, Any]] = {}
        self._out: TextIO | None = None
        if mode != "record":
            if file is None:
                raise UsageError("needs a log", subject=mode)
            self.head, self._kept = read_log(file)
            if mode == "resume" and head is not None:
                _check_same_run(self.head, head, file)
        if mode == "record" and file is not None:
            self._write({"kind": "head", **self.head}, begin=True)

    def close(self) -> None:
        """Ends the log."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def take(self, case: str, given: Mapping[str, Any], run: Callable[[], Any]) -> Take:
        """One case's output: of the log where it has it, else of `run`.

        Args:
            case: id, unique in the run.
            given: the inputs as JSON; a case whose inputs differ from the log's is run again, or refused on replay.
            run: asks the system and returns a JSON value. An error of ours is recorded as one.

        Raises:
            BadInputError: on replay, the log lacks the case or has it with other inputs.
        """
        mark = digest(given)
        row = self._kept.get(case)
        if row is not None and row["given_sha256"] != mark:
            if self.mode == "replay":
                raise BadInputError("its inputs are not those of the log", subject=case, hint="Run the suite anew.")
            row = None
        if row is None:
            if self.mode == "replay":
                raise BadInputError("is not in the log", subject=case, hint="`--resume LOG` adds what is missing.")
            row = self._run(case, given, mark, run)
        if row["error"]:
            self.errors[case] = row["error"]
        return Take(case, row["output"], row["error"], row["seconds"])

    def _run(self, case: str, given: Mapping[str, Any], mark: str, run: Callable[[], Any]) -> dict[str, Any]:
        started = perf_counter()
        output, error = None, ""
        try:
            output = json.loads(json.dumps(run()))
        except (SettingsError, UsageError):
            raise  # how the run was set up, not how a case went
        except VcisoError as failed:
            error = f"{type(failed).__name__}: {failed}"
        row = {
            "kind": "take",
            "case": case,
            "given": given,
            "given_sha256": mark,
            "output": output,
            "error": error,
            "seconds": round(perf_counter() - started, 5),
        }
        self._kept[case] = row
        self._write(row)
        return row

    def _write(self, row: Mapping[str, Any], *, begin: bool = False) -> None:
        if self._file is None:
            return
        try:
            if self._out is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._out = self._file.open("w" if begin else "a", encoding="utf-8")
            self._out.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._out.flush()
        except OSError as error:
            raise UsageError(f"the log cannot be written ({error.strerror})", subject=str(self._file)) from None


def digest(value: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


_SAME = ("suite", "model", "model_sha256", "seed", "sample", "quick", "code_sha256", "rules_sha256", "prompts")
"""What a run that goes on has in common with its first part: a log speaks of one system."""


def _check_same_run(kept: Mapping[str, Any], now: Mapping[str, Any], file: Path) -> None:
    other = [name for name in _SAME if name in {**kept, **now} and kept.get(name) != now.get(name)]
    if other:
        raise UsageError(
            f"cannot be gone on with: {', '.join(other)} differ from this run's", subject=str(file), hint="Run it anew."
        )


def read_log(file: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The head of a log and its cases by id; a last line that a kill cut off is left out.

    Raises:
        NotFoundError: no such file.
        BadInputError: not a log.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFoundError(f"the log cannot be read ({error.strerror})", subject=str(file)) from None
    whole = text if text.endswith("\n") else text[: text.rfind("\n") + 1]
    try:
        rows = [json.loads(line) for line in whole.split("\n") if line.strip()]
        head = rows[0]
        kept = {row["case"]: row for row in rows[1:] if {"given_sha256", "output", "error", "seconds"} <= set(row)}
    except (ValueError, KeyError, IndexError, TypeError):
        head, kept = {}, {}
    if not isinstance(head, dict) or head.get("kind") != "head":
        raise BadInputError("is no log of a run", subject=str(file), hint="`python -m evals SUITE` writes one.")
    if whole != text:
        file.write_text(whole, encoding="utf-8")  # so that what is added starts on a line of its own
    return head, kept
