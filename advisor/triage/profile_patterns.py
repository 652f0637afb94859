"""The words by which news tells that a rule changes, that a sector is attacked, and that a place is the attacker's."""

from __future__ import annotations

import re
from typing import Final


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(alternatives) + r")\b", re.IGNORECASE)


ROUNDUP: Final = re.compile(
    r"in other news|threatsday|week(?:ly)? in|recap|roundup|round-up|stormcast|newsletter|podcast|friday|\+ ?\d+ more",
    re.IGNORECASE,
)
"""Titles of collections: no sentence of theirs is the item's own story."""

ASIDE: Final = re.compile(r"(?:^|[.\s])Plus:")
"""What follows in a summary belongs to other stories."""

NOT_NEWS: Final = re.compile(
    r"\bhow to\b|\bhow \w+ (?:can|should)\b|^why\b|^what\b|^the \w+ guide|\bguide to\b|\bchecklist\b|\bwebinar\b|"
    r"\bbest practices\b|\blessons\b|\btips\b|\bsurvey\b|\bintroducing\b|\braises\b|\bfunding\b|\bacquires?\b|"
    r"\blaunches\b|\bmarket\b|\binterview\b|\bpredictions?\b|\brehears\w*|\bwill\b|\bfor \w+ compliance\b",
    re.IGNORECASE,
)
"""Titles of advice, advertising and outlooks."""

CHANGE: Final = _words(
    *("new", "propos(?:es|ed|al)", "adopt(?:s|ed|ion)", "approv(?:es|ed|al)", "signs?", "signed", "pass(?:es|ed)"),
    *("enact(?:s|ed)", "amend(?:s|ed|ments?)", "takes? effect", "took effect", "in(?:to)? force", "effective"),
    *("deadlines?", "(?:days?|weeks?|months?) to", "final(?:izes?|ised|ized)?", "updat(?:es?|ed)"),
    *("revis(?:es|ed|ions?)", "overhauls?", r"transpos\w+", "delay(?:s|ed)", r"postpon\w+", "extends?", "extended"),
    *(
        "paus(?:es|ed|ing)",
        "suspend(?:s|ed|ing)",
        "withdraw(?:s|n)",
        "introduc(?:es|ed)",
        "unveil(?:s|ed)",
        "requires?",
        "mandat(?:es|ed|ory)",
        "guidance",
    ),
    *("reporting (?:duty|duties|obligations?|requirements?|rules?)", "asks? for"),
)
"""Something about a rule is new; enough beside the rule's name in a title."""

STRONG_CHANGE: Final = _words(
    *("propos(?:es|ed)", "adopt(?:s|ed)", "approv(?:es|ed)", "signed", "enact(?:s|ed)", "amend(?:s|ed|ments?)"),
    *("takes? effect", "took effect", "(?:entered|enters|comes?|came) into force", "deadlines?", "final rule"),
    *(r"postpon\w+", "applies from", "fined", "settle(?:s|d|ment)"),
)
"""The same for running text, where weaker words stand by chance."""

ENFORCEMENT: Final = _words(
    "fin(?:es|ed)", "settle(?:s|d|ment)", "penalt(?:y|ies)", "enforce(?:s|d|ment)", "pays?", "violat(?:es|ed|ions?)"
)

RULE_VERB: Final = _words(
    *("impos(?:es|ed)", "adopts?", "adopted", "pass(?:es|ed)", "approv(?:es|ed)", "enact(?:s|ed)", "signs?", "signed"),
    *("introduc(?:es|ed)", "unveils?", "mandates?", "requires?", "bans?", "propos(?:es|ed)", "finaliz(?:es|ed)"),
    *(
        "issues?",
        "issued",
        "publish(?:es|ed)",
        "tightens?",
        "updates?",
        "updated",
        "delays?",
        "extends?",
        "fac(?:e|es|ing)",
    ),
)
BAN: Final = _words("bans?", "banned", "prohibits?", "outlaws?")
"""A verb that is a rule by itself."""
RULE_NOUN: Final = _words(
    *("rules?", "laws?", "bills?", "regulations?", "directives?", "requirements?", "mandate", "legislation", "act"),
    *("standards?", "guidance", "reporting", "bans?", "order", "penalty", "settlement", "violations?"),
)
OUR_FIELD: Final = _words(
    *(r"cyber\w*", "security", "privacy", "data", r"breach\w*", "incidents?", "ai", r"ransom\w*", "software"),
    *("encryption", r"hack\w*", r"vulnerabilit\w+", "routers?"),
)

ATTACK_BEFORE: Final = re.compile(
    r"\b(?:target(?:s|ed|ing)?|hit(?:s|ting)?|struck|strik(?:es|ing)|attack(?:s|ed|ing)?|against|aim(?:s|ed|ing) at|"
    r"hack(?:s|ed|ing)?|breach(?:es|ed|ing)?|compromis(?:e|es|ed|ing)|extort(?:s|ed|ing)?|threats? to|"
    r"(?:go(?:es|ing)?|went) after|intrusions? (?:at|into|in)|impersonat(?:es?|ed|ing)|disrupt(?:s|ed|ing)?|"
    r"infiltrat(?:es?|ed|ing)|(?:steal(?:s|ing)?|stole|stolen)\b[^.;:!?]{0,30}\bfrom)\b[^.;:!?]{0,70}$",
    re.IGNORECASE,
)
"""Ends where the sector's name starts."""
ATTACK_AFTER: Final = re.compile(
    r"^[^.;:!?]{0,40}?\b(?:targeted|hit by|attacked|attacks?|under attack|under siege|breached|hacked|being called|"
    r"in the crosshairs|warned (?:of|about)|report intrusions)\b",
    re.IGNORECASE,
)
CAMPAIGN: Final = _words(
    *("campaigns?", "attackers?", "hackers?", "ransomware", "malware", "threat actors?", "phishing", "vishing"),
    *("spies", "cyberspies", "cyberespionage", "espionage", "gangs?", "apt", "extortion", "backdoors?"),
    *("intrusions?", "wipers?", "stealers?", "cyberattacks?", "attacks", "hack(?:s|ed|ing)"),
    r"(?-i:[A-Z])\w+ (?:spider|typhoon|blizzard|panda|kitten|bear|lynx)",
)
CUSTOMERS: Final = re.compile(
    r"^[\s-]*(?:users?|customers?|apps?|trojans?|accounts?|clients|themed|lures?)\b", re.IGNORECASE
)
"""After a sector's name: who deals with it is attacked, not the sector."""

ATTACKER_AFTER: Final = re.compile(
    r"^(?:['’]s)?[\s-]*(?:(?:government|state|military|intelligence|speaking)[\s-]+)*"
    r"(?:linked|aligned|nexus|backed|sponsored|affiliated|based|origin|hackers?|hacking|spies|cyberspies|spy|apt\w*|"
    r"threat|groups?|actors?|gangs?|crew|cyber\w*|operatives|ransomware|malware|attackers?|adversar\w+|phishing|"
    r"espionage|cybercriminals?|criminals?|scammers?|it workers?|\w+ typhoon)\b",
    re.IGNORECASE,
)
"""After a place's name: it is where the attack comes from."""
ATTACKER_BEFORE: Final = re.compile(
    r"\b(?:aiding|supporting|helping|blames?|blamed|link(?:s|ed)? to|ties to|tied to|attributed to|aligned with|"
    r"on behalf of)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
EVERYWHERE: Final = _words(
    "worldwide", "globally", "global", "around the world", "across the world", "multiple countries"
)
