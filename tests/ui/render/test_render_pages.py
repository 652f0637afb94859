"""What the pages of a brief and of the portfolio hold, as a reader, a mail program and a printer meet them."""

from __future__ import annotations

import io
import itertools
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from rich.console import Console

from advisor.brief.portfolio import compose_portfolio
from advisor.brief.state import PreviousState, remember
from ui.render.html import brief_html, portfolio_html
from ui.render.markdown import brief_markdown, portfolio_markdown
from ui.render.terminal import portfolio_terminal

DAY = timedelta(days=1)


class Page(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "link", "img", "hr", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def heads(markdown: str) -> list[str]:
    return [line for line in markdown.splitlines() if line.startswith("#")]


def test_markdown_opens_with_the_decision_and_has_its_sections(clinic: Any) -> None:
    text = brief_markdown(clinic.brief())
    assert heads(text) == [
        "# Northgate Family Clinic — brief for Friday 7 August 2026",
        "## Act now (1)",
        "### 1. Brightline IT may be open through N-central: ask today",
        "## Check today (1)",
        "### 2. Load balancer: find out its version",
        "## Watch (2)",
        "## Looked at and not affected (1)",
        "## New in the last 7 days",
        "## Not covered today",
    ]
    assert text.index("> **Today: one supplier to call") < text.index("## Act now")
    assert "6 of 7 sources read · 143 items considered, 4 new or changed stories for you" in text
    assert "2 of 9 assets have no version: Backup store and Load balancer." in text
    assert "Recording the version of Load balancer would have settled item 2." in text


def test_a_later_brief_says_what_changed_since_the_one_before(clinic: Any) -> None:
    brief = clinic.brief()
    later = heads(brief_markdown(brief.model_copy(update={"since": brief.written_at - DAY})))
    assert "## Changed since you last looked" in later
    assert "## New in the last 7 days" not in later


def test_html_says_the_same_as_markdown(clinic: Any) -> None:
    brief = clinic.brief()
    page = Page(brief_html(brief))
    for item in brief.items[:2]:
        for words in (item.headline, item.what, *item.why_you, item.why_now, item.action, item.question):
            assert words in page.text
    assert brief.headline in page.text


def test_html_is_one_page_without_anything_from_outside(clinic: Any) -> None:
    for html in (brief_html(clinic.brief()), portfolio_html(compose_portfolio((clinic.brief(),), {}, clinic.FRIDAY))):
        page = Page(html)
        names = {tag for tag, _ in page.tags}
        assert not names & {"script", "img", "link", "iframe", "object", "embed", "form", "video", "svg", "base"}
        assert "url(" not in html
        assert "@import" not in html
        assert not any(
            key.startswith("on") or key in {"src", "style", "background"} for _, attrs in page.tags for key in attrs
        )
        assert page.open == []


def test_html_is_accessible_and_prints(clinic: Any) -> None:
    html = brief_html(clinic.brief())
    page = Page(html)
    assert page.tags[0] == ("html", {"lang": "en"})
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert levels.count(1) == 1
    assert "@media print" in html
    assert "prefers-color-scheme: dark" in html
    assert "flex" not in html
    assert "display: grid" not in html


def test_links_are_the_items_own_sources(clinic: Any) -> None:
    brief = clinic.brief()
    own = {link.url for item in brief.items for link in item.sources}
    page = Page(brief_html(brief))
    assert {attrs["href"] for tag, attrs in page.tags if tag == "a"} <= own


def test_still_open_is_compact_and_says_since_when(clinic: Any) -> None:
    first = clinic.brief()
    second = clinic.brief(previous=remember(PreviousState(), first), now=clinic.FRIDAY + 4 * DAY)
    text = brief_markdown(second)
    assert "### " not in text
    assert "Still open since Friday 7 Aug, one day over." in text
    assert "> **Nothing new needs you today. Two items are still open from earlier days.**" in text
    assert "Since Friday 7 Aug, 06:30" in text


def test_nothing_new_is_a_page_too(clinic: Any) -> None:
    text = brief_markdown(clinic.brief(verdicts=(), stories=()))
    assert "> **Nothing needs you today.**" in text
    assert "Nothing was added" not in text  # one entry was: the catalogue changed without touching the client
    assert "it does not touch you" in text


def test_below_the_line_lists_every_item(clinic: Any) -> None:
    text = brief_markdown(clinic.brief(client=clinic.with_budget(1)))
    assert "## Below the line (1)" in text
    assert "Load balancer: find out its version" in text.split("## Below the line")[1]


def test_notes_in_hand_and_elsewhere(clinic: Any) -> None:
    first = clinic.brief()
    keys = {item.story_id: item for item in first.items}
    balancer, windows = keys["s-loadmaster"], keys["s-windows"]
    notes = (
        clinic.note(balancer.key, "acknowledge", text="Ordered", fingerprint=balancer.fingerprint),
        clinic.note(windows.key, "note", text="Window on Sunday"),
    )
    text = brief_markdown(clinic.brief(previous=remember(PreviousState(), first), notes=notes, now=clinic.FRIDAY + DAY))
    assert "## In hand (1)" in text
    assert "You acknowledged on 7 Aug: Ordered." in text
    assert "## Your open notes (1)" in text
    assert "noted on 7 Aug: Window on Sunday" in text


@pytest.mark.parametrize(
    ("added", "touching", "words"),
    [
        (0, 0, "Nothing was added to CISA's catalogue of exploited flaws."),
        (1, 0, "exploited flaws: 1; it does not touch you."),
        (1, 1, "exploited flaws: 1; it touches you."),
        (7, 0, "exploited flaws: 7; none of them touches you."),
        (7, 1, "exploited flaws: 7; one of them touches you."),
        (7, 2, "exploited flaws: 7; two of them touch you."),
    ],
)
def test_catalogue_line_in_singular_and_plural(clinic: Any, added: int, touching: int, words: str) -> None:
    brief = clinic.brief().model_copy(update={"new_in_kev": added, "new_in_kev_touching": touching})
    assert words in brief_markdown(brief)


def portfolio(clinic: Any, clients: int = 3) -> Any:
    briefs = [
        clinic.brief(client=clinic.CLIENT.model_copy(update={"id": f"c{number}", "name": f"Client {number}"}))
        for number in range(clients)
    ]
    return compose_portfolio(briefs, {"lost": "the disk is full"}, clinic.FRIDAY)


def rendered(page: Any, width: int = 140) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(portfolio_terminal(page))
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


@pytest.mark.parametrize("clients", [1, 3, 6, 7, 20])
def test_portfolio_has_every_client_in_every_face(clinic: Any, clients: int) -> None:
    page = portfolio(clinic, clients)
    faces = (portfolio_markdown(page), Page(portfolio_html(page)).text, rendered(page))
    for face in faces:
        for number in range(clients):
            assert f"Client {number}" in face
        assert "Not known" in face
        assert "the disk is full" in face


def test_portfolio_links_only_to_safe_relative_paths(clinic: Any) -> None:
    hrefs = {"c0": "c0/2026-08-07.html", "c1": "javascript:alert(1)", "c2": "../../etc/passwd"}
    html = portfolio_html(portfolio(clinic), hrefs)
    assert 'href="c0/2026-08-07.html"' in html
    assert "javascript" not in html
    assert "etc/passwd" not in html
    markdown = portfolio_markdown(portfolio(clinic), hrefs)
    assert "[Client 0](<c0/2026-08-07.html>)" in markdown
    assert "javascript" not in markdown


def test_portfolio_headline_counts_clients(clinic: Any) -> None:
    assert "> **One client has something to act on now: Client 0." in portfolio_markdown(portfolio(clinic, 1))
    assert "Two clients have something to act on now: Client 0 and Client 1." in portfolio_markdown(
        portfolio(clinic, 2)
    )
    quiet = compose_portfolio((clinic.brief(verdicts=(), stories=()),), {}, clinic.FRIDAY)
    assert "Nothing needs any client today." in portfolio_markdown(quiet)


def test_items_that_ask_for_the_same_share_a_line(clinic: Any) -> None:
    verdicts = tuple(
        clinic.verdict(clinic.item("cve", cve), "affected", clinic.FW, cves=(cve,), fixed_in=("7.4.10",))
        for cve in ("CVE-2026-60001", "CVE-2026-60002")
    )
    brief = clinic.brief(verdicts=verdicts, stories=())
    text = brief_markdown(brief)
    assert "## Watch (2)" in text
    assert text.count("Firewall: update to 7.4.10") == 1
    assert "**1 and 2. Firewall: update to 7.4.10**" in text
    for item in brief.items:
        assert item.cve_ids[0] in text
