"""`python -m benchmarks [NAME...] [OPTIONS]`: runs some benchmarks, or all; options go to each of them."""

from __future__ import annotations

import importlib
import sys
from itertools import takewhile

NAMES = ("first_answer", "first_paint", "index_throughput", "policy_set", "triage")


def main() -> int:
    """Runs the benchmarks named on the command line; ends with 1 where one of them misses its own mark."""
    wanted = list(takewhile(lambda one: not one.startswith("-"), sys.argv[1:])) or list(NAMES)
    missed: list[str] = []
    for name in wanted:
        if name not in NAMES:
            print(f"no such benchmark: {name}; there are {', '.join(NAMES)}")
            return 2
        if importlib.import_module(f"benchmarks.{name}").main():
            missed.append(name)
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
