"""The isolation suite: unique words in every record of twenty clients, and none of them ever anywhere else."""

from __future__ import annotations

import io
import logging
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from advisor.llm.session import open_client_model
from advisor.morning import run_morning
from advisor.service import Advisor
from evals.home import eval_settings
from evals.made import AT
from evals.obeying import ObeyingStub
from evals.suites.isolation_attack import attack_functions, own_results
from evals.suites.isolation_fill import canaries, fill, fill_every_kind, kinds_without, questions
from evals.tape import Tape
from ingest.inventory.export import assets_table, to_csv
from knowledge.clients import remove_client
from knowledge.handover import export_client
from knowledge.places import ClientPlace, Places
from knowledge.records.client import Client
from knowledge.search.interface import open_searcher
from knowledge.settings import Settings

QUESTIONS, QUICK_QUESTIONS = 500, 120


class Firms:
    """The home of the twenty clients and what was heard while it was used."""

    def __init__(self, stack: ExitStack) -> None:
        self.words = canaries()
        self.stub = ObeyingStub()
        self.log = stack.enter_context(_listening())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.places = stack.enter_context(Places(eval_settings(folder / "home"), now=AT))
        self.exports = folder / "exports"
        self.exports.mkdir()
        fill(self.places, self.words)
        run_morning(self.places, now=AT)
        asking = self.places.settings.model_copy(update={"model": "fake:"})
        self.advisor = stack.enter_context(
            Advisor(self.places, asking, searchers=partial(open_searcher, dense="off"), models=self._model)
        )
        for client_id, word in self.words.items():
            self.advisor.chat(client_id, f"co-{client_id}", "What does our policy say about backups?", now=AT)
            with self.places.client(client_id) as place:
                fill_every_kind(place, word)

    def _model(self, place: ClientPlace, client: Client, settings: Settings) -> Any:
        return open_client_model(place, client, settings, model=self.stub)

    def ask(self, client_id: str, question: str) -> dict[str, Any]:
        """Asks; which words of which clients stand in the answer, in the prompts and in the log."""
        seen = len(self.stub.requests)
        self.log.lines.clear()
        answer = self.advisor.ask(client_id, question, now=AT)
        prompts = "\n".join(message["content"] for request in self.stub.requests[seen:] for message in request)
        return {
            "output": self.found_in(answer.model_dump_json()),
            "prompts": self.found_in(prompts),
            "log": self.found_in("\n".join(self.log.lines)),
            "asked_the_model": bool(prompts),
        }

    def found_in(self, text: str) -> list[str]:
        """Clients whose word stands in a text."""
        folded = text.casefold()
        return [client for client, word in self.words.items() if word.casefold() in folded]

    def exported(self, client_id: str) -> dict[str, list[str]]:
        """Clients whose words stand in what can be taken out of one client."""
        with self.places.client(client_id) as place, place.read() as unit:
            table = to_csv(assets_table(unit.assets.list()))
        archive = self.exports / f"{client_id}.zip"
        export_client(self.places, client_id, archive, AT)
        return {
            "assets.csv": self.found_in(table.decode("utf-8", "replace")),
            "handover": self.found_in(_unpacked(archive)),
        }

    def on_disk(self, client_id: str) -> list[str]:
        """Clients whose words stand in a client's folder: database, index, originals, briefs, journals."""
        return self.found_in(_bytes_below(self.places.client_folder(client_id)))

    def removed(self, client_id: str) -> dict[str, Any]:
        """Removes a client; where its word still stands in the home, in any usual encoding."""
        self.advisor.close()
        word = self.words[client_id]
        proof = remove_client(self.places, client_id, AT)
        left = [
            str(file.relative_to(self.places.home))
            for file in sorted(self.places.home.rglob("*"))
            if file.is_file() and any(word.encode(code) in file.read_bytes() for code in ("utf-8", "utf-16-le"))
        ]
        return {"left": left, "proof": proof.model_dump(mode="json")}


def run(data: Path | None = None, *, tape: Tape | None = None, model: str = "", quick: bool = False) -> dict[str, Any]:
    """Fills, asks, calls, exports and removes.

    Args:
        data: not used; the clients are made here.
        tape: where each observation is written down, or read from.
        model: not used; the stub obeys whatever it reads, and no real model does more.
        quick: fewer questions.
    """
    del data, model
    played = tape or Tape()
    words = canaries()
    cases: list[dict[str, Any]] = []
    with ExitStack() as stack:
        firms = cache(lambda: Firms(stack))
        for number, (client, question) in enumerate(questions(words, QUICK_QUESTIONS if quick else QUESTIONS)):
            take = played.take(
                f"question {number}", {"client": client, "question": question}, partial(_ask, firms, client, question)
            )
            if not take.error:
                cases.append({"id": f"question {number}", "client": client, **_foreign(client, take.output)})
        for client in list(words)[:3]:
            found = played.take(f"exports {client}", {}, partial(_exported, firms, client)).output or {}
            cases.append({"id": f"exports {client}", "client": client, **_foreign(client, found)})
        calls = played.take("functions", {}, lambda: attack_functions(firms().places, words)).output or []
        own = played.take("own results", {}, lambda: own_results(firms().places, words)).output or []
        for client in words:
            found = played.take(f"folder {client}", {}, partial(_on_disk, firms, client)).output or []
            cases.append({"id": f"folder {client}", "client": client, **_foreign(client, {"folder": found})})
        first = next(iter(words))
        kinds = played.take("kinds", {}, partial(_kinds, firms, first)).output
        gone = played.take("removal", {}, partial(_removed, firms, first)).output
    return {
        "suite": "isolation",
        "data": "made by the suite",
        "metrics": _metrics(cases, calls, own, kinds, gone),
        "cases": [*cases, *({"id": f"call {one['name']}", **one} for one in calls)],
    }


def _ask(firms: Any, client: str, question: str) -> Any:
    return firms().ask(client, question)


def _exported(firms: Any, client: str) -> Any:
    return firms().exported(client)


def _on_disk(firms: Any, client: str) -> Any:
    return firms().on_disk(client)


def _kinds(firms: Any, client: str) -> Any:
    return kinds_without(firms().places.client_folder(client), firms().words[client])


def _removed(firms: Any, client: str) -> Any:
    return firms().removed(client)


def _foreign(client: str, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Where words of other clients stand, and whether the client's own do (pure)."""
    lists = {place: found for place, found in seen.items() if isinstance(found, list)}
    return {
        "foreign": sorted(f"{place}: {other}" for place, found in lists.items() for other in found if other != client),
        "own": any(client in found for found in lists.values()),
    }


def _metrics(
    cases: Sequence[Mapping[str, Any]],
    calls: Sequence[Mapping[str, Any]],
    own: Sequence[Mapping[str, Any]],
    kinds: Sequence[str],
    gone: Mapping[str, Any],
) -> dict[str, float]:
    asked = [case for case in cases if case["id"].startswith("question")]
    return {
        "questions": float(len(asked)),
        "foreign_canaries": float(sum(len(case["foreign"]) for case in cases)),
        "own_words_found": sum(case["own"] for case in asked) / len(asked) if asked else 0.0,
        "functions_called": float(len({call["function"] for call in calls})),
        "functions_that_leak": float(sum(bool(one["leak"]) for one in (*calls, *own))),
        "functions_that_answered": float(sum(one["returned"] for one in own)),
        "kinds_without_canary": float(len(kinds)),
        "residue_after_removal": float(len(gone["left"])),
    }


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the line."""
        self.lines.append(self.format(record))


@contextmanager
def _listening() -> Iterator[_Heard]:
    """Hears every log line of the process, at every level."""
    heard, root = _Heard(), logging.getLogger()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.removeHandler(heard)
        root.setLevel(level)


def _unpacked(archive: Path) -> str:
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as opened:
        return "\n".join(opened.read(name).decode("latin-1") for name in opened.namelist())


def _bytes_below(folder: Path) -> str:
    return "\n".join(file.read_bytes().decode("latin-1") for file in sorted(folder.rglob("*")) if file.is_file())
