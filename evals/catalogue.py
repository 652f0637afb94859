"""The suites by name, where their data is, and where logs go."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.tape import Tape

SHARED = Path(os.environ.get("VCISO_SHARED", Path(__file__).resolve().parents[2] / "shared"))
BENCH = SHARED / "data" / "bench"
"""Where `all` and the gate look for the benches: a folder for each suite."""
LOGS = Path(".evals")
"""Folder of the newest log of each suite, in the folder where the command runs."""


OURS = {"source": "written for this suite", "author": "the authors of the vCISO copilot", "licence": "Apache-2.0"}
"""Where a case comes from that does not say otherwise itself."""


@dataclass(frozen=True)
class Suite:
    """One suite: a module with `run(data, *, tape, model, quick) -> {suite, data, metrics, cases}`."""

    module: str
    says: str
    """What it measures, for the report."""
    own_cases: bool = True
    """It has cases of its own and runs without --data."""
    data: str = ""
    """Folder below VCISO_SHARED/data that it reads besides its own cases; without it those parts are left out."""

    def run(self, data: Path | None, tape: Tape, model: str, *, quick: bool = False) -> dict[str, Any]:
        """The suite's result; errors are counted, and listed among the cases.

        Args:
            data: folder of the bench; None for the suite's own cases.
            tape: where each case is written down, or read from.
            model: as VCISO_MODEL takes it; empty for none.
            quick: for the gate: without baselines, and with a sample where the cases are many.
        """
        result: dict[str, Any] = _module(self.module).run(data, tape=tape, model=model, quick=quick)
        result["metrics"]["errors"] = float(len(tape.errors))
        result["cases"] += [{"id": case, "error": said} for case, said in sorted(tape.errors.items())]
        origin = OURS if data is None else {"source": str(data), "author": "its README", "licence": "its README"}
        known = {"tags": [], **origin}
        result["cases"] = [case | {key: known[key] for key in known if key not in case} for case in result["cases"]]
        return result


def _module(name: str) -> Any:
    return importlib.import_module(name)


SUITES: dict[str, Suite] = {
    "retrieval": Suite("evals.suites.retrieval", "Are the right requirements found for a question?", own_cases=False),
    "answers": Suite("evals.suites.answers", "Are answers proved, complete, and withheld where nothing proves them?"),
    "triage": Suite(
        "evals.suites.triage", "Are the right assets named for news and flaws, and nothing else?", own_cases=False
    ),
    "injection": Suite(
        "evals.suites.injection", "Does a text that gives orders bring anything about?", data="injection"
    ),
    "policies": Suite("evals.suites.policies", "Do filled policies meet what is asked, in testable words?"),
    "isolation": Suite("evals.suites.isolation", "Does anything of one client ever show at another?"),
    "hostile": Suite("evals.suites.hostile", "Do the forty hostile cases end as they should?", data="hostile"),
    "brief": Suite("evals.suites.brief", "Does the morning brief say the right things, and only those?"),
}


def find_data(name: str, benches: Path) -> Path | None:
    """A suite's folder of the benches; None where it is not there."""
    folder = benches / name
    return folder if folder.is_dir() else None
