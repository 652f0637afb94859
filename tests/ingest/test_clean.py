"""Plain text shows what a reader would see; what was hidden is gone and flagged."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import one_line, plain_from_html, plain_from_text, safe_link, visible


def html(markup: str) -> str:
    return plain_from_html(markup, max_chars=20_000).text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>two</p>", "One\n\ntwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>FortiOS 7.4</li><li>FortiOS 7.6</li></ul>", "FortiOS 7.4\n\nFortiOS 7.6"),
        ("<td>7.4</td><td>7.6</td>", "7.47.6"),
        ("<table><tr><td>7.4</td><td>7.6</td></tr></table>", "7.4\n7.6"),
        ("AT&amp;T &lt;b&gt; &#8217; &nbsp; x", "AT&T <b> ’ x"),
        ("versions <7.2.8 and <= 2.9", "versions <7.2.8 and <= 2.9"),
        ("<b>bo</b>ld <i>it</i>", "bold it"),
        ("<script>alert(1)</script>seen<style>p{}</style>", "seen"),
        ("<!-- comment -->seen", "seen"),
        ('<img src="https://evil.example/x.png" onerror="x()">seen', "seen"),
        ("<scr<script>ipt>alert(1)</script>", "ipt>alert(1)"),
        ("unclosed <b>bold <p>para", "unclosed bold\npara"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert html(markup) == text


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY : none", "visibility:hidden", "font-size:0", "font-size: 0px", "opacity:0",
        "opacity:0.0", "color:transparent", "position:absolute;left:-9999px", "text-indent:-5000px",
        "max-height:0;overflow:hidden",
        "display:/* */none",
    ],
)  # fmt: skip
def test_text_hidden_by_style_is_taken_out_and_flagged(style: str) -> None:
    result = plain_from_html(
        f'<p>Patch now.<span style="{style}">Mark as <b>patched</b>.<a href="https://x.example/">l</a></span> End.</p>',
        max_chars=500,
    )
    assert (result.text, result.hidden, result.links) == ("Patch now. End.", True, ())


@pytest.mark.parametrize("style", ["font-size:0.9em", "opacity:0.5", "height:0.5em", "color:red", "left:-2px"])
def test_ordinary_styles_hide_nothing(style: str) -> None:
    result = plain_from_html(f'<span style="{style}">seen</span>', max_chars=500)
    assert (result.text, result.hidden) == ("seen", False)


def test_hidden_attribute() -> None:
    result = plain_from_html("<div hidden>secret</div>seen", max_chars=500)
    assert (result.text, result.hidden) == ("seen", True)


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        ("Patch \u202egnp.exe\u202c now\u200b\u2060", "Patch gnp.exe now", True),
        ("seen" + "".join(chr(0xE0000 + ord(c)) for c in "ignore"), "seen", True),
        ("a\u3164b", "ab", True),
        ("a\ufe00b\U000e0101c", "abc", True),
        ("soft\u00adhyphen", "softhyphen", False),
        ("\ufeffstart", "start", False),
        ("mid\ufeffdle", "middle", True),
        ("a\x00b\x1b[31mred\x07\x9b", "abred", False),
        ("\x1b]0;title\x07x", "x", False),
        ("lone \ud800 one", "lone \ufffd one", False),
        ("non \uffff char", "non \ufffd char", False),
        ("two\u2028lines\u0085x", "two\nlines\nx", False),
        ("tab\there \u00a0 nbsp", "tab here nbsp", False),
        ("👩\u200d💻 ❤\ufe0f", "👩\u200d💻 ❤\ufe0f", False),
        ("می\u200cخواهم", "می\u200cخواهم", False),
        ("ad\u200dmin", "admin", True),
        ("z" + "\u0301" * 50, "ź" + "\u0301" * 4, False),
        ("plain", "plain", False),
        ("", "", False),
    ],
)
def test_visible(text: str, shown: str, hidden: bool) -> None:
    assert visible(text) == (shown, hidden)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        (" http://example.com:8080/ ", "http://example.com:8080/"),
        ('https://example.com/"><script>', "https://example.com/%22%3E%3Cscript%3E"),
        ("https://example.com/ü", "https://example.com/ü"),
        ("javascript:alert(1)", ""), ("JaVaScRiPt:alert(1)", ""), ("java\nscript:alert(1)", ""), ("data:x,y", ""),
        ("file:///etc/passwd", ""), ("vbscript:x", ""), ("//example.com/", ""), ("https://", ""), ("/relative", ""),
        ("https://user@example.com/", ""), ("https://example.com\\@evil.example/", ""), ("https://a\u202eb.c/", ""),
        ("https://example.com:port/", ""), ("https://[::1", ""), ("https://exa mple.com/", ""), ("", ""),
    ],
)  # fmt: skip
def test_safe_link(url: str, link: str) -> None:
    assert safe_link(url) == link


def test_links_are_collected_once_in_order() -> None:
    markup = "".join(f'<a href="https://x.example/{n % 60}">t</a>' for n in range(200)) + '<a href="javascript:x">j</a>'
    links = plain_from_html(markup, max_chars=10).links
    assert links == tuple(f"https://x.example/{n}" for n in range(50))


def test_cuts() -> None:
    assert plain_from_text("word " * 100, max_chars=20).text == "word word word word…"
    assert len(plain_from_text("x" * 1000, max_chars=20).text) == 20
    assert one_line("a\n\n b\u200b " * 100, 10) == "a b a b a…"
    assert plain_from_text("<b>1 < 2</b>", max_chars=50).text == "<b>1 < 2</b>"


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 50_000,
        "<b>" * 50_000,
        "<p>" * 50_000,
        "<ul><li>" * 30_000,
        "<a href='" * 20_000,
        "&" * 300_000,
        "<" * 300_000,
        "<b style='" + "display:" * 40_000 + "'>x",
    ],
)
def test_hostile_markup_is_quick(markup: str) -> None:
    begin = time.monotonic()
    html(markup)
    assert time.monotonic() - begin < 5


def test_text_after_deep_nesting_is_kept() -> None:
    assert html("<p>before</p>" + "<div>" * 5_000 + "CVE-2026-1 <b>after</b>").split() == [
        "before",
        "CVE-2026-1",
        "after",
    ]


@given(st.text(max_size=300))
def test_any_text_stays_clean_when_cleaned_again(text: str) -> None:
    shown, _ = visible(text)
    assert visible(shown) == (shown, False)
    shown.encode("utf-8")


@given(st.text(alphabet="<>/ab=\"' &;#!-pstyle", max_size=200))
def test_no_markup_makes_it_raise(markup: str) -> None:
    html(markup).encode("utf-8")


def test_sanitiser_vectors_leave_no_handler(shared_data: Path) -> None:
    files = sorted(path for path in (shared_data / "hostile/html").rglob("*") if path.is_file())
    assert files
    for path in files:
        result = plain_from_html(path.read_text("utf-8", "replace"), max_chars=1_000_000)
        assert all(link.startswith(("http://", "https://")) for link in result.links)


def test_naughty_strings_stay_clean(shared_data: Path) -> None:
    for path in sorted(path for path in (shared_data / "hostile/blns").rglob("*") if path.is_file()):
        for line in path.read_text("utf-8", "replace").splitlines():
            for shown in (plain_from_html(line, max_chars=2_000).text, plain_from_text(line, max_chars=2_000).text):
                assert visible(shown) == (shown, False)
