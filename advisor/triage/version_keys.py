"""Reads one version as written (numbers, patch words, appliance forms) into a key that says what it cannot order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

Outcomes = frozenset[int]
"""Which of -1, 0, 1 a comparison may still be; one element where it is certain."""

LESS: Outcomes = frozenset({-1})
SAME: Outcomes = frozenset({0})
MORE: Outcomes = frozenset({1})
DIFFERENT: Outcomes = frozenset({-1, 1})
ANY: Outcomes = frozenset({-1, 0, 1})

MAX_LENGTH = 200
"""Characters; a longer text is no version and is never ordered."""

Stage = Literal["pre", "post", "build", "word"]


@dataclass(frozen=True, slots=True)
class Part:
    """What follows the release numbers: a word and its numbers (`beta 3`, `h1`, `build 2829`)."""

    stage: Stage
    word: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A version as read. Two keys of different families are not ordered (IOS trains, FIPS builds)."""

    release: tuple[int, ...]
    tail: tuple[Part, ...] = ()
    family: str = ""
    wild: bool = False
    """`10.x`: any release that starts with these numbers."""
    needs: int = 0
    """How many release numbers a full version of this scheme has; fewer are a shortened form."""


# Before the release, in this order (PEP 440 and Maven agree; "nightly" and the like are builds of the next release).
_PRE = {"dev": 0, "snapshot": 0, "nightly": 0, "canary": 0, "alpha": 1, "beta": 2, "milestone": 3, "pre": 4}
_PRE |= {"next": 0, "preview": 4, "prerelease": 4, "ea": 4, "ctp": 4, "rc": 5, "cr": 5, "candidate": 5}
# The release itself under another name.
_FINAL = frozenset({"ga", "final", "release", "stable", "lts", "general", "rtm"})
# After the release. Different words of one product (SP2 against HF3) are never ordered against each other.
_POST = {"p": "patch", "pl": "patch", "patch": "patch", "sp": "sp", "servicepack": "sp", "hf": "hf", "hotfix": "hf"}
_POST |= {"h": "h", "fix": "fix", "fp": "fp", "fixpack": "fp", "u": "update", "upd": "update", "update": "update"}
_POST |= {"cu": "cu", "cumulativeupdate": "cu", "su": "su", "securityupdate": "su", "mr": "mr", "post": "post"}
_POST |= {"take": "take", "r": "r", "rev": "rev", "revision": "rev", "s": "s", "ep": "ep", "ru": "ru", "rp": "rp"}
_POST |= {"mp": "mp", "sr": "sr", "if": "if", "interimfix": "if", "rollup": "rollup", "updaterollup": "rollup"}
_BUILD = frozenset({"build", "bld"})
# Any other word is ordered against itself only: "2.0b3" may be a beta or build 3, "1.0m2" a milestone or a patch.
_NOISE = re.compile(r"\bjumbo(?:[ _-]*(?:hotfix|hf))?(?:[ _-]*accumulator)?\b")  # Check Point: "Jumbo Hotfix Take 53"
_TWO_WORDS = re.compile(
    r"\b(service|fix|cumulative|security|interim|update)[ _-]+(pack|update|fix|rollup)(?=[ _\-\d]|$)"
)

_LEAD = re.compile(r"^(?:version|release|ver|rel|v|r)?[\s._:\-]*(?=\d)")
_FAMILY = re.compile(r"^([a-z][a-z ]*?)[\s._:\-]*(?=\d)")
_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:t(\d{2})[-:](\d{2})[-:](\d{2})z?)?$")
_RELEASE = re.compile(r"\d+(?:[._]\d+)*")
_WILD = re.compile(r"(?<=\d)(?:[._]?(?:x|\*))+$")
_PART = re.compile(r"[\s._,:()/~\-]*(?:([a-z]+)(?:[\s._:(\-]*(\d+(?:[._]\d+)*))?|(\d+(?:[._]\d+)*)|(\+.*))")
_COMMIT = re.compile(r"^(?=[0-9]*[a-f])[0-9a-f]{7,40}$")
_SLASH_DATE = re.compile(r"^\d{1,2}/\d{1,2}/\d{2,4}")
_TRAILING = re.compile(r"[\s._,:()/~\-]*$")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.split(r"[._]", text))


def _part(word: str, digits: str, glued: bool) -> Part | None:
    numbers = _numbers(digits) if digits else ()
    if word in _FINAL and not numbers:
        return None
    if word in _PRE:
        return Part("pre", word, (_PRE[word], *numbers))
    if word in _POST and (numbers or word not in {"p", "u", "h", "r", "s"} or not glued):
        return Part("post", _POST[word], numbers)
    if word in _BUILD:
        return Part("build", "build", numbers)
    if glued and len(word) == 1 and not numbers:
        return Part("post", "letter", (ord(word) - ord("a") + 1,))
    return Part("word", word, numbers)


def _tail(text: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    at = 0
    while at < len(text) and not _TRAILING.match(text, at):
        found = _PART.match(text, at)
        if found is None or found.end() == at:
            return (*parts, Part("word", text[at:]))
        word, digits, bare, meta = found.groups()
        if meta:
            parts.append(Part("word", meta))
        elif bare:
            parts.append(Part("word", "-", _numbers(bare)))
        else:
            part = _part(word, digits or "", glued=found.start(1) == at)
            if part:
                parts.append(part)
        at = found.end()
    return tuple(parts)


def clean(text: str) -> str:
    """Lower case, outer space and a leading "version" or "v" removed; what makes two spellings the same version."""
    return _LEAD.sub("", " ".join(text.lower().split()))


def read_generic(text: str) -> Key | None:
    """Dotted numbers with an optional tail, as NVD orders them; None where the text does not start with a number.

    Source: NVD compares versions component by component as numbers; the words are those of the tables above.
    """
    text = clean(text)
    family = ""
    if lead := _FAMILY.match(text):
        family, text = lead.group(1), text[lead.end() :]
    if date := _DATE.match(text):
        return Key(tuple(int(n) for n in date.groups() if n), family=family)
    wild = bool(_WILD.search(text))
    text = _TWO_WORDS.sub(r"\1\2", _NOISE.sub("", _WILD.sub("", text)))
    head = _RELEASE.match(text)
    if head is None or _COMMIT.match(text) or _SLASH_DATE.match(text):
        return None  # a commit has no order of its own, and 8/9/2024 is two days
    return Key(_numbers(head.group()), _tail(text[head.end() :]), family, wild)


_JAVA_OLD = re.compile(r"^1\.([0-8])(?:\.0)?(?:(?:[_ :\-]+(?:u|update)?|u|update)[_ ]?(\d+))?(?:[\-+].*)?$")
_JAVA_NEW = re.compile(r"^(\d+)(?:\.0\.|[ ]?(?:u|update)[ _]?)(\d+)(?:[\-+].*)?$")


def read_java(text: str) -> Key | None:
    """`8u391`, `1.8.0_391` and `8.0.391` are one version (JEP 223, "New version-string scheme").

    `1.9` was never released; NVD writes it as the border between the two notations, so it stays below every `5.0`.
    """
    text = clean(text)
    if found := _JAVA_OLD.match(text) or _JAVA_NEW.match(text):
        return Key(tuple(int(n) for n in (found.group(1), "0", found.group(2) or "0")))
    if text == "1.9":
        return Key((1, 9))
    return None if text.startswith("1.") else read_generic(text)  # 1.7 is Java 7: no other 1.x may be read as Java 1


_IOS = re.compile(r"^(\d+)\.(\d+)\((\d+)([a-z]?)\)(?:([a-z]+)(\d*)([a-z]?)(?:\((\d+)([a-z]?)\))?)?$", re.IGNORECASE)
_ASA = re.compile(r"^(\d+)\.(\d+)\((\d+)\)(\d+)$")
_XE_TRAIN = re.compile(r"^(0?3(?:\.\d+)+)([A-Z]{1,3})$")


def _letter(text: str | None) -> int:
    return ord(text.lower()) - ord("a") + 1 if text else 0


def read_cisco(text: str) -> Key | None:
    """IOS `15.2(7)E3`, NX-OS `7.0(3)I7(10)`, ASA `9.16(4)55`, IOS XE `17.9.4a`, ISE `3.1 Patch 8`.

    Source: Cisco's white paper on IOS and NX-OS release numbering: the letters after the bracket are a train,
    and a rebuild number orders releases inside one train only.
    """
    text = text.strip()
    if found := _ASA.match(text):
        return Key(tuple(int(n) for n in found.groups()))
    if found := _IOS.match(text):
        major, minor, maintenance, letter, train, rebuild, rebuild_letter, inner, inner_letter = found.groups()
        release: tuple[int, ...] = (int(major), int(minor), int(maintenance))
        if letter or train:
            release += (
                _letter(letter),
                int(rebuild or 0),
                _letter(rebuild_letter),
                int(inner or 0),
                _letter(inner_letter),
            )
        return Key(release, family=(train or "").lower())
    if found := _XE_TRAIN.match(text):
        return Key(_numbers(found.group(1)), family=found.group(2).lower())
    return read_generic(text)


_NETSCALER = re.compile(r"^(?:ns)?\s*(\d+)\.(\d+)[\s:,\-]+(?:build\s*)?(\d+)\.(\d+)(?:\.(?:nc|cl|e))?$")


def read_netscaler(text: str) -> Key | None:
    """`14.1-47.46`, `NS14.1: Build 47.46.nc`; FIPS and NDcPP builds number apart (Citrix release notes)."""
    text = clean(text)
    family = "fips" if re.search(r"fips|ndcpp", text) else ""
    plain = re.sub(r"[\s\-]*(?:fips|ndcpp)(?:[\s/\-]*(?:and|fips|ndcpp))*", "", text).strip()
    if found := _NETSCALER.match(plain):
        return Key(tuple(int(n) for n in found.groups()), family=family)
    key = read_generic(plain)
    return Key(key.release, key.tail, family or key.family, key.wild) if key else None


_FORTI_BUILD = re.compile(r"[\s,\-]+b(?:uild)?[\s#]*\d+.*$")


def read_fortinet(text: str) -> Key | None:
    """`v7.4.9,build2829,250924 (GA.M)` is 7.4.9: each Fortinet release has one general build."""
    return read_generic(re.sub(r"\s*\((?:ga|feature|mature)[^)]*\)", "", _FORTI_BUILD.sub("", clean(text))))


_JUNOS = re.compile(r"^(\d+\.\d+)(?:[\s:\-]*(r|x)(\d+)(?:[.\-]?(d|s)(\d+))?(?:\.\d+)?)?(-?evo)?$")


def read_junos(text: str) -> Key | None:
    """`21.4R3-S5.4`: release 21.4, R3, service release S5, spin 4 (a rebuild of S5, so left out); EVO apart."""
    text = clean(text).replace("_", "-")
    found = _JUNOS.match(text)
    if found is None:
        return read_generic(text)
    base, kind, number, service, service_number, evo = found.groups()
    tail: tuple[Part, ...] = ()
    if kind:
        tail = (Part("post", kind, (int(number),)),)
        if service:
            tail += (Part("post", service, (int(service_number),)),)
    return Key(_numbers(base), tail, family="evo" if evo else "")


def read_windows(text: str) -> Key | None:
    """`10.0.19045.4046`: without the fourth number (the update build revision) nothing is known of its patches."""
    key = read_generic(text)
    return Key(key.release, key.tail, key.family, key.wild, needs=4) if key else None


READERS: dict[str, Callable[[str], Key | None]] = {
    "generic": read_generic,
    "java": read_java,
    "cisco": read_cisco,
    "netscaler": read_netscaler,
    "fortinet": read_fortinet,
    "junos": read_junos,
    "windows": read_windows,
}


@lru_cache(maxsize=65_536)
def read(text: str, scheme: str) -> Key | None:
    """The key of a version under a scheme of READERS; None where it has no shape that could be ordered."""
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    return READERS[scheme](text)


def _other_numbering(a: Key, b: Key) -> bool:
    """A year or date against a small number ("2019 CU14" and "15.2.1258"): two numberings of one product, not an order.

    A calendar version (`2026.1.6`: a year and a small number) does come after the numbers a product had before.
    """
    low, high = sorted((a, b), key=lambda key: key.release[0])
    first, last = low.release[0], high.release[0]
    calendar = len(high.release) > 1 and high.release[1] < 100
    return (1990 <= last <= 2100 and 0 < first < 1000 and not calendar) or (last >= 19_900_101 and first < 10_000)


def _compare_part(a: Part | None, b: Part | None) -> Outcomes:
    if a is None and b is None:
        return SAME
    if a is None or b is None:
        present, sign = (a, 1) if a is not None else (b, -1)
        assert present is not None
        if present.stage == "pre":
            return frozenset({-sign})
        if present.stage == "post":
            return frozenset({sign})
        return frozenset({0, sign}) if present.stage == "build" or present.word.startswith("+") else DIFFERENT
    if a.stage == "pre" or b.stage == "pre":
        if a.stage != b.stage:
            other, sign = (b, -1) if a.stage == "pre" else (a, 1)
            return ANY if other.stage == "word" else frozenset({sign})
        return _compare_numbers(a.numbers, b.numbers)
    return _compare_numbers(a.numbers, b.numbers) if (a.stage, a.word) == (b.stage, b.word) else ANY


def _compare_numbers(a: tuple[int, ...], b: tuple[int, ...]) -> Outcomes:
    for x, y in zip_longest(a, b, fillvalue=0):
        if x != y:
            return LESS if x < y else MORE
    return SAME


def _compare_release(a: Key, b: Key) -> Outcomes:
    for x, y in zip(a.release, b.release, strict=False):
        if x != y:
            return LESS if x < y else MORE
    if len(a.release) == len(b.release):
        return SAME
    short, long, sign = (a, b, -1) if len(a.release) < len(b.release) else (b, a, 1)
    if short.wild:
        return SAME
    if short.needs > len(short.release):
        return ANY
    if not any(long.release[len(short.release) :]):
        return SAME
    # "1.0 SP1" against "1.0.1": which came first cannot be told; "1.0 rc1" is before 1.0 and so before 1.0.1.
    return frozenset({sign}) if all(p.stage == "pre" for p in short.tail) else ANY


def order(a: Key, b: Key) -> Outcomes:
    """Which outcomes of comparing a with b are possible: -1 (a before b), 0, 1; ANY where nothing can be told."""
    if a.family != b.family or _other_numbering(a, b):
        return ANY
    outcome = _compare_release(a, b)
    if outcome != SAME or (a.wild or b.wild):
        return outcome
    for x, y in zip_longest(a.tail, b.tail):
        outcome = _compare_part(x, y)
        if outcome != SAME:
            return outcome
    return SAME


def shortened(a: Key, b: Key) -> bool:
    """True where `a` could be a shortened form of `b` or of its neighbours: "10.2" beside "10.2.9-h1"."""
    if a.family != b.family:
        return False
    if a.release == b.release[: len(a.release)] and not a.tail and len(b.release) > len(a.release):
        return any(b.release[len(a.release) :])
    later = b.tail[len(a.tail) :]
    return a.release == b.release and a.tail == b.tail[: len(a.tail)] and bool(later) and later[0].stage != "pre"


def opens(a: Key, b: Key) -> bool:
    """True where `a` is a pre-release of the first version of the branch that `b` names with fewer numbers."""
    first = a.release[: len(b.release)] == b.release and not any(a.release[len(b.release) :])
    early = bool(a.tail) and a.tail[0].stage == "pre"
    return a.family == b.family and first and early and not b.tail and len(b.release) < len(a.release)
