"""Versions in prose: each way of saying it, branch-wise lists, and what is no version."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.triage import prose_patterns as patterns
from advisor.triage.prose import branches, read_claims


def said(text: str) -> list[tuple[str, list[str]]]:
    return [(claim.polarity, [rng.text() for rng in claim.ranges]) for claim in read_claims(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("before 7.2.8", "before 7.2.8"),
        ("prior to version 7.2.8", "before 7.2.8"),
        ("versions < 135", "before 135"),
        ("up to and including 2.9.1", "up to and including 2.9.1"),
        ("in all versions up to, and including, 2.9.1", "up to and including 2.9.1"),
        ("<= 3.6.2", "up to and including 3.6.2"),
        ("versions through 0.10.5", "up to and including 0.10.5"),
        ("from n/a through 2.1.9", "up to and including 2.1.9"),
        ("from n/a through < 14.8.1", "before 14.8.1"),
        ("5.8.4 and earlier", "up to and including 5.8.4"),
        ("8.2.6.4 or below", "up to and including 8.2.6.4"),
        ("10.x prior to 10.1.2", "from 10, before 10.1.2"),
        ("the 1.16.x branch prior to 1.16.1", "from 1.16, before 1.16.1"),
        ("from 4.0 to 4.2", "from 4.0, up to and including 4.2"),
        ("12.2.3-12.2.14", "from 12.2.3, up to and including 12.2.14"),
        ("from 1.17.0 before 3.31.3", "from 1.17.0, before 3.31.3"),
        (">= 1.0.1, < 1.4", "from 1.0.1, before 1.4"),
        ("between 1.0 and 1.9.2", "from 1.0, up to and including 1.9.2"),
        ("versions 6.0.0 to before 10.0.1", "from 6.0.0, before 10.0.1"),
        ("version 2.2 and newer", "from 2.2"),
        ("Lathe 9 to 9.4.2", "from 9, up to and including 9.4.2"),
        ("Prior 2.4.1, Lathe", "before 2.4.1"),
        ("before 11.0.0-next.6", "before 11.0.0-next.6"),
        ("from pkg:hex/lathe@3.6.2, before 3.6.2", "before 3.6.2"),
        ("1367.vdf2fc45f229c and earlier", "up to and including 1367.vdf2fc45f229c"),
        ("Lathe keeps a database. Prior to 4.4.19 it leaks keys", "before 4.4.19"),
        ("before 2.2.0-rc1", "before 2.2.0-rc1"),
        ("all versions are affected", "all versions"),
    ],
)
def test_affected_ranges(text: str, wanted: str) -> None:
    assert said(f"A flaw was found {text}.") == [("affected", [wanted])]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("This issue is fixed in 2.9.1.", ["before 2.9.1"]),
        ("It has been patched in version 11.3.0.", ["before 11.3.0"]),
        ("Version 4.80.1 patches the issue.", ["before 4.80.1"]),
        ("Users should upgrade to version 9.2.11 or later.", ["before 9.2.11"]),
        ("Fixed in 2.2.12, 3.0.13, and 3.1.11.", ["before 2.2.12", "from 3, before 3.0.13", "from 3.1, before 3.1.11"]),
        ("Versions 2.62.1 and 2.61.1 have been released.", ["before 2.61.1", "from 2.62, before 2.62.1"]),
    ],
)
def test_fixed_versions_leave_ranges_open(text: str, wanted: list[str]) -> None:
    assert said(text) == [("fixed", wanted)]


def test_one_closing_word_holds_for_the_whole_list() -> None:
    assert said("Lathe 2.4.1, 3.0.6 and 3.1.2 and earlier releases leak keys.") == [
        (
            "affected",
            ["up to and including 2.4.1", "from 3, up to and including 3.0.6", "from 3.1, up to and including 3.1.2"],
        )
    ]
    assert said("Versions 3.1.0 to 3.4.2 and 2.9.1 and earlier are affected.") == [
        ("affected", ["from 3.1.0, up to and including 3.4.2"]),
        ("affected", ["up to and including 2.9.1"]),
    ]


def test_a_single_version_before_ranges_takes_no_end_from_them() -> None:
    assert said("in version 7.3.0 and 6.8.0 through 6.8.4 and 6.7.0 through 6.7.9") == [
        ("affected", ["7.3.0"]),
        ("affected", ["from 6.8.0, up to and including 6.8.4"]),
        ("affected", ["from 6.7.0, up to and including 6.7.9"]),
    ]


def test_a_list_of_fixed_versions_is_not_a_list_of_affected_ones() -> None:
    text = "The maker fixed the flaw in the following versions: Lathe 4.8.3 and later, Lathe 5.2.1 and later"
    assert said(text) == [("fixed", ["before 4.8.3"]), ("fixed", ["before 5.2.1"])]


def test_branch_wise_lists() -> None:
    text = "affecting versions from 5.2 prior to 18.2.8, 18.3 prior to 18.3.4, and 18.4 prior to 18.4.2"
    assert said(text) == [
        ("affected", ["from 5.2, before 18.2.8"]),
        ("affected", ["from 18.3, before 18.3.4"]),
        ("affected", ["from 18.4, before 18.4.2"]),
    ]
    ends = [rng.text() for rng in branches(("2.17.4", "1.123.32", "2.18.1"), inclusive=False)]
    assert ends == ["before 1.123.32", "from 2, before 2.17.4", "from 2.18, before 2.18.1"]
    # a branch without an end of its own (2.25, 2.27) is never cleared by its neighbours
    ends = [rng.text() for rng in branches(("2.24.15", "2.26.4", "2.28.4"), inclusive=False)]
    assert ends == ["before 2.24.15", "from 2.25, before 2.26.4", "from 2.27, before 2.28.4"]


def test_versions_said_not_to_be_affected_are_cleared() -> None:
    assert said("Versions before Lathe 16.2 are unaffected.") == [("cleared", ["before 16.2"])]
    assert said("Lathe 1.8 and earlier, except 1.6.4 and 1.7.2, leaks keys.") == [
        ("affected", ["up to and including 1.8"]),
        ("cleared", ["1.6.4", "1.7.2"]),
    ]


def test_each_name_of_a_list_of_fixes_keeps_its_own_versions() -> None:
    text = "This was fixed in Lathe 151, Lathe LTS 140.11, and Wheel 7.2."
    assert [(text[claim.start : claim.end], claim.fixed) for claim in read_claims(text)] == [
        ("was fixed in Lathe 151", ("151",)),
        ("Lathe LTS 140.11", ("140.11",)),
        ("Wheel 7.2", ("7.2",)),
    ]
    both = "Version 2.52.12 patches the issue in the v2 branch and 3.1.0 patches the issue in the v3 branch."
    assert [claim.fixed for claim in read_claims(both)] == [("2.52.12",), ("3.1.0",)]


def test_a_version_that_contains_a_vulnerability_is_not_the_fixed_one() -> None:
    assert said("Versions 1.2 and 1.3 contain a vulnerability in the parser.") == [("affected", ["1.2", "1.3"])]
    assert said("Version 1.4 contains a fix for the vulnerability.") == [("fixed", ["before 1.4"])]


def test_the_letters_of_a_product_may_stand_before_each_number_of_a_list() -> None:
    assert said("versions LA19.4, LA18.5.2 and earlier are affected") == [
        ("affected", ["up to and including 18.5.2", "from 19, up to and including 19.4"])
    ]


def test_supported_versions_are_marked() -> None:
    (claim,) = read_claims("Supported versions that are affected are 8.61 and 8.62.")
    assert claim.supported
    assert [rng.exact for rng in claim.ranges] == ["8.61", "8.62"]


@pytest.mark.parametrize(
    "text",
    [
        "rated 9.8 out of 10",
        "CVSS 3.1 Base Score 4.9",
        "writes up to 7 bytes past the end",
        "fixed in commit 83c3fc7676",
        "100 organisations in 12 countries",
        "",
    ],
)
def test_what_is_no_version_statement(text: str) -> None:
    assert said(text) == []


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789.x<>=-(),; beforfixdtupagnlv\n", max_size=200))
def test_any_text_is_read_and_passages_do_not_overlap(text: str) -> None:
    claims = read_claims(text)
    assert all(left.end <= right.start for left, right in pairwise(claims))
    assert all(0 <= claim.start < claim.end <= len(text) for claim in claims)


@pytest.mark.parametrize(
    "text", ["1." * 10_000, "1-rc1" * 4_000, "before " * 3_000, "1.0 and " * 2_500, "before" + " " * 19_000]
)
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    start = time.process_time()
    read_claims(text)
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "text",
    [
        "from 1.0 before 1.4",
        "starting in version 9.0.0 and prior to versions 9.13.10 and 10.2.0",
        "2.x before 2.4",
        "2024.1 - 2024.3",
        "1.0 (inclusive) through 1.9",
        "between 3.1-rc1 and 3.1.9",
        "LTS 2.400 up to and including LTS 2.492",
    ],
)
def test_a_range_is_looked_for_wherever_there_is_one(text: str) -> None:
    # where `SPAN_WITHIN` finds nothing `SPAN` is not tried
    assert patterns.SPAN.search(text)
    assert patterns.SPAN_WITHIN.search(text)


def test_a_range_is_not_looked_for_between_two_amounts() -> None:
    assert not patterns.SPAN_WITHIN.search("Lathe 2.3 allows 7 users to log in.")
