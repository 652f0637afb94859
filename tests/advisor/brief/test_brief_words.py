"""The small words: plurals, lists, days, and names that cannot hide anything."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.brief import words
from advisor.brief.flaws import flaw_words, reach_words
from advisor.brief.links import safe_url
from knowledge.records.vulnerability import Cvss, Vulnerability

FRIDAY = date(2026, 8, 7)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "no suppliers"), (1, "one supplier"), (2, "two suppliers"), (10, "ten suppliers"), (1234, "1,234 suppliers")],
)
def test_counted(count: int, expected: str) -> None:
    assert words.counted(count, "supplier") == expected


def test_listed() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"]) == "a and b"
    assert words.listed(["a", "b", "c"], last="or") == "a, b or c"
    assert words.listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 8, 7), "today (Friday 7 Aug)"),
        (date(2026, 8, 8), "tomorrow (Saturday 8 Aug)"),
        (date(2026, 8, 10), "Monday 10 Aug"),
        (date(2027, 1, 4), "Monday 4 Jan 2027"),
    ],
)
def test_by_day(day: date, expected: str) -> None:
    assert words.by_day(day, FRIDAY) == expected


def test_days_over() -> None:
    assert words.days_over(date(2026, 8, 7), FRIDAY) == ""
    assert words.days_over(date(2026, 8, 6), FRIDAY) == "one day over"
    assert words.days_over(date(2026, 7, 26), FRIDAY) == "12 days over"


@given(st.text())
def test_plain_is_one_visible_line(text: str) -> None:
    line = words.plain(text)
    assert words.plain(line) == line
    assert line == line.strip()
    for char in line:
        assert char == " " or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_plain_keeps_the_limit(text: str, limit: int) -> None:
    assert len(words.plain(text, limit)) <= limit


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\U000e0041", "\ufe0f", "\u3164", "\x1b", "\x00", "\u2800"],
)
def test_plain_drops_what_cannot_be_seen(hidden: str) -> None:
    assert words.plain(f"pay{hidden}load") == "payload"


def test_plain_cuts_stacked_marks() -> None:
    assert words.plain("a" + "\u0300" * 50) == "a\u0300\u0300"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://host.example/a",
        "https://",
        "https://user:pw@host.example/",
        "https://host.example/a b",
        "https://host.example/\u202etxt",
        "https://host.example/)[x](https://evil.example",
        'https://host.example/"onmouseover=x',
        "https://host.example:notaport/",
        "//host.example",
        "https://host.example/" + "a" * 3000,
    ],
)
def test_unsafe_url_is_no_link(url: str) -> None:
    assert safe_url(url) == ""


def test_safe_url_passes_unchanged() -> None:
    url = "https://host.example:8443/a/b.html?x=1&y=%20z#top"
    assert safe_url(url) == url


def test_flaw_words() -> None:
    assert flaw_words(["NVD-CWE-noinfo", "CWE-77"]) == "command injection"
    assert flaw_words(["CWE-999999"]) == ""


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "over the network without sign-in"),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:U/C:H/I:H/A:H", "over the network with an account, once a user is lured"),
        ("CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "from the machine itself with an account"),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", ""),
        ("", ""),
    ],
)
def test_reach_words(vector: str, expected: str) -> None:
    record = Vulnerability(cve_id="CVE-2026-1", cvss=(Cvss(version="3.1", score=9.8, vector=vector),))
    assert reach_words([record]) == expected
