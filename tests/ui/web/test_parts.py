"""The parts that pages are made of: inert text, marks of clients, jobs, questions, pictures, coverage."""

from __future__ import annotations

import re
import threading
from datetime import UTC, date, datetime

import pytest

from knowledge.errors import UsageError
from knowledge.frameworks.catalogue import shipped
from knowledge.records.client import Client
from knowledge.records.document import DocumentPart
from knowledge.records.policy import PolicyClause, PolicySection, PolicyText
from ui.app.coverage import cells, cover_framework, named_in
from ui.app.jobs import Job
from ui.app.marks import COLOURS, initials, marks
from ui.app.questions import suggested
from ui.app.text import inert, link, md, table
from ui.web.views.passages import marked

HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/a.png) :red[x] $x$ `y` @here"


def test_hostile_text_stays_text() -> None:
    shown = str(inert(HOSTILE))
    assert "<script>" not in shown
    assert "https://" not in shown
    assert "](" not in md(HOSTILE).replace("\\]", "").replace("\\(", "")
    assert str(link("x", "javascript:alert(1)")) == "x"
    assert 'href="https://ok.example/a"' in str(link("x", "https://ok.example/a"))
    assert "<b>" not in str(table(["A", "B"], [("<b>", "<b>")]))


def test_marks_tell_clients_apart() -> None:
    at = datetime(2026, 8, 7, tzinfo=UTC)
    clients = [Client(id=f"c{n}", ref=f"c-{n}", name=f"Firm {n}", created_at=at) for n in range(len(COLOURS))]
    found = marks(clients)
    assert len({mark.colour for mark in found.values()}) == len(COLOURS)
    assert marks([*clients, Client(id="late", ref="c-x", name="L", created_at=datetime.now(UTC))])["c0"] == found["c0"]
    assert initials("Northgate Family Clinic") == "NF"
    assert initials("Fernwheel") == "FE"
    assert initials("— ") == "?"


@pytest.mark.parametrize("colour", COLOURS)
def test_white_is_readable_on_each_mark(colour: str) -> None:
    def part(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (part(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


def test_a_job_tells_is_stopped_and_says_why_it_failed() -> None:
    go = threading.Event()

    def work(job: Job[int, str]) -> int:
        job.tell("first")
        go.wait(10)
        job.step(1, 2, "more")
        return 3

    job = Job("work", work).start()
    while not job.told:
        job.wait(0.1)
    assert job.told == ("first",)
    job.cancel()
    go.set()
    while job.running:
        job.wait(0.1)
    assert job.cancelled
    assert job.result is None
    assert job.error == ""

    def refused(_job: Job[int, str]) -> int:
        raise UsageError("is off", subject="it", hint="Do better.")

    def broken(_job: Job[int, str]) -> int:
        raise RuntimeError("token=secret")

    for fails, said in ((refused, "it: is off. Do better."), (broken, "Unexpected RuntimeError")):
        failed = Job("fails", fails).start()
        while failed.running:
            failed.wait(0.1)
        assert said in failed.error
        assert "secret" not in failed.error


def test_questions_without_a_brief() -> None:
    assert suggested(None, (), ("CSF 2.0",))[0] == "What does CSF 2.0 ask of access reviews?"


def test_a_quotation_is_marked_where_it_stands() -> None:
    assert (
        str(marked("We back up daily. We test it.", ["back up  daily."]))
        == "We <mark>back up daily.</mark> We test it."
    )
    assert "<mark>" not in str(marked("We back up.", ["never said"]))
    assert "<script>" not in str(marked("<script>x</script>", ["x"]))


def test_coverage_counts_clauses_and_documents() -> None:
    catalogue = shipped()
    pack = catalogue.pack("nist-csf-2.0")
    clause = PolicyClause(id="c", number="1.1", text="Accounts.", requirements=("nist-csf-2.0:PR.AA-01",))
    text = PolicyText(title="Access", sections=(PolicySection(id="s", heading="Rules", clauses=(clause,)),))
    part = DocumentPart(seq=1, kind="paragraph", text="This meets PR.AA-05 of CSF 2.0.", locator="paragraph 1")
    covered = cover_framework(pack, [text], [], named_in({"Plan": [part]}, catalogue), catalogue)
    by_id = {one.id: one for one in covered}
    assert by_id["PR.AA-01"].in_force == ("Access 1.1",)
    assert by_id["PR.AA-05"].documents == ("Plan",)
    assert not by_id["GV.OC-01"].in_force
    protect = [cell for cell in cells(covered) if str(cell["part"]).startswith("PR")]
    assert [cell["covered"] for cell in protect] == [1, 1, 1]


def test_pictures_are_drawn_without_a_browser() -> None:
    from ui.render.charts import coverage_map, exposure, picture, source_health, trend

    days = {date(2026, 8, 6): {"act-now": 1}, date(2026, 8, 7): {"act-now": 2, "watch": 3}}
    svg = picture(trend(days)).decode()
    assert svg.startswith("<svg")
    assert "Act now" in svg
    assert "<script" not in svg
    assert picture(exposure({("critical", "internet"): 2}), "png").startswith(b"\x89PNG")
    row = {"source": "CISA KEV", "hours": 3.0, "state": "good"}
    assert "✓ good, 3 h ago" in picture(source_health([row])).decode()
    cell = {"framework": "in force", "part": "Protect", "covered": 3, "total": 9}
    assert "3/9" in picture(coverage_map([cell])).decode()


def test_labels_that_count_the_same_do_not_hide_each_other() -> None:
    from ui.render.charts import picture, trend

    svg = picture(trend({date(2026, 8, 6): {"act-now": 3, "fyi": 3}, date(2026, 8, 7): {"act-now": 3, "fyi": 3}}))
    signs = re.findall(r'aria-roledescription="point"[^>]*transform="translate\(([^)]*)\)', svg.decode())
    assert len(signs) == 8
    assert len(set(signs)) == 8
