"""Reports of runs: one HTML page for a client, one Markdown page for the repository: `python -m evals report`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from jinja2 import Environment

from evals.catalogue import LOGS
from evals.charts import bars
from evals.report_data import Figure, Section, sections
from knowledge.errors import NotFoundError, UsageError

PAGE = Path(__file__).resolve().parent / "report.html.j2"
QUALITY = Path(__file__).resolve().parents[1] / "docs" / "quality.md"


def main(words: Sequence[str]) -> int:
    """Scores the logs again and writes the pages."""
    parser = argparse.ArgumentParser(prog="python -m evals report", description=__doc__)
    parser.add_argument("logs", nargs="*", type=Path, help=f"default: all of {LOGS}/")
    parser.add_argument("--html", type=Path, help="one page without anything from outside")
    parser.add_argument("--markdown", type=Path, nargs="?", const=QUALITY, help="default docs/quality.md")
    args = parser.parse_args(words)
    logs = args.logs or sorted(LOGS.glob("*.jsonl"))
    if not logs:
        raise NotFoundError("has no logs", subject=str(LOGS), hint="`python -m evals all` writes them.")
    if not args.html and not args.markdown:
        raise UsageError("needs --html FILE or --markdown [FILE]", subject="report")
    found = sections(logs)
    for file, make in ((args.html, html), (args.markdown, markdown)):
        if file:
            try:
                file.write_text(make(found), encoding="utf-8")
            except OSError as error:
                raise UsageError(f"cannot be written ({error.strerror})", subject=str(file)) from error
            print(file)
    return 0


def html(found: Sequence[Section]) -> str:
    """The page for a client: what is promised and held first, every figure with its command, charts inside."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(PAGE.read_text(encoding="utf-8"))
    charts = {one.suite: bars(f"{one.suite}: {one.says}", one.bars) for one in found if one.bars}
    held = [(one.suite, figure) for one in found for figure in one.figures if figure.promised]
    errors = [figure for _, figure in held if figure.metric == "errors"]
    if errors:
        # One row for all suites: the same promise a dozen times hides the others.
        whole = replace(errors[0], value=sum(one.value for one in errors), holds=all(one.holds for one in errors))
        held = [*((suite, figure) for suite, figure in held if figure.metric != "errors"), ("all", whole)]
    return template.render(sections=found, charts=charts, held=held, number=number, day=_day(found))


def markdown(found: Sequence[Section]) -> str:
    """The page for the repository."""
    lines = [
        "# Measured quality",
        "",
        f"Made by `python -m evals report --markdown` from runs of {_day(found)}; nothing is written by hand.",
        "Each figure comes from the command above its table; `$VCISO_SHARED` holds the benches. In brackets:",
        "the bootstrap interval of 95 %. *Floor*: what `make evals` holds, see [the guide](guide/evals.md).",
    ]
    for one in found:
        lines += ["", f"## {one.suite}: {one.says}", "", f"    {one.command}", ""]
        lines += ["| figure | | value | floor |", "|---|---|---|---|"]
        lines += [_row(figure) for figure in one.figures]
        lines += ["", _made(one)]
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """A figure for people: counts as counts, shares with three digits."""
    if value == int(value) and (abs(value) >= 2 or value == 0):
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def _row(figure: Figure) -> str:
    spread = f" [{figure.low:.3f}, {figure.high:.3f}]" if figure.low is not None and figure.high is not None else ""
    floor = figure.floor + ("" if figure.holds in {None, True} else " **below**")
    return f"| {figure.says} | `{figure.metric}` | {number(figure.value)}{spread} | {floor} |"


def _made(one: Section) -> str:
    head = one.head
    model = head.get("model") or "no model"
    packages = ", ".join(f"{name} {version}" for name, version in head.get("packages", {}).items())
    marks = f"code `{head['code_sha256'][:12]}`, rules `{head['rules_sha256'][:12]}`, seed {head['seed']}"
    which = "the gate's smaller set; " if head.get("quick") else ""
    return f"*{which}{escape(str(model))}; {marks}; Python {head['python']}; {packages}.*"


def _day(found: Sequence[Section]) -> str:
    days = sorted({str(one.head["started_at"])[:10] for one in found})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
