"""Compares versions under the vendor's scheme, with "cannot tell" as an answer."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, cast, get_args

import yaml
from univers import versions as univers

from advisor.triage import version_keys as keys
from knowledge.records.base import Record
from knowledge.records.vulnerability import Ternary

Scheme = Literal[
    "generic",
    "semver",
    "pypi",
    "maven",
    "gem",
    "nuget",
    "deb",
    "rpm",
    "alpine",
    "arch",
    "openssl",
    "java",
    "cisco",
    "netscaler",
    "fortinet",
    "junos",
    "windows",
]
"""How versions are ordered: `semver` to `openssl` by univers' classes, the others by `version_keys`."""

_SEMVER = re.compile(r"^\d+\.\d+\.\d+(?:-[0-9a-z.\-]+)?$")

# What a text must look like before the library's order is trusted: its classes accept and order almost anything.
_SHAPES: dict[str, tuple[re.Pattern[str], type[Any]]] = {
    "semver": (_SEMVER, univers.SemverVersion),
    "pypi": (re.compile(r"^[0-9][0-9a-z.!\-_+]*$"), univers.PypiVersion),
    "maven": (re.compile(r"^\d+(?:[.\-][0-9a-z_]+)*$"), univers.MavenVersion),
    "gem": (re.compile(r"^\d+(?:\.[0-9a-z]+)*(?:-[0-9a-z.\-]+)?$"), univers.RubygemsVersion),
    "nuget": (re.compile(r"^\d+(?:\.\d+){0,3}(?:-[0-9a-z.\-]+)?$"), univers.NugetVersion),
    "deb": (re.compile(r"^(?:\d+:)?\d[0-9a-z.+\-:~]*$"), univers.DebianVersion),
    "rpm": (re.compile(r"^(?:\d+:)?\d[0-9a-z._+~^]*(?:-[0-9a-z._+~^]+)?$"), univers.RpmVersion),
    "alpine": (
        re.compile(r"^\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(?:-r\d+)?$"),
        univers.AlpineLinuxVersion,
    ),
    "arch": (re.compile(r"^(?:\d+:)?\d[0-9a-z._+]*(?:-[0-9.]+)?$"), univers.ArchLinuxVersion),
    "openssl": (re.compile(r"^\d+\.\d+\.\d+(?:[a-z]{1,2}|-(?:alpha|beta)\d+)?$"), univers.OpensslVersion),
}
_RELEASE_WORD = re.compile(r"[.\-](?:release|final|ga)$")

NO_BOUND = frozenset({"", "*", "-", "0", "0.0", "0.0.0", "unspecified", "n/a", "all", "any"})
"""Bounds that records write where there is no lower bound."""

NO_VERSION = frozenset(
    {"", "*", "-", "unspecified", "n/a", "na", "unknown", "none", "any", "latest", "current", "?", "tbd"}
)
"""What inventories write where the version is not known ("latest" is a promise, not a version)."""


class Range(Record):
    """A range of versions, bounds as written; with no bound at all it is every version."""

    start: str = ""
    start_inclusive: bool = True
    end: str = ""
    end_inclusive: bool = False
    exact: str = ""
    """One version only; then the bounds are not looked at."""

    def text(self) -> str:
        """The range in words: `from 7.2.0, before 7.2.8`, `up to and including 2.9.1`, `2.0`, `all versions`."""
        if self.exact:
            return self.exact
        start = "" if self.start.lower() in NO_BOUND else self.start
        head = "" if not start else (f"from {start}" if self.start_inclusive else f"after {start}")
        tail = (
            "" if not self.end else (f"up to and including {self.end}" if self.end_inclusive else f"before {self.end}")
        )
        return ", ".join(part for part in (head, tail) if part) or "all versions"


def known(version: str) -> bool:
    """True where a version field says a version, not "latest", "n/a" or nothing."""
    return version.strip().lower() not in NO_VERSION


@lru_cache(maxsize=65_536)
def _library(text: str, scheme: str) -> Any:
    plain = keys.clean(text)
    if len(plain) > keys.MAX_LENGTH or not plain.isascii():
        return None
    if scheme == "maven":
        plain = _RELEASE_WORD.sub("", plain)
    if scheme == "semver":
        plain = plain.split("+", 1)[0]  # build metadata has no precedence: SemVer 2.0.0, item 10
        plain += ".0" * (2 - plain.count(".")) if re.fullmatch(r"\d+(\.\d+)?", plain) else ""
    shape, build = _SHAPES[scheme]
    if not shape.match(plain):
        return None
    try:
        return build(plain)
    except (univers.InvalidVersion, ValueError, TypeError, IndexError):
        return None


@lru_cache(maxsize=131_072)
def possible(a: str, b: str, scheme: Scheme = "generic") -> keys.Outcomes:
    """Which results of comparing a with b cannot be excluded: a subset of {-1, 0, 1}, all three where nothing is known.

    A text that is no version of the scheme is tried as `generic`, so a wrong scheme ends in "cannot tell" or in the
    plain order of numbers, never in the order of an unrelated scheme.
    """
    if keys.clean(a) == keys.clean(b) and a.strip():
        return keys.SAME
    if scheme in _SHAPES:
        x, y = _library(a, scheme), _library(b, scheme)
        if x is not None and y is not None:
            return keys.LESS if x < y else keys.MORE if x > y else keys.SAME
        reader = "generic"
    else:
        reader = scheme
    left, right = keys.read(a, reader), keys.read(b, reader)
    return keys.order(left, right) if left and right else keys.ANY


def compare(a: str, b: str, scheme: Scheme = "generic") -> int | None:
    """-1 where a is before b, 0 where they are one version, 1 where a is after b, None where it cannot be told."""
    outcomes = possible(a, b, scheme)
    return next(iter(outcomes)) if len(outcomes) == 1 else None


def _holds(outcomes: keys.Outcomes, wanted: keys.Outcomes) -> Ternary:
    if outcomes <= wanted:
        return "yes"
    return "unknown" if outcomes & wanted else "no"


def _shortened(version: str, bound: str, scheme: Scheme) -> bool:
    reader = "generic" if scheme in _SHAPES else scheme
    left, right = keys.read(version, reader), keys.read(bound, reader)
    return bool(left and right and keys.shortened(left, right))


def branch(version: str, scheme: Scheme) -> int | None:
    """The first number of a version, as its scheme reads it (8 of `1.8.0_461`); None where it has none."""
    found = keys.read(version, "generic" if scheme in _SHAPES else scheme)
    return found.release[0] if found else None


def _opens_branch(version: str, start: str, scheme: Scheme) -> bool:
    """Whether a version is a pre-release of the branch that a start names: `12.0.0-rc1` beside "from 12"."""
    reader = "generic" if scheme in _SHAPES else scheme
    left, right = keys.read(version, reader), keys.read(start, reader)
    return bool(left and right and keys.opens(left, right))


def in_range(version: str, rng: Range, scheme: Scheme = "generic") -> Ternary:
    """Whether a version lies in a range: `yes`, `no` or `unknown`.

    A version that may be a shortened form of a lower bound or of an exact version ("10.2" beside "10.2.9") is
    `unknown` where reading it as complete would give `no`; an upper bound needs no such care, the complete reading
    is the one that warns. A start with fewer numbers than the version names a branch, its pre-releases among it. A
    range whose start is after its end answers `no` only beyond both.
    """
    if not known(version):
        return "unknown"
    if rng.exact:
        outcome = _holds(possible(version, rng.exact, scheme), keys.SAME)
        return "unknown" if outcome == "no" and _shortened(version, rng.exact, scheme) else outcome
    if compare(rng.start, rng.end, scheme) == 1 and rng.start.strip().lower() not in NO_BOUND and rng.end:
        # Upside down in the record (5.5.0 to 5.4.5) or by a pre-release as its end (1.6 to 1.6.0-beta.9).
        return "no" if possible(version, rng.start, scheme) == keys.MORE else "unknown"
    answers: list[Ternary] = []
    if rng.start.strip().lower() not in NO_BOUND:
        wanted = frozenset({0, 1}) if rng.start_inclusive else keys.MORE
        answer = _holds(possible(version, rng.start, scheme), wanted)
        if answer == "no" and _shortened(version, rng.start, scheme):
            answer = "unknown"
        elif answer == "no" and rng.start_inclusive and _opens_branch(version, rng.start, scheme):
            answer = "yes"
        answers.append(answer)
    if rng.end.strip().lower() not in NO_BOUND - {"0", "0.0", "0.0.0"}:
        wanted = frozenset({-1, 0}) if rng.end_inclusive else keys.LESS
        answers.append(_holds(possible(version, rng.end, scheme), wanted))
    if "no" in answers:
        return "no"
    return "unknown" if "unknown" in answers else "yes"


PROSE = re.compile(
    r"\b(?:before|prior|earlier|older|below|through|thru|up|and|later|newer|all|to|until|since|from|versions?|multiple)\b"
    r"|[,;]",
    re.IGNORECASE,
)
"""Words that make a text more than one version; such a text is never taken for an exact one."""

_COMPARATOR = re.compile(r"^(<=|>=|<|>|!=|==|=)?\s*(.+)$")
_ZERO_TO = re.compile(r"^(\S+)\s+(<=|<)\s+(\S+)$")
_ALL = frozenset({"*", "all", "all versions", "vers:all/*", "any", "any version"})
_VERS = re.compile(r"^vers:([a-z0-9.\-]+)/(.+)$")


def _from_comparators(constraints: list[tuple[str, str]]) -> tuple[Range, ...] | None:
    ranges: list[Range] = []
    start: tuple[str, str] | None = None
    for sign, version in constraints:
        if sign in {"", "=", "=="}:
            ranges.append(Range(exact=version))
        elif sign == "!=":
            return None
        elif sign in {">", ">="}:
            if start:
                return None
            start = (sign, version)
        else:
            lower = {"start": start[1], "start_inclusive": start[0] == ">="} if start else {}
            ranges.append(Range.model_validate({**lower, "end": version, "end_inclusive": sign == "<="}))
            start = None
    if start:
        ranges.append(Range(start=start[1], start_inclusive=start[0] == ">="))
    return tuple(ranges)


def read_ranges(text: str) -> tuple[Range, ...] | None:
    """Ranges written in signs: `vers:npm/>=1.0|<1.2`, `>= 1.0, < 1.2`, `0 < 9.8`, `<=3.2`, `all versions`.

    A bare version is that version only. None where the text is something else (prose is read in the text half).
    Source: the VERS specification (package-url/vers-spec) and the forms seen in CSAF and CVE records.
    """
    text = " ".join(text.split())
    if text.lower() in _ALL:
        return (Range(),)
    if found := _VERS.match(text):
        text = found.group(2)
        if text == "*":
            return (Range(),)
    elif found := _ZERO_TO.match(text):
        return (Range(start=found.group(1), end=found.group(3), end_inclusive=found.group(2) == "<="),)
    constraints: list[tuple[str, str]] = []
    for piece in re.split(r"[|,]", text):
        found = _COMPARATOR.match(piece.strip())
        if (
            not found
            or not re.match(r"[vVrR]?\d", found.group(2))
            or re.search(r"[<>=]", found.group(2))
            or PROSE.search(piece)
        ):
            return None
        constraints.append((found.group(1) or "", found.group(2)))
    return _from_comparators(constraints)


@lru_cache(maxsize=1)
def _schemes() -> tuple[dict[str, Scheme], dict[tuple[str, str], Scheme], dict[str, Scheme]]:
    text = resources.files("advisor.triage").joinpath("data/schemes.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    by_purl: dict[str, Scheme] = {}
    by_name: dict[tuple[str, str], Scheme] = {}
    by_target: dict[str, Scheme] = {}
    for entry in data["schemes"]:
        scheme = cast(Scheme, entry["scheme"])
        assert scheme in get_args(Scheme), scheme
        for purl_type in entry.get("purl", ()):
            by_purl[purl_type] = scheme
        for name in entry.get("names", ()):
            vendor, _, product = name.partition(":")
            by_name[(vendor, product or "*")] = scheme
        by_target.update(dict.fromkeys(entry.get("target_sw", ()), scheme))
    return by_purl, by_name, by_target


def _squeeze(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


@lru_cache(maxsize=65_536)
def scheme_for(vendor: str, product: str, purl: str = "", target_sw: str = "") -> Scheme:
    """The scheme of a product by its purl type, else the first row that names it, else its CPE target software
    (`node.js`, `python`), else `generic`.

    Names are compared without case and punctuation; the table and where each row is from: data/schemes.yaml.
    """
    by_purl, by_name, by_target = _schemes()
    kind = purl.removeprefix("pkg:").split("/", 1)[0].lower() if purl.startswith("pkg:") else ""
    if kind in by_purl:
        return by_purl[kind]
    maker, name = _squeeze(vendor), _squeeze(product)
    for (table_vendor, pattern), scheme in by_name.items():
        if maker == table_vendor and fnmatchcase(name, pattern):
            return scheme
    return by_target.get(target_sw.lower(), "generic")
