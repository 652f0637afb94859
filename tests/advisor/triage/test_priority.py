"""The BOD 26-04 table with its unknowns, due dates, and the rules of the four labels."""

from __future__ import annotations

import csv
import itertools
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from advisor.triage.bod import DAYS, URGENCY, open_rows, outcomes, table
from advisor.triage.priority import (
    LABEL_RULES,
    clock_start,
    inputs_for,
    kev_words,
    label,
    most_urgent,
    prioritise,
    sentence,
)
from knowledge.records.triage import Evidence, ItemRef, Match, Priority, PriorityInputs, Verdict
from knowledge.records.vulnerability import Cvss, Epss, KevEntry, Ssvc

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("VCISO_SHARED", ROOT.parent / "shared"))
TABLE = SHARED / "data/ssvc/csv/cisa/cisa_bod_26_04_1_0_0.csv"
DAY = date(2026, 8, 7)


def inputs(
    kev: str = "unknown", exposed: str = "unknown", auto: str = "unknown", impact: str = "unknown"
) -> PriorityInputs:
    return PriorityInputs.model_validate(
        {"in_kev": kev, "publicly_exposed": exposed, "automatable": auto, "technical_impact": impact}
    )


def priority(*answers: str, **more: Any) -> Priority:
    return prioritise(inputs(*answers), start=DAY, **more)


def entry(**more: Any) -> KevEntry:
    return KevEntry(
        **{
            "cve_id": "CVE-2026-1",
            "vendor": "v",
            "product": "p",
            "date_added": date(2026, 8, 3),
            "due_date": date(2026, 8, 6),
        }
        | more
    )


@pytest.mark.skipif(not TABLE.is_file(), reason="the published table is not on this machine")
def test_our_table_is_the_published_one() -> None:
    words = {
        "fix on system upgrade": "next-upgrade",
        "14 days": "14-days",
        "60 days": "60-days",
        "3 days": "3-days",
        "3 days & forensic investigation": "3-days-forensics",
    }
    with TABLE.open(encoding="utf-8") as file:
        published = [tuple(row.values()) for row in csv.DictReader(file)]
    ours = [(str(r.row), r.in_kev, r.publicly_exposed, r.automatable, r.technical_impact, r.timeline) for r in table()]
    assert ours == [(*row[:5], words[row[5]]) for row in published]


def test_the_table_answers_every_question_once() -> None:
    answers = {(r.in_kev, r.publicly_exposed, r.automatable, r.technical_impact) for r in table()}
    assert len(answers) == len(table()) == 16


@pytest.mark.parametrize("worse", ["in_kev", "publicly_exposed", "automatable", "technical_impact"])
def test_a_worse_answer_never_gives_more_time(worse: str) -> None:
    for a, b in itertools.product(table(), table()):
        x, y = a.model_dump(exclude={"row", "timeline"}), b.model_dump(exclude={"row", "timeline"})
        if y.pop(worse) in {"yes", "total"} and x.pop(worse) in {"no", "partial"} and x == y:
            assert (DAYS[b.timeline] or 999) <= (DAYS[a.timeline] or 999)


def test_unknown_answers_leave_their_rows_open() -> None:
    for answers in itertools.product(*[("yes", "no", "unknown")] * 3, ("partial", "total", "unknown")):
        rows = open_rows(inputs(*answers))
        assert len(rows) == 2 ** answers.count("unknown")
        assert list(outcomes(rows)) == sorted(outcomes(rows), key=URGENCY.index)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            ("yes", "yes", "unknown", "total"),
            "BOD 26-04 rows 12 and 15: in KEV, publicly exposed, total impact: 3 days with forensics, "
            "automatable or not (unknown here, and it changes nothing).",
        ),
        (
            ("yes", "yes", "no", "unknown"),
            "BOD 26-04 rows 5 and 12: in KEV, publicly exposed, not automatable: "
            "3 days with forensics if total impact, 14 days if partial impact (unknown here).",
        ),
        (
            ("no", "no", "no", "total"),
            "BOD 26-04 row 4: not in KEV, not publicly exposed, not automatable, total impact: with the next upgrade.",
        ),
        (
            ("no", "yes", "unknown", "unknown"),
            "BOD 26-04 rows 2, 7, 9 and 14: not in KEV, publicly exposed: 3 days at worst, 60 days at best, "
            "which depends on automation and impact (unknown here).",
        ),
        (
            ("unknown", "unknown", "unknown", "unknown"),
            "BOD 26-04 rows 0 to 15: nothing of the four questions known: 3 days with forensics at worst, "
            "with the next upgrade at best, which depends on KEV, exposure, automation and impact (unknown here).",
        ),
    ],
)
def test_the_sentence_says_rows_unknowns_and_whether_they_matter(answers: tuple[str, ...], words: str) -> None:
    assert sentence(inputs(*answers), open_rows(inputs(*answers))) == words


def test_both_outcomes_have_their_date() -> None:
    both = priority("yes", "yes", "no", "unknown")
    assert both.timelines == ("3-days-forensics", "14-days")
    assert (both.due_on, both.due_on_latest) == (date(2026, 8, 10), date(2026, 8, 21))
    assert priority("no", "no", "no", "total").due_on is None
    one = priority("yes", "yes", "unknown", "total")
    assert (one.due_on, one.due_on_latest) == (date(2026, 8, 10), None)


def test_scores_are_shown_and_decide_nothing() -> None:
    bare = priority("no", "no", "no", "partial")
    scored = priority(
        "no",
        "no",
        "no",
        "partial",
        epss=Epss(cve_id="CVE-2026-1", score=0.97, percentile=0.999),
        cvss=[Cvss(version="3.1", score=10.0), Cvss(version="4.0", score=9.3), Cvss(version="4.0", score=8.1)],
    )
    assert (scored.epss, scored.epss_percentile, scored.cvss) == (0.97, 0.999, 9.3)
    assert (scored.timelines, scored.due_on, scored.sentence) == (bare.timelines, bare.due_on, bare.sentence)


def test_each_answer_has_one_source() -> None:
    ssvc = Ssvc(exploitation="active", automatable="yes", technical_impact="total")
    assert inputs_for(None, ssvc, "internet") == inputs("no", "yes", "yes", "total")
    assert inputs_for(None, None, "isolated", kev_read=False) == inputs("unknown", "no")
    assert inputs_for(entry(), None, "unknown") == inputs("yes")


@pytest.mark.parametrize(
    ("kev", "published", "seen", "start"),
    [
        (entry(), date(2026, 1, 5), date(2026, 8, 4), date(2026, 8, 4)),  # taken on after it was added
        (entry(), date(2026, 1, 5), date(2026, 2, 1), date(2026, 8, 3)),  # long known, now exploited
        (None, date(2026, 8, 1), date(2026, 7, 1), date(2026, 8, 1)),
        (None, None, date(2026, 8, 4), date(2026, 8, 4)),
    ],
)
def test_the_clock_starts_when_it_could_be_known(
    kev: KevEntry | None, published: date | None, seen: date, start: date
) -> None:
    assert clock_start(kev, published, seen) == start


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 8, 7), "KEV's date was 6 Aug 2026: 1 day over"),
        (date(2026, 8, 9), "KEV's date was 6 Aug 2026: 3 days over"),
        (date(2026, 8, 6), "KEV's date is 6 Aug 2026: today"),
        (date(2026, 8, 5), "KEV's date is 6 Aug 2026: 1 day left"),
    ],
)
def test_kevs_own_date_is_never_moved(today: date, words: str) -> None:
    assert kev_words(priority("yes", kev=entry()), today) == words
    assert kev_words(priority("yes"), today) == ""


def test_the_most_urgent_of_several() -> None:
    slow, fast, exploited = (
        priority("no", "no"),
        priority("no", "yes", "yes", "total"),
        priority("yes", "yes", "yes", "partial"),
    )
    assert most_urgent([slow, fast, exploited]) is exploited
    assert most_urgent([]) is None


def verdict(kind: str, subject: str = "asset") -> Verdict:
    match = Match.model_validate(
        {
            "rule": "cpe-range",
            "subject_kind": subject,
            "subject_id": "x",
            "subject_name": "x",
            "evidence": (Evidence(kind="asset", text="x"),),
            "confidence": 1,
        }
    )
    return Verdict.model_validate(
        {"item": ItemRef(kind="cve", id="CVE-2026-1"), "kind": kind, "match": match, "reason": "r"}
    )


EXPLOITED = ("yes", "yes", "unknown", "total")  # three days, whatever the unknown is
EXPLOITED_OPEN = ("yes", "unknown", "unknown", "unknown")  # three days or fourteen
INTERNAL_KEV = ("yes", "no", "no", "total")  # fourteen days
NEW_EXPOSED = ("no", "yes", "unknown", "unknown")  # three, fourteen or sixty days
QUIET = ("no", "no", "no", "total")  # next upgrade


@pytest.mark.parametrize(
    ("kind", "subject", "answers", "criticality", "expected"),
    [
        ("affected", "asset", EXPLOITED, "low", "act-now"),
        ("affected", "asset", ("no", "yes", "yes", "total"), "low", "act-now"),
        ("affected", "asset", EXPLOITED_OPEN, "high", "check-today"),
        ("affected", "asset", INTERNAL_KEV, "high", "watch"),
        ("affected", "asset", NEW_EXPOSED, "high", "watch"),
        ("affected", "asset", QUIET, "critical", "fyi"),
        ("affected", "asset", None, "low", "check-today"),
        ("version-unknown", "asset", EXPLOITED, "high", "check-today"),
        ("version-unknown", "asset", EXPLOITED_OPEN, "low", "check-today"),
        ("version-unknown", "asset", ("no", "yes", "yes", "total"), "low", "check-today"),
        ("version-unknown", "asset", INTERNAL_KEV, "low", "watch"),
        ("version-unknown", "asset", QUIET, "low", "fyi"),
        ("version-unknown", "asset", None, "low", "watch"),
        ("vendor-only", "asset", EXPLOITED, "high", "watch"),
        ("vendor-only", "asset", NEW_EXPOSED, "high", "fyi"),
        ("version-unknown", "third-party", EXPLOITED, "critical", "act-now"),
        ("vendor-only", "third-party", EXPLOITED_OPEN, "critical", "act-now"),
        ("vendor-only", "third-party", EXPLOITED_OPEN, "medium", "check-today"),
        ("vendor-only", "third-party", NEW_EXPOSED, "critical", "fyi"),
        ("vendor-only", "third-party", None, "critical", "check-today"),
        ("vendor-only", "third-party", None, "low", "watch"),
        ("version-not-affected", "asset", EXPLOITED, "critical", "fyi"),
        ("version-not-affected", "third-party", EXPLOITED, "critical", "fyi"),
        ("not-relevant", "asset", EXPLOITED, "critical", "fyi"),
    ],
)
def test_labels(kind: str, subject: str, answers: tuple[str, ...] | None, criticality: Any, expected: str) -> None:
    given = priority(*answers) if answers else None
    assert label(verdict(kind, subject), given, criticality=criticality) == expected


def test_ransomware_brings_a_slower_date_forward() -> None:
    known = priority(*INTERNAL_KEV, kev=entry(ransomware="known"))
    assert label(verdict("affected"), known) == "check-today"
    assert label(verdict("version-unknown"), known) == "watch"


@pytest.mark.parametrize(
    ("today", "expected"), [(DAY, "watch"), (date(2026, 8, 18), "act-now"), (date(2026, 9, 1), "act-now")]
)
def test_a_date_that_comes_near_is_now(today: date, expected: str) -> None:
    assert label(verdict("affected"), priority(*INTERNAL_KEV), today=today) == expected
    assert label(verdict("affected"), priority(*NEW_EXPOSED), today=today) == "watch"


def test_every_rule_is_in_the_guide() -> None:
    guide = (ROOT / "docs/guide/priority.md").read_text(encoding="utf-8")
    lines = [line for line in guide.splitlines() if line.startswith("| `")]
    assert [line.split("|")[1].strip().strip("`") for line in lines] == [name for name, _, _ in LABEL_RULES]
    words = {"act-now": "Act now", "check-today": "Check today", "watch": "Watch", "fyi": "FYI"}
    assert [line.split("|")[3].strip() for line in lines] == [words[outcome] for _, _, outcome in LABEL_RULES]
