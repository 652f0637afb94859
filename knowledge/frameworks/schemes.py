"""How people name each shipped framework, and which words before a number point to which of them (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one framework is written."""

    names: str
    """Pattern of its names, case ignored; an edition is part of the name only where it cannot be an id."""
    prefixes: tuple[str, ...] = ()
    """Words before a number that only this kind of framework uses."""
    parts: bool = False
    """Ids may be followed by a part of the statement (AC-2a) or a parameter (AC-02_ODP[01])."""
    partial: bool = False
    """The pack is a selection, so a copy may rightly hold more."""
    borrows: str = ""
    """Its ids are another framework's; without its name an id means that one."""


ARTICLE = ("art", "article", "articles", "artikel")

# Longest spellings first inside each pattern: the first alternative that fits wins.
SCHEMES: dict[str, Scheme] = {
    "nist-csf-2.0": Scheme(
        r"(?:nist\s+)?(?:csf|cyber\s?security framework)(?:\s*v?(?:ersion\s*)?2(?:\.0)?)?(?![\w.])",
    ),
    "nist-sp-800-53-r5": Scheme(
        r"(?:nist\s+)?(?:sp\s*)?800[-‑–]53(?:\s*,?\s*(?:r|rev\.?|revision)\s*5)?(?![\w])",
        parts=True,
        partial=True,
    ),
    "nist-sp-800-171-r3": Scheme(
        r"(?:nist\s+)?(?:sp\s*)?800[-‑–]171(?:\s*,?\s*(?:r|rev\.?|revision)\s*3)?(?![\w])|171(?=\s+0?3\.\d)",
        parts=True,
    ),
    "tx-ramp": Scheme(r"tx[-\s]?ramp(?:\s+level\s+[12])?", parts=True, borrows="nist-sp-800-53-r5"),
    "iso-27001-2022": Scheme(
        r"iso(?:/iec)?[\s-]*2700[12](?:\s*:\s*20\d\d)?(?![\w])", prefixes=("annex", "anhang", "clause")
    ),
    "cis-controls-8.1": Scheme(
        r"cis\s+(?:critical\s+security\s+)?controls\s+v?(?:ersion\s*)?8(?:\.1)?(?![\w.])"
        r"|cis(?:\s+(?:critical\s+security\s+)?controls?)?(?:\s+v(?:ersion\s*)?8(?:\.1)?)?(?!\w)|csc(?!\w)",
        prefixes=("safeguard", "safeguards"),
    ),
    "soc2-tsc-2017-rev2022": Scheme(
        r"soc\s*2(?!\w)|tsc(?!\w)|trust services criteria", prefixes=("criterion", "criteria", "tsp")
    ),
    "hipaa-security-rule": Scheme(
        r"hipaa(?:\s+(?:security|breach notification)\s+rule)?|45\s*cfr(?:\s+part)?(?=\s*§*\s*164)",
        prefixes=("§", "§§", "cfr"),
    ),
    "pci-dss-4.0.1": Scheme(r"pci(?:[\s-]*dss)?(?:\s*v\s?4(?:\.0(?:\.1)?)?|\s+4\.0(?:\.1)?)?(?![\w])"),
    "gdpr-security": Scheme(
        r"gdpr|dsgvo|rgpd|(?:regulation\s+)?(?:\(eu\)\s+)?2016/679", prefixes=ARTICLE, partial=True
    ),
    "nis2-directive": Scheme(
        r"nis\s?-?2(?:\s+directive)?(?!\w)|(?:directive\s+)?(?:\(eu\)\s+)?2022/2555", prefixes=ARTICLE, partial=True
    ),
    "dora": Scheme(r"dora(?!\w)|(?:regulation\s+)?(?:\(eu\)\s+)?2022/2554", prefixes=ARTICLE, partial=True),
}

# Words that stand around the numbers of an id and say nothing more.
FILLER = frozenset(
    re.findall(
        r"\w+",
        """
        paragraph para par abs absatz point points lit litera letter subpoint subparagraph section sections sec number
        control controls requirement requirements req reqs safeguard safeguards clause clauses criterion criteria
        article articles art artikel annex anhang cfr tsp of the in no nr enhancement subcategory category function
        family
        """,
    )
)

# Ids of earlier editions that people still carry around; a fact about numbering, said instead of a bare "unknown".
OLDER: tuple[tuple[str, str, str], ...] = (
    (r"^(?:id\.(?:be|gv|rm|sc)|pr\.(?:ac|ip|ma|pt)|de\.dp|rs\.(?:rp|im)|rc\.im)(?:-\d+)?$", "nist-csf-2.0",
     "is an id of CSF 1.1; CSF 2.0 arranged that category anew"),
    (r"^a\.?(?:9|1[0-8])\.\d+(?:\.\d+)?$|^a\.?[5-8]\.\d+\.\d+$", "iso-27001-2022",
     "has the form of the 2013 edition; the 2022 edition numbers Annex A anew, A.5 to A.8"),
)  # fmt: skip


@cache
def name_pattern(framework_id: str) -> re.Pattern[str]:
    """The compiled names of a framework; one that is not shipped is named by its id only."""
    scheme = SCHEMES.get(framework_id)
    return re.compile(rf"(?<!\w)(?:{scheme.names if scheme else re.escape(framework_id)})", re.IGNORECASE)


_EDITION = re.compile(
    r"(?:\s+[-–]?\s*|\s*[,:]\s*)\(?(?:v|version|rev\.?|edition)?\s*(?P<number>(?:19|20)\d\d|\d{1,2}(?:\.\d+)*)\)?$",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\(([A-Z][A-Z0-9-]{2,})\)")
_KIND = re.compile(
    r"(?i:\b(?:standards?|frameworks?|controls|catalogu?e|requirements|regulations?|directive|act|code|guidelines?|baselines?"
    r"|checklist|criteria|benchmarks?|matrix|norm|verordnung|gesetz|richtlinie|katalog)\b)|\d|\b[A-Z]{2,}"
)
"""What a title has that is the name of a framework; `Access Control` alone is a topic of every question."""


def imported_pattern(framework_id: str, title: str) -> re.Pattern[str]:
    """The names of a framework that a user brought: its id, its title, that without the edition, its acronym.

    A name without the edition that is a shipped framework's as well stays that one's: of CSF 1.1 only `CSF 1.1` is one.
    """
    names = {re.escape(framework_id)} if re.search(r"[-\d]", framework_id) else set()
    edition = _EDITION.search(title)
    plain = title[: edition.start()] if edition else title
    short = {plain, *_ACRONYM.findall(title), _ACRONYM.sub("", plain).strip()}
    for name in {title, *(one for one in short if one == title or not named_frameworks(one))} - {""}:
        single = not re.search(r"[\s-]", name)
        if len(name) >= 3 and _KIND.search(name) and not (single and not re.search(r"[A-Z]{2}|\d", name)):
            names.add(r"\s+".join(map(re.escape, name.split())))
    if edition:
        number = re.escape(edition["number"])
        words = r"\s+".join(map(re.escape, plain.split()))
        names.add(rf"{words}[\s,:-]*(?:v|version|rev\.?|edition)?\s*{number}")
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?![\w])" if longest else r"(?!)", re.IGNORECASE)


def named_frameworks(text: str) -> tuple[str, ...]:
    """Ids of the shipped frameworks that a text names, in the order of SCHEMES."""
    return tuple(i for i in SCHEMES if name_pattern(i).search(text))


def prefix_frameworks(word: str) -> frozenset[str]:
    """Shipped frameworks that alone use a word such as `Art` or `Safeguard`; empty when any may."""
    return frozenset(i for i, scheme in SCHEMES.items() if word.casefold() in scheme.prefixes)


def older_edition(text: str) -> str:
    """Why an id looks like one of an earlier edition; empty when it does not."""
    plain = re.sub(r"\s+", "", text.casefold()).removeprefix("annex")
    return next((reason for pattern, _, reason in OLDER if re.match(pattern, plain)), "")
