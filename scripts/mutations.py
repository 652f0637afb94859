"""Breaks a copy of the product on purpose, one fault at a time, and says whether the suites see it."""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = os.environ.get("VCISO_SHARED", str(ROOT.parent / "shared"))


@dataclass(frozen=True)
class Mutation:
    """One fault, and the command that must not pass with it."""

    name: str
    file: str
    old: str
    new: str
    command: tuple[str, ...]


EVAL = ("-m", "evals")
TEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-x")

MUTATIONS = (
    Mutation(
        "skip the quote check",
        "advisor/grounding/checks.py",
        "if not occurs(quote, passage.text):",
        "if not quote:",
        (*TEST, "tests/advisor/grounding/test_checks.py"),
    ),
    Mutation(
        "drop the client scope in search",
        "knowledge/search/service.py",
        "client = stack.enter_context(places.client(client_id))",
        "client = stack.enter_context(places.client(next(c.id for c in places.profiles() if c.id != client_id)))",
        (*TEST, "tests/evals/test_isolation_suite.py", "-k", "c05"),
    ),
    Mutation(
        "let a model that obeys set a priority",
        "advisor/morning.py",
        "own.verdicts.replace(world.items, verdicts, judged_at=now)",
        "own.verdicts.replace(world.items, tuple(v for v in verdicts if 'ignore all' not in "
        "(v.match.subject_name + ' '.join(e.text for e in v.match.evidence)).lower()), judged_at=now)",
        (*TEST, "tests/evals/test_injection_suite.py", "-k", "c08"),
    ),
    Mutation(
        "ignore versionEndExcluding",
        "advisor/triage/configurations.py",
        "end=match.version_end_including or match.version_end_excluding,",
        "end=match.version_end_including,",
        (*EVAL, "gate", "brief"),
    ),
    Mutation(
        "return an unknown id as known",
        "knowledge/frameworks/ids.py",
        "    match, rest_key = nearest\n",
        "    match, rest_key = nearest\n    return _found(typed, match, catalogue)\n",
        (*EVAL, "gate", "answers"),
    ),
    Mutation(
        "cache an answer without the client",
        "advisor/service.py",
        'found = self._answer(client_id, question, "", now, frameworks, use_model, on_claim)\n        if on_answer',
        "kept = Advisor.__dict__.get('kept') or {}\n"
        "        found = kept.get(question) or self._answer(\n"
        '            client_id, question, "", now, frameworks, use_model, on_claim\n'
        "        )\n"
        "        Advisor.kept = {**kept, question: found}\n"
        "        if on_answer",
        (*TEST, "tests/evals/test_isolation_suite.py", "-k", "c05"),
    ),
)


def main() -> int:
    """Tries each mutation; 1 where one is not seen, or cannot be made any more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="WORDS", help="only mutations whose name has one of these")
    parser.add_argument("--python", default=sys.executable)
    args = parser.parse_args()
    chosen = [one for one in MUTATIONS if not args.names or any(word in one.name for word in args.names)]
    sound: dict[tuple[str, ...], bool] = {}
    unseen = 0
    for one in chosen:
        if one.command not in sound:
            sound[one.command] = _tried(args.python, None, one.command)[0] == 0
        if not sound[one.command]:
            print(f"CANNOT BE JUDGED  {one.name}: `python {' '.join(one.command)}` fails without it")
            unseen += 1
            continue
        code, said = _tried(args.python, one, one.command)
        seen = code != 0
        unseen += not seen
        print(f"{'seen' if seen else 'NOT SEEN'}: {one.name}\n    {one.file}: `{one.new.strip()[:100]}`")
        print(f"    python {' '.join(one.command)}")
        for line in said:
            print(f"    {line}")
    print(f"{len(chosen) - unseen} of {len(chosen)} seen")
    return int(bool(unseen))


def _tried(python: str, mutation: Mutation | None, command: Sequence[str]) -> tuple[int, list[str]]:
    """The command over a fresh copy of the last commit, with the mutation or without any."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", "HEAD"],  # noqa: S607
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        if mutation:
            file = Path(folder) / mutation.file
            text = file.read_text(encoding="utf-8")
            if text.count(mutation.old) != 1:
                raise SystemExit(f"{mutation.name}: {mutation.file} has the line {text.count(mutation.old)} times")
            file.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        return _run(python, command, Path(folder))


def _run(python: str, command: Sequence[str], folder: Path) -> tuple[int, list[str]]:
    """The exit code, and the lines that say what went wrong."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "VCISO_SHARED": SHARED}
    where = subprocess.run(
        [python, "-c", "import advisor; print(advisor.__file__)"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    if not where.stdout.startswith(str(folder)):
        raise SystemExit(f"the copy is not what would run: {where.stdout}")
    ran = subprocess.run(
        [python, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=1_800
    )
    lines = [
        line for line in (ran.stdout + ran.stderr).splitlines() if re.search(r"holds$|changed:|^FAILED|Error", line)
    ]
    return ran.returncode, [line[:150] for line in lines[:6]]


if __name__ == "__main__":
    raise SystemExit(main())
