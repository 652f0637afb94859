"""Reads from the words around a company's name whether something happened there: a breach, an attack, an outage."""

from __future__ import annotations

import re

from advisor.triage.context import clip, harm_in
from advisor.triage.masks import Reading

_BREACH = re.compile(
    r"data\s+breach|breach(?:ed|es)?\b|data\s+(?:theft|leak|exposure)|leak(?:ed|s)?\b|stolen|hacked|hack\b"
    r"|compromised?\b|intrusion|ransomware\s+attack|ransomware|extort\w*|"
    r"cyber\s?attack|security\s+incident|unauthori[sz]ed\s+access|supply[\s-]chain\s+attack|credential\s+theft",
    re.IGNORECASE,
)
_OUTAGE = re.compile(
    r"outage|goes\s+(?:down|dark)|went\s+(?:down|dark)|offline|service\s+disruption|disrupt(?:s|ed|ion)"
    r"|unavailable|downtime|shuts?\s+down\s+(?:systems|services)|"
    r"systems?\s+down|insolven\w+|bankrupt\w+|shutdown",
    re.IGNORECASE,
)
_AT_BEFORE = re.compile(
    r"\b(?:at|of|hits?|hit|against|from|on|by|targets?|targeting|breach(?:es|ed)?|hack(?:s|ed)?|attack(?:s|ed)?"
    r"|impacts?|affects?|steals?|stole)\s+(?:\w+\s+){0,3}$",
    re.IGNORECASE,
)
_HAS_AFTER = re.compile(
    r"^(?:['’]s)?[\s,]*(?:\([^)]{1,40}\)[\s,]*)?(?:\w+\s+){0,3}(?:says|said|confirms?|confirmed|discloses?"
    r"|disclosed|reports?|reported|admits?|suffers?|suffered|hit\b|breach\w*|hack\w*|data\b|outage|was\b|has\b|"
    r"warns?|warned|investigat\w+|reveal\w*|notif\w+|customers?|cyber\w*|ransomware|falls\s+victim|victim"
    r"|experienc\w+|disrupt\w*|down\b|offline|security\s+incident|incident)",
    re.IGNORECASE,
)


def speaks_of_incident(text: str) -> bool:
    """True where a passage speaks of a breach, an attack or an outage at all."""
    return bool(_BREACH.search(text) or _OUTAGE.search(text))


def incident_at(reading: Reading, first: int, last: int, *, title: bool) -> str:
    """What the sentence says happened at the named company: `a breach or attack`, `an outage`, or nothing."""
    start = reading.starts[first]
    low, high = reading.sentence(reading.sentence_of(start))
    sentence = reading.raw[low:high]
    before, after = clip(reading, first, last)
    if not (_HAS_AFTER.match(after) or _AT_BEFORE.search(before)):
        return ""
    if _BREACH.search(sentence):
        return "a breach or attack"
    if _OUTAGE.search(sentence) and (title or harm_in(sentence)):
        return "an outage"
    return ""
