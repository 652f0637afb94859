"""The first line of a brief: the day's decision in one or two sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from advisor.brief.order import ALERTS
from advisor.brief.words import capital, counted, listed
from knowledge.records.brief import BriefItem, Coverage, Undecided


def opening(
    items: Sequence[BriefItem], coverage: Coverage, undecided: Undecided | None = None, *, today: date, first: bool
) -> str:
    """What the day asks for, then what is still open, then whether a gap in the inventory or the sources weakens that.

    Args:
        items: the items of the brief, placed.
        coverage: what could be seen.
        undecided: older flaws that hang on a version that is not recorded.
        today: the client's day.
        first: no brief was written before this day.
    """
    above = [
        item for item in items if item.label in ALERTS and item.standing != "acknowledged" and not item.below_the_line
    ]
    below = [item for item in items if item.below_the_line]
    fresh = [item for item in above if item.changes != ("none",)]
    still = [item for item in above if item.changes == ("none",)]
    late = [item for item in items if item.standing == "acknowledged" and item.due is not None and item.due < today]
    sentences: list[str] = []
    if fresh:
        sentences.append(f"Today: {listed(_tasks(fresh))}.")
    elif above and not any(item.changes != ("none",) for item in below):
        sentences.append("Nothing new needs you today.")
    if still:
        subject = counted(len(still), "item")
        verb = "is" if len(still) == 1 else "are"
        also = " also" if fresh else ""
        sentences.append(f"{capital(subject)} {verb}{also} still open from earlier days.")
    if late:
        verb = "is" if len(late) == 1 else "are"
        sentences.append(f"{capital(counted(len(late), 'item'))} in hand {verb} past the date.")
    hidden = _hidden(undecided)
    if below:
        sentences.append(f"{capital(counted(len(below), 'more item'))} {_waits(len(below))} below the line.")
    elif fresh and not hidden:
        sentences.append("Nothing else needs you.")
    elif not above and not (first and hidden):
        sentences.append("Nothing needs you today." if first else "Nothing new needs you today.")
    if hidden:
        sentences.append(hidden)
    if gap := _gap(coverage, told=bool(items)):
        sentences.append(gap)
    return " ".join(sentences)


def _hidden(undecided: Undecided | None) -> str:
    """The older exploited flaws that nobody can rule out, on the day that they are new to the reader."""
    if undecided is None or not undecided.fresh or not undecided.exploited:
        return ""
    flaws = capital(counted(undecided.exploited, "older exploited flaw"))
    return f"{flaws} cannot be ruled out: {_lacking(undecided)}."


def _lacking(undecided: Undecided) -> str:
    bare = sum(row.no_version for row in undecided.rows if row.exploited)
    if not bare:
        return "the sources do not say which versions are affected"
    return f"{counted(bare, 'version')} {'is' if bare == 1 else 'are'} not recorded"


def _waits(count: int) -> str:
    return "waits" if count == 1 else "wait"


def _tasks(items: Sequence[BriefItem]) -> list[str]:
    """What the items ask for, counted in suppliers and systems, each once."""
    subjects = {
        (verdict.match.subject_kind, verdict.kind, verdict.match.subject_id)
        for item in items
        for verdict in item.verdicts
    }
    fixing = {subject for about, kind, subject in subjects if (about, kind) == ("asset", "affected")}
    suppliers = len({subject for about, _, subject in subjects if about == "third-party"})
    fix = len(fixing)
    # A system that is to be fixed is looked at anyway.
    find = len({subject for about, kind, subject in subjects if (about, kind) == ("asset", "version-unknown")} - fixing)
    check = len({subject for about, kind, subject in subjects if (about, kind) == ("asset", "vendor-only")} - fixing)
    read = sum(all(verdict.match.subject_kind == "client" for verdict in item.verdicts) for item in items)
    tasks = [
        (suppliers, f"{counted(suppliers, 'supplier')} to call"),
        (fix, f"{counted(fix, 'system')} to fix"),
        (find, f"{counted(find, 'version')} to find out"),
        (check, f"{counted(check, 'product')} to check"),
        (read, f"{counted(read, 'warning')} to read"),
    ]
    return [words for count, words in tasks if count]


def _gap(coverage: Coverage, *, told: bool) -> str:
    failed = sum(not source.good for source in coverage.sources)
    total = len(coverage.sources)
    if not total:
        return "" if told else "No source is set up, so this page knows of nothing new."
    if failed == total:
        return "None of the sources could be read, so do not take this page for an all-clear."
    if failed * 2 >= total:
        return f"{failed} of {total} sources could not be read, so there may be more."
    return ""
