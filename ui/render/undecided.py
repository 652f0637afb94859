"""The older flaws that hang on a version, in words: a section while they are new to the reader, then one line."""

from __future__ import annotations

from typing import Final

from advisor.brief.words import capital, counted, figures, listed, number, stop
from knowledge.records.brief import Brief, Undecided, UndecidedRow
from ui.render.sections import Section

ROWS_SHOWN: Final = 5
NAMES_IN_LINE: Final = 3


def undecided_section(brief: Brief) -> Section | None:
    """Row by row, on the day that one of the rows is new to the reader; None on other days."""
    gaps = brief.undecided
    if gaps is None or not gaps.fresh:
        return None
    rest = len(gaps.rows) - ROWS_SHOWN
    return Section(
        name="undecided",
        title=f"Older flaws that cannot be ruled out ({gaps.flaws})",
        lead=f"Known for more than {gaps.days} days, so no news; told once, then only counted. "
        f"{_what_to_do(gaps, brief.client_id)}",
        plain=tuple(stop(f"{row.name}: {_flaws(row)}") for row in gaps.rows[:ROWS_SHOWN]),
        rest=f"And {figures(rest, 'more row')} in the JSON of this brief." if rest > 0 else "",
    )


def undecided_line(brief: Brief) -> list[str]:
    """The count, on the days after."""
    gaps = brief.undecided
    if gaps is None or gaps.fresh:
        return []
    used = f" ({number(gaps.exploited)} exploited)" if gaps.exploited else ""
    rows = listed([row.name for row in gaps.rows], most=NAMES_IN_LINE)
    flaws = capital(counted(gaps.flaws, "older flaw"))
    return [f"{flaws}{used} cannot be ruled out for {rows}. {_what_to_do(gaps, brief.client_id)}"]


def _flaws(row: UndecidedRow) -> str:
    lacks = "no version recorded" if row.no_version else "the sources do not say which versions are affected"
    used = f", {number(row.exploited)} of them exploited" if row.exploited else ""
    if row.flaws == row.exploited:
        used = ", exploited" if row.flaws == 1 else ", all exploited"
    more = row.flaws - len(row.newest)
    examples = listed([*row.newest, *([f"{more:,} more"] if more else [])])
    return f"{lacks}; {counted(row.flaws, 'flaw')}{used} ({examples})"


def _what_to_do(gaps: Undecided, client_id: str) -> str:
    if not any(row.no_version for row in gaps.rows):
        return "Ask the vendors which versions are affected."
    return f"Write the missing versions into the inventory, and the next brief decides: vciso assets gaps {client_id}."
