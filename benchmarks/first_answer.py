"""How soon a question is answered from nothing: `python -m benchmarks first_answer [--rounds N] [--home DIR]`.

A demo home is built, and each round starts every command once in a process of its own, one after the other, so that a
busy moment meets all of them. Timed from the start of the process until the first line stands on standard output, and
until it ended (the answer is kept after it was shown). Beside them: a command that only prints its help, and a bare
`import torch`, before which the usual pipeline has not begun.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from knowledge.places import Places
from knowledge.settings import load_settings
from ui.demo.build import build_demo
from ui.demo.plan import read_plan

CLIENT: Final = "northgate"
LIMIT_SECONDS: Final = 1.0
START: Final = "import sys; from ui.cli.main import app; sys.argv[0] = 'vciso'; app()"


@dataclass(frozen=True)
class Took:
    """One run of a command."""

    first: float
    """Seconds until its first line."""
    whole: float
    """Seconds until it ended."""
    processor: float
    """Seconds of processor time, user and system, of all its threads."""


def commands(home: Path) -> Mapping[str, Sequence[str]]:
    """What is started, by the name it has in the table; all but the last two are held to the limit."""
    vciso = [sys.executable, "-c", START, "--home", str(home)]
    return {
        "ask, frameworks": [*vciso, "ask", CLIENT, "Which controls cover multi-factor sign-in?"],
        "ask, documents": [*vciso, "ask", CLIENT, "How fast must our vendors report incidents?"],
        "ask, an id": [*vciso, "ask", CLIENT, "What is PR.AA-03?"],
        "search": [*vciso, "search", CLIENT, "who approves access"],
        "--help": [*vciso, "--help"],
        "import torch": [sys.executable, "-c", "import torch; print(torch.__version__)"],
    }


def run(command: Sequence[str]) -> Took:
    """Starts a command and reads what it says."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        line = process.stdout.readline()
        first = time.perf_counter() - begun
        process.stdout.read()
        code = process.wait()
    whole = time.perf_counter() - begun
    if code or not line.strip():
        raise SystemExit(f"{' '.join(command[-3:])}: ended with {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(first, whole, spent)


def middle(seconds: Sequence[float]) -> str:
    """Best and median."""
    return f"{min(seconds):.2f} / {statistics.median(seconds):.2f}"


def main() -> int:
    """Prints a table of seconds, best and median; ends with 1 where an answer's best first line takes 1 s or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--home", type=Path, help="a demo home that is there already")
    args, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        home = args.home or Path(folder) / "home"
        if args.home is None:
            with Places(load_settings(home), now=datetime.now(UTC)) as places:
                build_demo(places, read_plan(), lambda _done, _total, _subject: None)
        started = commands(home)
        found: dict[str, list[Took]] = {name: [] for name in started}
        for _ in range(args.rounds):
            for name, command in started.items():
                found[name].append(run(command))
    print(f"load {os.getloadavg()[0]:.1f}; best / median of {args.rounds}, seconds")
    print(f"{'':<18}{'first line':>14}{'whole':>14}{'processor':>14}")
    for name, took in found.items():
        columns = ([one.first for one in took], [one.whole for one in took], [one.processor for one in took])
        print(f"{name:<18}" + "".join(f"{middle(column):>14}" for column in columns))
    slow = [name for name in list(found)[:-2] if min(one.first for one in found[name]) >= LIMIT_SECONDS]
    if slow:
        print(f"not below {LIMIT_SECONDS:.0f} s: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
