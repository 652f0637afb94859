"""The order of versions as vendors write them, and the cases that must stay "cannot tell"."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.triage.versions import Range, Scheme, compare, in_range, known, possible, read_ranges, scheme_for

ORDERED: list[tuple[Scheme, list[str]]] = [
    ("generic", ["1.9", "1.10", "1.10.1", "2.0-rc1", "2.0", "2.0.0.1"]),
    ("generic", ["7.4.8", "7.4.9"]),
    ("generic", ["2.0 alpha 1", "2.0 beta3", "2.0 beta10", "2.0-RC1", "2.0", "2.0 SP1", "2.0 SP2", "2.1"]),
    ("generic", ["1.0.2", "1.0.2k", "1.0.2l", "1.0.3"]),
    ("generic", ["R80.40 Take 100", "R80.40 Jumbo Hotfix Take 139", "R81.20", "R81.20 Take 53"]),
    ("generic", ["2026.2", "2026.3", "2026.3 HF1", "2026.3 Hotfix 2", "2026.4"]),
    ("generic", ["2019 CU13", "2019 CU14", "2019 CU14 SU1", "2019 Cumulative Update 14 SU2"]),
    ("generic", ["10.2.9", "10.2.9-h1", "10.2.9-h16", "10.2.10"]),
    ("generic", ["2024-01-15", "2024-02-01", "2025-01-01"]),
    ("generic", ["RELEASE.2023-03-13T19-46-17Z", "RELEASE.2023-03-20T20-16-18Z"]),
    ("generic", ["3.1 Patch 7", "3.1 Patch 8", "3.2"]),
    ("generic", ["12.3 Build 123056", "12.3 build 123057"]),
    ("semver", ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.1", "1.0.0", "1.0.1"]),
    ("pypi", ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1"]),
    ("maven", ["1.0-alpha-1", "1.0-rc1", "1.0", "1.0-sp1", "1.0.1"]),
    ("gem", ["1.0.0.pre", "1.0.0", "1.0.0.1"]),
    ("nuget", ["1.0.0-beta", "1.0.0", "1.0.0.1"]),
    ("deb", ["1.0~rc1-1", "1.0-1", "1.0-1+deb12u1", "1:0.9-1"]),
    ("rpm", ["1.0-1.el8", "1.0-2.el8", "1:0.1-1"]),
    ("alpine", ["1.2.3_rc1-r0", "1.2.3-r1", "1.2.3-r2"]),
    ("openssl", ["1.0.2", "1.0.2k", "1.0.2zb", "1.1.1", "3.0.0", "3.0.12"]),
    ("java", ["1.8.0_381", "8u391", "1.8.0 update401", "11.0.21", "17.0.9"]),
    ("cisco", ["9.16(4)55", "9.16(4)62", "9.18(1)"]),
    ("cisco", ["15.2(7)E3", "15.2(7)E4", "15.2(7a)E0b", "15.2(8)E"]),
    ("cisco", ["7.0(3)I7(9)", "7.0(3)I7(10)"]),
    ("cisco", ["17.9.4", "17.9.4a", "17.9.5"]),
    ("netscaler", ["13.1-49.13", "14.1-47.46", "NS14.1: Build 47.48.nc"]),
    ("fortinet", ["7.4.8", "v7.4.9,build2829,250924 (GA.M)", "7.4.10"]),
    ("junos", ["21.4", "21.4R1", "21.4R3", "21.4R3-S5", "21.4R3-S6.1", "22.2R1"]),
    ("windows", ["10.0.19045.4046", "10.0.19045.4170", "10.0.22621.3155"]),
]

SAME: list[tuple[Scheme, str, str]] = [
    ("generic", "1.0", "1.0.0"),
    ("generic", "v2.3", "Version 2.3"),
    ("generic", "2.0-beta3", "2.0 beta 3"),
    ("generic", "2026.3 HF1", "2026.3 Hotfix 1"),
    ("generic", "10.1.04", "10.1.4"),
    ("semver", "1.2.3+build5", "1.2.3"),
    ("maven", "5.3.0.RELEASE", "5.3.0"),
    ("java", "8u391", "1.8.0_391"),
    ("java", "8.0.391", "1.8.0 update 391"),
    ("cisco", "9.16(4)55", "9.16.4.55"),
    ("fortinet", "7.4.9", "7.4.9 build2829"),
    ("junos", "21.4R3-S5.4", "21.4r3-s5"),
    ("netscaler", "NS14.1 47.46.nc", "14.1-47.46"),
]

CANNOT_TELL: list[tuple[Scheme, str, str]] = [
    ("generic", "2019", "15.2.1258.12"),  # a year against a build number
    ("generic", "2.0b3", "2.0"),  # beta 3 or build 3
    ("generic", "1.0 SP1", "1.0.1"),
    ("generic", "5.0 SP2", "5.0 HF3"),
    ("generic", "stable", "1.0"),
    ("generic", "1.0", ""),
    ("generic", "10.0", "10.0 build 100"),
    ("generic", "1.2.3-4", "1.2.3"),  # a Debian revision or a pre-release of npm
    ("cisco", "15.2(7)E3", "15.3(3)M9"),  # two trains
    ("netscaler", "13.1-37.235-FIPS", "13.1-49.13"),
    ("junos", "21.4R3-S5-EVO", "21.4R3-S6"),
    ("windows", "10.0.19045", "10.0.19045.4046"),
    ("windows", "10 22H2", "10.0.19045.4046"),
    ("generic", "1" * 300, "2"),
    ("generic", "937d0e9", "1365.1"),  # a commit
    ("generic", "9/1/2023", "8/30/2024"),
]


@pytest.mark.parametrize(("scheme", "versions"), ORDERED)
def test_versions_of_one_scheme_are_in_order(scheme: Scheme, versions: list[str]) -> None:
    for i, a in enumerate(versions):
        for j, b in enumerate(versions):
            assert compare(a, b, scheme) == (i > j) - (i < j), (a, b)


@pytest.mark.parametrize(("scheme", "a", "b"), SAME)
def test_two_spellings_of_one_version_are_the_same(scheme: Scheme, a: str, b: str) -> None:
    assert compare(a, b, scheme) == 0
    assert compare(b, a, scheme) == 0


@pytest.mark.parametrize(("scheme", "a", "b"), CANNOT_TELL)
def test_what_cannot_be_ordered_is_none(scheme: Scheme, a: str, b: str) -> None:
    assert compare(a, b, scheme) is None
    assert compare(b, a, scheme) is None


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(get_args(Scheme)))
def test_any_two_texts_are_ordered_the_same_both_ways(a: str, b: str, scheme: Scheme) -> None:
    assert possible(a, b, scheme) == {-x for x in possible(b, a, scheme)}


_numbers = st.lists(st.integers(0, 9999), min_size=1, max_size=4).map(lambda ns: ".".join(map(str, ns)))
_tails = st.sampled_from(["", " beta2", "-rc1", " SP1", "-h3", "k", " build 7", "+x"])
_versions = st.tuples(_numbers, _tails).map("".join)


@given(_versions, _versions, _versions)
def test_certain_orders_are_transitive(a: str, b: str, c: str) -> None:
    first, second, third = compare(a, b), compare(b, c), compare(a, c)
    if first is not None and first == second and third is not None:
        assert third == first


@pytest.mark.parametrize(
    ("version", "rng", "answer"),
    [
        ("7.2.7", Range(end="7.2.8"), "yes"),
        ("7.2.8", Range(end="7.2.8"), "no"),
        ("7.2.8", Range(end="7.2.8", end_inclusive=True), "yes"),
        ("7.0.0", Range(start="7.0", end="7.2.8"), "yes"),
        ("7.0.0", Range(start="7.0", start_inclusive=False, end="7.2.8"), "no"),
        ("6.4.9", Range(start="7.0", end="7.2.8"), "no"),
        ("", Range(end="7.2.8"), "unknown"),
        ("latest", Range(end="7.2.8"), "unknown"),
        ("1.0", Range(), "yes"),
        ("0.9", Range(start="0", end="1.0"), "yes"),
        ("10.2", Range(start="10.2.3", end="10.2.9"), "unknown"),  # 10.2 may stand for 10.2.5
        ("10.2.0", Range(start="10.2.3", end="10.2.9"), "no"),
        ("10.2", Range(end="10.2.9"), "yes"),
        ("12.3.4", Range(exact="12.3.4"), "yes"),
        ("12.3", Range(exact="12.3.4"), "unknown"),
        ("12.3.5", Range(exact="12.3.4"), "no"),
        ("9.3", Range(end="9.x", end_inclusive=True), "yes"),
        ("9.3", Range(start="9.3x", end="9.3.5"), "yes"),
        ("10.0", Range(end="9.x", end_inclusive=True), "no"),
        ("12.3 build 5", Range(end="12.3"), "no"),  # a build of 12.3 is not before 12.3
        ("12.3 build 5", Range(end="12.3", end_inclusive=True), "unknown"),
        ("1.0", Range(end="0"), "no"),
        ("5.4.9", Range(start="5.5.0", end="5.4.5"), "unknown"),  # upside down
        ("5.5.1", Range(start="5.5.0", end="5.4.5"), "no"),
        ("1.6.0-beta.7", Range(start="1.6", end="1.6.0-beta.9"), "unknown"),
    ],
)
def test_ranges(version: str, rng: Range, answer: str) -> None:
    assert in_range(version, rng) == answer


def test_a_branch_holds_the_pre_releases_of_its_first_version() -> None:
    branch = Range(start="12", end="12.3.1")
    assert [in_range(version, branch) for version in ("12.0.0-rc1", "12.3.0", "11.9-rc1")] == ["yes", "yes", "no"]
    assert in_range("12.0.0-rc1", Range(start="12.0.0", end="12.3.1")) == "no"


def test_nvds_border_between_the_java_notations() -> None:
    ranges = (Range(end="1.8.0_411"), Range(start="1.9", end="8.0.411"))
    for version in ("8u401", "1.8.0_401", "8.0.401"):
        assert [in_range(version, rng, "java") for rng in ranges] == ["yes", "yes"]
    assert [in_range("17.0.9", rng, "java") for rng in ranges] == ["no", "no"]


def test_a_range_says_itself_in_words() -> None:
    assert Range(start="7.0", end="7.2.8").text() == "from 7.0, before 7.2.8"
    assert Range(start="0", end="2.9.1", end_inclusive=True).text() == "up to and including 2.9.1"
    assert Range(start="0").text() == "all versions"
    assert Range(exact="2.0").text() == "2.0"


@pytest.mark.parametrize(
    ("vendor", "product", "purl", "scheme"),
    [
        ("Cisco", "IOS XE", "", "cisco"),
        ("juniper", "junos", "", "junos"),
        ("Juniper Networks", "Junos OS Evolved", "", "junos"),
        ("Microsoft", "Windows 10 Version 22H2", "", "windows"),
        ("microsoft", "exchange_server", "", "generic"),
        ("citrix", "netscaler_application_delivery_controller", "", "netscaler"),
        ("oracle", "jdk", "", "java"),
        ("oracle", "mysql", "", "generic"),
        ("Python Software Foundation", "CPython", "", "pypi"),
        ("", "", "pkg:npm/left-pad@1.0.0", "semver"),
        ("", "", "pkg:deb/debian/openssl@1.1.1", "deb"),
        ("nobody", "nothing", "", "generic"),
    ],
)
def test_the_scheme_of_a_product(vendor: str, product: str, purl: str, scheme: Scheme) -> None:
    assert scheme_for(vendor, product, purl) == scheme


def test_latest_is_no_version() -> None:
    assert not known("Latest")
    assert known("0.1")


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("vers:all/*", (Range(),)),
        ("All Versions", (Range(),)),
        ("<=1.9.4.1", (Range(end="1.9.4.1", end_inclusive=True),)),
        ("0 < 9.8.12", (Range(start="0", end="9.8.12"),)),
        (">= 1.0, < 1.2", (Range(start="1.0", end="1.2"),)),
        (
            "vers:generic/>=1.0|<1.2|>=2.0|<=2.3",
            (Range(start="1.0", end="1.2"), Range(start="2.0", end="2.3", end_inclusive=True)),
        ),
        ("> 3", (Range(start="3", start_inclusive=False),)),
        ("1.0.0-rc1", (Range(exact="1.0.0-rc1"),)),
        ("vers:pypi/1.0|1.1", (Range(exact="1.0"), Range(exact="1.1"))),
        ("vers:pypi/>=1.0|!=1.1", None),
        ("prior to the June update", None),
        ("versions 3.x before 3.2", None),
    ],
)
def test_ranges_written_in_signs(text: str, ranges: tuple[Range, ...] | None) -> None:
    assert read_ranges(text) == ranges
