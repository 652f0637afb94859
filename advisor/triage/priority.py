"""How soon something is due by CISA's BOD 26-04, and where it goes in the brief: pure rules over known facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from advisor.triage.bod import DAYS, FACTORS, URGENCY, Factor, Row, matters, open_rows, outcomes
from knowledge.records.asset import Criticality, Exposure
from knowledge.records.triage import Label, Priority, PriorityInputs, Timeline, Verdict
from knowledge.records.vulnerability import Cvss, Epss, KevEntry, Ssvc, Ternary

_EXPOSED: dict[Exposure, Ternary] = {"internet": "yes", "internal": "no", "isolated": "no", "unknown": "unknown"}

TIMELINE_WORDS: dict[Timeline, str] = {
    "3-days-forensics": "3 days with forensics",
    "3-days": "3 days",
    "14-days": "14 days",
    "60-days": "60 days",
    "next-upgrade": "with the next upgrade",
}

_KNOWN_WORDS: dict[tuple[Factor, str], str] = {
    ("in_kev", "yes"): "in KEV",
    ("in_kev", "no"): "not in KEV",
    ("publicly_exposed", "yes"): "publicly exposed",
    ("publicly_exposed", "no"): "not publicly exposed",
    ("automatable", "yes"): "automatable",
    ("automatable", "no"): "not automatable",
    ("technical_impact", "total"): "total impact",
    ("technical_impact", "partial"): "partial impact",
}
_DECISIVE_WORDS: dict[Factor, str] = {
    "in_kev": "KEV",
    "publicly_exposed": "exposure",
    "automatable": "automation",
    "technical_impact": "impact",
}
_OPEN_WORDS: dict[Factor, str] = {
    "in_kev": "in KEV or not",
    "publicly_exposed": "publicly exposed or not",
    "automatable": "automatable or not",
    "technical_impact": "total or partial impact",
}


def inputs_for(kev: KevEntry | None, ssvc: Ssvc | None, exposure: Exposure, *, kev_read: bool = True) -> PriorityInputs:
    """The four answers, each from the one source that may give it; nothing is guessed from a CVSS vector.

    Args:
        kev: the entry of the catalogue, None where it has none.
        ssvc: CISA's decision points of the CVE record, None where it carries none.
        exposure: of the asset, as the inventory says.
        kev_read: whether the catalogue could be read at all; without it "not in KEV" is not known.
    """
    in_kev: Ternary = "yes" if kev else "no" if kev_read else "unknown"
    return PriorityInputs(
        in_kev=in_kev,
        publicly_exposed=_EXPOSED[exposure],
        automatable=ssvc.automatable if ssvc else "unknown",
        technical_impact=ssvc.technical_impact if ssvc else "unknown",
    )


def clock_start(kev: KevEntry | None, published_on: date | None, first_seen_on: date) -> date:
    """The day from which the days of a timeline are counted.

    The later of two: the day the fact that sets the timeline became public (the KEV entry, else the publication of the
    CVE), and the day this installation first had it for the client. A client that is taken on today cannot have been
    late yesterday; that the world is late is said by KEV's own date, which is shown beside and never moved.
    """
    event = kev.date_added if kev else published_on
    return max(event, first_seen_on) if event else first_seen_on


def _due(timeline: Timeline, start: date) -> date | None:
    days = DAYS[timeline]
    return None if days is None else start + timedelta(days=days)


def _numbers(rows: Sequence[Row]) -> str:
    """Row numbers with runs joined: `row 4`, `rows 12 and 15`, `rows 0 to 3 and 7`."""
    runs: list[list[int]] = []
    for number in (row.row for row in rows):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [w for run in runs for w in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(n) for n in run])]
    return f"{'row' if len(rows) == 1 else 'rows'} {_listed(words)}"


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def sentence(inputs: PriorityInputs, rows: tuple[Row, ...]) -> str:
    """The rule in words: the rows, what is known, the outcome, and of each unknown whether it matters."""
    timelines = outcomes(rows)
    answers = {factor: getattr(inputs, factor) for factor in FACTORS}
    known = [_KNOWN_WORDS[(f, answer)] for f, answer in answers.items() if answer != "unknown"]
    idle = [_OPEN_WORDS[f] for f, answer in answers.items() if answer == "unknown" and not matters(f, rows)]
    decisive = [f for f, answer in answers.items() if answer == "unknown" and matters(f, rows)]
    head = f"BOD 26-04 {_numbers(rows)}: "
    facts = ", ".join(known) or "nothing of the four questions known"
    if len(timelines) == 1:
        outcome = TIMELINE_WORDS[timelines[0]]
    elif len(decisive) == 1:
        by_answer: dict[str, tuple[Timeline, ...]] = {
            value: outcomes(tuple(row for row in rows if getattr(row, decisive[0]) == value))
            for value in dict.fromkeys(getattr(row, decisive[0]) for row in rows)
        }
        cases = sorted(by_answer.items(), key=lambda case: URGENCY.index(case[1][0]))
        outcome = ", ".join(
            f"{_listed([TIMELINE_WORDS[t] for t in found], 'or')} if {_KNOWN_WORDS[(decisive[0], value)]}"
            for value, found in cases
        )
        outcome += " (unknown here)"
    else:
        depends = _listed([_DECISIVE_WORDS[f] for f in decisive])
        outcome = f"{TIMELINE_WORDS[timelines[0]]} at worst, {TIMELINE_WORDS[timelines[-1]]} at best"
        outcome += f", which depends on {depends} (unknown here)"
    idle_text = f", {_listed(idle)} (unknown here, and it changes nothing)" if idle else ""
    return f"{head}{facts}: {outcome}{idle_text}."


def prioritise(
    inputs: PriorityInputs,
    *,
    start: date,
    kev: KevEntry | None = None,
    epss: Epss | None = None,
    cvss: Iterable[Cvss] = (),
) -> Priority:
    """How soon, by the rows of the BOD 26-04 table that the known inputs leave open.

    The directive counts calendar days and binds US federal agencies; here it is a yardstick. EPSS and CVSS are shown
    and decide nothing.

    Args:
        inputs: the four answers.
        start: day the count starts (`clock_start`).
        kev: for its own due date and the ransomware flag.
        epss: for display.
        cvss: for display; the highest score of the newest CVSS version.
    """
    rows = open_rows(inputs)
    timelines = outcomes(rows)
    scores = sorted(cvss, key=lambda c: (c.version, c.score))
    return Priority(
        inputs=inputs,
        rows=tuple(row.row for row in rows),
        timelines=timelines,
        due_on=_due(timelines[0], start),
        due_on_latest=_due(timelines[-1], start) if len(timelines) > 1 else None,
        kev_due_on=kev.due_date if kev else None,
        ransomware=bool(kev and kev.ransomware == "known"),
        epss=epss.score if epss else None,
        epss_percentile=epss.percentile if epss else None,
        cvss=scores[-1].score if scores else None,
        sentence=sentence(inputs, rows),
    )


def most_urgent(priorities: Iterable[Priority]) -> Priority | None:
    """Of several CVEs of one item the one due first; with equal dates the one in KEV; None where there is none."""
    return min(
        priorities,
        key=lambda p: (URGENCY.index(p.timelines[0]), p.due_on or date.max, p.inputs.in_kev != "yes", p.rows),
        default=None,
    )


def kev_words(priority: Priority, today: date) -> str:
    """KEV's own date against today: "KEV's date was 6 Aug 2026: 1 day over"; empty where KEV gives none."""
    if priority.kev_due_on is None:
        return ""
    left = (priority.kev_due_on - today).days
    day = f"{priority.kev_due_on.day} {priority.kev_due_on:%b %Y}"
    if left < 0:
        return f"KEV's date was {day}: {-left} {'day' if left == -1 else 'days'} over"
    return f"KEV's date is {day}: " + ("today" if left == 0 else f"{left} {'day' if left == 1 else 'days'} left")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the label rules look at."""

    verdict: Verdict
    priority: Priority | None
    criticality: Criticality
    today: date | None

    @property
    def in_kev(self) -> bool:
        return self.priority is not None and self.priority.inputs.in_kev == "yes"

    @property
    def fastest_open(self) -> bool:
        """Three days are among the outcomes."""
        return self.priority is not None and DAYS[self.priority.timelines[0]] == 3

    @property
    def fastest_sure(self) -> bool:
        """Three days is the only outcome, whatever the unknowns are."""
        return self.priority is not None and all(DAYS[t] == 3 for t in self.priority.timelines)

    @property
    def dated(self) -> bool:
        """Some outcome has a date."""
        return self.priority is not None and self.priority.timelines[0] != "next-upgrade"

    @property
    def due_soon(self) -> bool:
        """A date that no unknown can move further away is at most three days off, or past."""
        if self.priority is None or self.today is None or len(self.priority.timelines) > 1:
            return False
        return self.priority.due_on is not None and (self.priority.due_on - self.today).days <= 3

    @property
    def critical_supplier(self) -> bool:
        return self.verdict.match.subject_kind == "third-party" and self.criticality == "critical"


_OPEN = frozenset({"version-unknown", "vendor-only"})

LabelRule = tuple[str, Callable[[Facts], bool], Label]

LABEL_RULES: tuple[LabelRule, ...] = (
    ("not-concerned", lambda f: f.verdict.kind in {"not-relevant", "version-not-affected"}, "fyi"),
    # a model points at a sentence: worth a look, never an alarm, whatever the catalogue says of the CVE
    ("model-question", lambda f: f.verdict.match.rule == "model-question", "watch"),
    ("affected-three-days", lambda f: f.verdict.kind == "affected" and f.fastest_sure, "act-now"),
    ("affected-due", lambda f: f.verdict.kind == "affected" and f.due_soon, "act-now"),
    ("supplier-exploited", lambda f: f.critical_supplier and f.in_kev and f.fastest_open, "act-now"),
    ("affected-exploited", lambda f: f.verdict.kind == "affected" and f.in_kev and f.fastest_open, "check-today"),
    (
        "affected-ransomware",
        lambda f: f.verdict.kind == "affected" and f.priority is not None and f.priority.ransomware,
        "check-today",
    ),
    ("unknown-exploited", lambda f: f.verdict.kind == "version-unknown" and f.in_kev and f.fastest_open, "check-today"),
    ("unknown-three-days", lambda f: f.verdict.kind == "version-unknown" and f.fastest_sure, "check-today"),
    (
        "supplier-named",
        lambda f: f.verdict.match.subject_kind == "third-party" and f.in_kev and f.fastest_open,
        "check-today",
    ),
    ("affected-without-date", lambda f: f.verdict.kind == "affected" and f.priority is None, "check-today"),
    ("supplier-without-date", lambda f: f.critical_supplier and f.priority is None, "check-today"),
    ("profile-regulation", lambda f: f.verdict.match.rule == "profile-regulation", "fyi"),
    ("affected", lambda f: f.verdict.kind == "affected" and f.dated, "watch"),
    ("open-exploited", lambda f: f.verdict.kind in _OPEN and f.in_kev, "watch"),
    ("open-dated", lambda f: f.verdict.kind == "version-unknown" and f.dated, "watch"),
    ("open-without-date", lambda f: f.verdict.kind in _OPEN and f.priority is None, "watch"),
)
"""Read from the top, the first that holds decides, else `fyi`; docs/guide/priority.md says why each is there."""


def label(
    verdict: Verdict,
    priority: Priority | None,
    *,
    criticality: Criticality = "unknown",
    today: date | None = None,
) -> Label:
    """Where an item goes in the brief, before the alert budget.

    Args:
        verdict: the judgement on one subject.
        priority: None where the item has no CVE to look up.
        criticality: of the asset or third party.
        today: the client's day, for dates that come near; None leaves nearness out.
    """
    facts = Facts(verdict, priority, criticality, today)
    return next((outcome for _, holds, outcome in LABEL_RULES if holds(facts)), "fyi")
