"""Whether a claim says more, or less, than its evidence: modality, scope, conditions, boundaries, periods (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.grounding.polarity import negated
from advisor.grounding.text import fold
from advisor.grounding.words import concepts, content, stem, stems
from knowledge.search.sentences import sentences

_MODALS = {
    "must": re.compile(r"\b(?:must|shall|(?:is|are) (?:required|mandatory|obliged)|needs?|requires?|ha(?:s|ve) to)\b"),
    "should": re.compile(r"\b(?:should|ought to|(?:is|are) (?:recommended|advised|encouraged))\b"),
    "may": re.compile(r"\b(?:may|(?:is|are) (?:allowed|permitted|optional|free) ?)\b"),
}
_ALL = re.compile(r"\b(?:all|every|each|any|everyone|everybody|nobody|no one|always)\b", re.I)
_ALL_HERE = re.compile(r"\b(?:all|every|each|any)\s+(?:of\s+)?(?:the\s+|its\s+|our\s+)?$", re.I)
_ALL_OF = re.compile(r"\b(?:all|every|each)\s+(?:of\s+)?(?:the\s+|its\s+|our\s+)?(\w+)", re.I)
_PART = re.compile(
    r"\b(some|most|many|certain|selected|critical|important|privileged|external|temporary|main|sensitive|confidential|"
    r"high-risk|internet-facing|new|key|production|administrative)\s+(\w+)",
    re.I,
)
_GROUPS = tuple(
    frozenset(map(stem, words.split()))
    for words in (
        "staff employee employees personnel workforce worker workers",
        "contractor contractors freelancer freelancers",
        "vendor vendors supplier suppliers provider providers",
        "visitor visitors guest guests",
        "administrator administrators admin admins",
        "customer customers client clients",
    )
)
_ANYBODY = re.compile(r"\b(?:everyone|everybody|anyone|anybody|nobody|no one|person|persons|people|users?)\b", re.I)
_ONLY = re.compile(r"\b(?:only|solely|exclusively|nobody (?:else|but)|no one (?:else|but)|none but|no other)\b", re.I)
_ONLY_ON = re.compile(r"\bonly (?:after|once|when|if|with|by)\b", re.I)
CONDITION = re.compile(
    r"\b(?:(?<!even )(?<!as )if(?! not\b)|unless|except(?: for| when| where)?|provided(?: that)?|as long as|other than|"
    r"only (?:if|when|for|with|after|by|in)|where (?:possible|feasible|practicable|applicable))\b",
    re.I,
)
_EVENT = re.compile(
    r"\b(before|after|until)\s+(?!\d)([^,;.]+)|\b(within)\s+[\w-]+\s+\w+\s+(?:of|after)\s+([^,;.]+)", re.I
)
_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)*)\s*(?:(working|business)\s+)?([a-z]+)?", re.I)
_LEFT = {
    "least": re.compile(r"(?:at least|minimum(?: of)?|(?:no|not) (?:less|fewer) than|(?:longer|more) than)\s*$", re.I),
    "most": re.compile(
        r"(?:at most|maximum(?: of)?|(?:no|not) (?:more|later|longer) than|(?<!not )(?<!no )(?:less|fewer) than|"
        r"up to|within|not exceed(?:ing)?)\s*$",
        re.I,
    ),
    "before": re.compile(r"(?:before|prior to|earlier than|below)\s*$", re.I),
    "after": re.compile(r"(?:after|later than|since|above)\s*$", re.I),
}
_RIGHT = {
    "least": re.compile(r"\s*or (?:more|longer)\b", re.I),
    "most": re.compile(r"\s*or (?:less|fewer)\b", re.I),
    "before": re.compile(r"\s*or earlier\b", re.I),
    "after": re.compile(r"\s*or later\b", re.I),
}
_STRICT = re.compile(r"(?:(?:no|not) (?:less|fewer|more|later|longer) than)\s*$", re.I)
_TIMED = frozenset(map(stem, ("hours", "minutes", "days", "weeks", "months", "years", "characters")))
_DAYS = {"hour": 1 / 24, "night": 1.0, "day": 1.0, "week": 7.0, "month": 30.0, "quarter": 90.0, "year": 360.0}
_COUNT = {"two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}
_EVERY = re.compile(rf"\b(?:every|each)\s+(?:(\d+|{'|'.join(_COUNT)})\s+)?({'|'.join(_DAYS)})s?\b", re.I)
_TIMES = re.compile(rf"\b(once|twice)\s+(?:a|an|per|every|each)\s+({'|'.join(_DAYS)})\b", re.I)
_ADVERB = {"hourly": 1 / 24, "nightly": 1.0, "daily": 1.0, "weekly": 7.0, "monthly": 30.0, "quarterly": 90.0,
           "annually": 360.0, "yearly": 360.0}  # fmt: skip
_NOT_WITHOUT = re.compile(r"\b(?:no|not|never|nobody|cannot)\b[^.;]*\b(?:without|unless)\b", re.I)
SHOWN = 60
"""Characters of a sentence that are repeated in a reason."""
ABOUT = 0.5
"""Share of a claim's words that a clause has, from which on the claim is held to that clause's conditions."""


def unbacked(claim: str, evidence: Sequence[str]) -> str:
    """Why a claim says more than its evidence by a whole sentence; empty where each has something of it.

    A model that obeys a document puts "APPROVED." before what it quotes: the quotation proves the rest, and not that.

    Args:
        claim: one sentence or more.
        evidence: the sentences that its quotations stand in, and what they are known by.
    """
    words = frozenset(stems(" ".join(evidence)))
    for sentence in sentences(claim):
        about = concepts(sentence)
        if about and not any(one.matches(words) for one in about):
            return f"nothing in what it cites says: {sentence[:SHOWN]}"
    return ""


def overstatement(claim: str, evidence: Sequence[str]) -> str:
    """Why a claim is stronger or weaker than its evidence; empty where nothing speaks against it.

    Args:
        claim: one sentence.
        evidence: the whole sentences that its quotations stand in; a claim that repeats one whole is never at fault.
    """
    told = fold(claim).casefold().rstrip(".")
    whole = [fold(one).casefold().rstrip(".") for one in evidence if one.strip()]
    if any(one in told and f"only {one}" not in told for one in whole):
        return ""
    clause = _closest(claim, evidence)
    if not clause:
        return ""
    return (
        _modality(claim, clause)
        or _scope(claim, clause)
        or _condition(claim, clause)
        or _event(claim, clause)
        or _boundary(claim, " ".join(evidence))
        or _period(claim, " ".join(evidence))
    )


def _closest(claim: str, evidence: Sequence[str]) -> str:
    """The clause of the evidence that the claim is about; empty where none has half of its words."""
    own = set(content(claim))
    clauses = [part for sentence in evidence for part in sentence.split(";") if part.strip()]
    best = max(clauses, key=lambda part: len(own & set(content(part))), default="")
    return best if own and len(own & set(content(best))) >= ABOUT * len(own) else ""


def _modality(claim: str, clause: str) -> str:
    mine, theirs = (
        {name for name, pattern in _MODALS.items() if pattern.search(text)} for text in (_plain(claim), _plain(clause))
    )
    if _NOT_WITHOUT.search(clause) and not _NOT_WITHOUT.search(claim) and re.search(r"\bwithout\b", claim):
        return "the claim allows without a condition what its source does not allow without it"
    if len(theirs) != 1 or mine & theirs or negated(claim) or negated(clause):
        return ""
    (said,) = theirs
    if not mine:
        return "" if said == "must" else f"what it cites says {said}, and the claim states it as a fact"
    if said == "must" and mine == {"may"} and _ONLY.search(claim):
        return ""
    return f"what it cites says {said}, and the claim says {min(mine)}"


def _plain(text: str) -> str:
    """A text in which `may` is never the month."""
    return re.sub(r"\bMay\b(?=\s+\d)|(?<=\d\s)May\b", " ", text).casefold()


def _scope(claim: str, clause: str) -> str:
    own, cited = stems(claim), stems(clause)
    for part in _PART.finditer(clause):
        noun = stem(part[2])
        before = clause[: part.start()]
        # "all staff and new suppliers", not "all new suppliers"
        of_all = _ALL.search(before) and not _ALL_HERE.search(before)
        if noun in own and not set(stems(part[1])) & set(own) and not of_all:
            return f"what it cites speaks of {part[1]} {part[2]} and the claim of all of them"
    for whole in _ALL_OF.finditer(claim):
        noun = stem(whole[1])
        at = cited.index(noun) if noun in cited else 0
        if at and not _ALL.search(clause) and cited[at - 1] in content(clause) and cited[at - 1] not in own:
            return f"the claim speaks of {whole[0].casefold()} and what it cites of a part of them"
    if not _ANYBODY.search(clause):
        named = [group for group in _GROUPS if group & set(cited)]
        for group in _GROUPS:
            if (said := group & set(own)) and named and group not in named:
                return f"what it cites speaks of other people than the claim ({min(said)})"
    adds_only = _ONLY.search(claim) and not _ONLY.search(clause) and not negated(clause)
    if adds_only and not (_ONLY_ON.search(claim) and _MODALS["must"].search(clause)):
        return "the claim says only and what it cites does not"
    return ""


def _condition(claim: str, clause: str) -> str:
    found = CONDITION.search(clause)
    if found is None or CONDITION.search(claim):
        return ""
    behind = clause[found.end() :]
    words = set(content(behind.split(",", 1)[0]))
    if words and len(words & set(content(claim))) * 2 >= len(words):
        return ""
    return f"the claim leaves out a condition of what it cites ({found[0].casefold()} ...)"


def _event(claim: str, clause: str) -> str:
    """`before they get access` is not `before their first day`."""
    theirs = {(e[1] or e[3]).casefold(): set(content(e[2] or e[4])) for e in _EVENT.finditer(clause)}
    for event in _EVENT.finditer(claim):
        word, mine = (event[1] or event[3]).casefold(), set(content(event[2] or event[4]))
        if mine and theirs.get(word) and not mine & theirs[word]:
            return f"the claim and what it cites name different events ({word} ...)"
    return ""


def _boundary(claim: str, cited: str) -> str:
    theirs = _amounts(cited)
    for value, said in _amounts(claim).items():
        same = theirs.get(value, set())
        if not same or said & same:
            continue
        (working, kind), (their_working, their_kind) = min(said), min(same)
        if working != their_working:
            return f"working time and plain time are not the same ({value[0]} {value[1]})".rstrip()
        if (kind and their_kind) or {kind, their_kind} & {"before", "after"}:
            return f"the boundary of {value[0]} differs ({kind or 'none'}, {their_kind or 'none'})"
    return ""


def _amounts(text: str) -> dict[tuple[str, str], set[tuple[bool, str]]]:
    """Numbers with their unit, each with whether it counts working time and the boundary it stands for."""
    found: dict[tuple[str, str], set[tuple[bool, str]]] = {}
    for hit in _AMOUNT.finditer(text):
        before, behind = text[: hit.start()], text[hit.end() :]
        unit = stem(hit[3] or "")
        if unit not in _TIMED:
            unit, behind = "", text[hit.end(1) :]
        kind = next((name for name, side in _LEFT.items() if side.search(before)), "")
        if kind == "least" and _STRICT.search(before) and re.search(r"(?:more|later|longer) than\s*$", before, re.I):
            kind = "most"
        kind = kind or next((name for name, side in _RIGHT.items() if side.match(behind)), "")
        found.setdefault((hit[1], unit), set()).add((bool(hit[2]), kind))
    return found


def _period(claim: str, cited: str) -> str:
    mine, theirs = _periods(claim), _periods(cited)
    return "the claim and what it cites differ in how often" if mine and theirs and not mine <= theirs else ""


def _periods(text: str) -> set[float]:
    """How many days lie between two times, for each `every ...`, `twice a ...` and adverb of a text."""
    found = {_DAYS[hit[2].casefold()] / (2 if hit[1].casefold() == "twice" else 1) for hit in _TIMES.finditer(text)}
    for hit in _EVERY.finditer(_TIMES.sub(" ", text)):
        number = (hit[1] or "1").casefold()
        found.add(_DAYS[hit[2].casefold()] * (_COUNT.get(number) or int(number)))
    return found | {days for word, days in _ADVERB.items() if re.search(rf"\b{word}\b", text, re.I)}
