"""Reads from the words around a name whether the text says that the product is affected or only speaks of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.triage.masks import Reading

Role = Literal["affected", "neutral", "aside"]
"""`affected`: the words around the name say so; `aside`: they say it is the platform, the reporter or an example."""

CueName = Literal["version", "subject", "object", "plugin", "flaw", "deployed", "means", "aside", "none"]


@dataclass(frozen=True, slots=True)
class Cue:
    """What the words around one mention say, and how far it can be trusted."""

    role: Role
    name: CueName
    strong: bool = False
    """Strong enough to make an ordinary word the name of a product."""


_NUMBER = r"(?:v(?:er(?:sion)?s?)?\.?\s*)?\d+(?:\.(?:\d+|x))+\w*"
# X 2.3, X before 2.3, "X versions 2.3 and", "X (All versions < V2.3)", "X plugin <= 2.3", "X: from n/a through 2.3"
_VERSION_AFTER = re.compile(
    rf"""^(?:[\s-]v?\d{{1,3}}(?=\s))?[\s,:()\[*_`"”'’]{{0,4}}(?:[-–—]\s[^.;:<]{{1,60}}?(?=<|≤))?
    (?:(?:software|firmware|server|servers|client|package|library|module|app|application|plugin|theme|extension
    |gem|crate|framework
       |CE/EE|CE|EE|cms|devices?|routers?|for\s+(?:WordPress|Windows|macOS|Linux|Android|iOS|Joomla!?|Drupal|PrestaShop|WooCommerce|Elementor)
       |\([^)]{{1,40}}\)|(?-i:[A-Z])[\w-]{{0,20}})[\s,:]+){{0,3}}
    (?:{_NUMBER}
      |(?:<|<=|≤|=<|&lt;)\s*v?\d
      |(?:all\s+)?versions?\b
      |(?:before|prior\s+to|through|up\s+to|until|earlier\s+than|older\s+than|below|since|starting\s+(?:with
      |from))\s+(?:and\s+including\s+|version\s+|v\.?\s*)?\d+(?:\.\d|\b(?!\s[a-z]))
      |from\s+(?:n/a|v?\d)
      |commit\s+[0-9a-f]{{7}}|master\s+branch)""",
    re.IGNORECASE | re.VERBOSE,
)
_NEXT_VERSION = re.compile(
    rf"^[\s,:(\"”'’]{{0,3}}(?:{_NUMBER}|v?\d{{1,4}}(?=$|[,;)]|\.\s|\.$|\s(?:and|or|before|through|to)\b)|(?:<|<="
    rf"|≤)\s*v?\d|versions?\s+(?:<|\d|v\d|before|prior|up|from|through)|"
    r"(?:before|prior\s+to|through|up\s+to|until)\s+(?:and\s+including\s+)?(?:version\s+|v\.?\s*)?\d+(?:\.\d"
    r"|\b(?!\s[a-z])))",
    re.IGNORECASE,
)
# "X is a …", "X contains", "X does not": the name is what the sentence is about
_SUBJECT_AFTER = re.compile(
    r"""^(?:['’]s\b)?(?:[\s-]v?\d{1,3}(?=\s))?[\s,®™*`]*(?:\([^)]{1,60}\)[\s,]*)?
    (?:(?:software|server|plugin|theme|app|application|library|framework|package|module|platform|devices?)[\s,]+)?
    (?:(?:is|are|was)\s+(?:an?\b|the\b|vulnerable|affected|prone|susceptible|subject|missing|impacted|one\b|free\b
    |open)
      |contains?\b|contained\b|allow(?:s|ed)?\b|suffers?\b|fail(?:s|ed)?\s+to|mishandles|does\s+not|did\s+not
      |doesn['’]t|lacks?\b
      |exposes?\b|exposed\b|helps?\b|provides?\b|enables?\b|has\s+(?:a|an|been|multiple|insufficient|weak)
      |incorrectly|improperly
      |(?:could|may|can|might)\s+(?:allow|be|lead|leak|result)\b|supports?\b|offers?\b|lets?\b|implements?\b|uses?\b
      |versions?\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# "Lathe is expressive middleware": the first words of a text say what its first name is
_IS_AFTER = re.compile(r"^\s(?:is|are)\s[a-z]")
_VULNERABLE_AFTER = re.compile(
    r"^(?:\s\([^)]{1,40}\))?\s(?:[a-z]+\s){0,2}(?:is|are|was|were)\s+(?:vulnerable|affected|susceptible|prone)\b"
)
_BETWEEN = r"""(?:(?:the|a|an|some|its|their|multiple|several|certain|all|some|new|older|old|critical|severe
    |actively|exploited|recent|recently
       |latest|three|two|four|five|both|vulnerable|unpatched|popular|open[\s-]source|following|products?|versions?
       |of|in|patched|another|installations?|instances?|builds?|widely[\s-]used)\s+){0,4}
    (?:[A-Z][\w.&+'’-]*\s+){0,3}$"""
# "affects X", "exploits X flaw", "targeting X"
_VERB_BEFORE = re.compile(
    r"""(?:\b(?:affects?|affecting|affected|impacts?|impacting|against|targeting|targets?|attacks?\s+on
       |exploit(?:s|ed|ing)?|hits?|hitting|compromis(?:e|es|ed|ing)|breach(?:es|ed|ing)?|vulnerable|unpatched|exposed
       |patch(?:es|ed)?|fix(?:es|ed)?|updates?|hack(?:s|ed|ing)?|abus(?:e|es|ed|ing)|weaponiz(?:e|es|ed|ing)
       |hijack(?:s|ed|ing)?)
       |:|^)\s*"""
    + _BETWEEN,
    re.VERBOSE,
)
# "in X": counts where the words before it speak of a weakness
_PLACE_BEFORE = re.compile(r"(?:\b(?:[Ii]n|of|within|inside|impacting|across|from))\s+" + _BETWEEN, re.VERBOSE)
_WEAKNESS_STEMS = ["authorisation", "authorization", "neutralisation", "neutralization", "scripting", "vulnerab"]
_WEAKNESS_STEMS += ["broken", "bug", "bypass", "component", "consumption", "control", "corruption", "csrf"]
_WEAKNESS_STEMS += ["defect", "denial"]
_WEAKNESS_STEMS += ["dereference", "deseriali", "disclosure", "discovered", "escalation", "execution", "exists", "flaw"]
_WEAKNESS_STEMS += ["exposure", "forgery", "found", "identified", "inclusion", "injection", "issue"]
_WEAKNESS_STEMS += ["overflow", "privilege", "redirect", "reported", "traversal", "upload", "validation"]
_WEAKNESS_STEMS += ["weakness", "xss", "(cwe-"]
_WEAKNESS = re.compile(r"zero[\s-]?day|\b(?:reads?|writes?|free|holes?)\b")
_FLAW_AFTER = re.compile(
    r"""^(?:['’]s?\b)?[\s,]*(?:\([^)]{1,40}\)[\s,]*)?(?:[\w./+-]+\s+){0,3}?
    (?:flaws?|vulnerabilit(?:y|ies)|bugs?|zero[\s-]?days?|0[\s-]?days?|RCEs?|exploits?|exploited|exploitation
    |patch(?:es|ed)?|updates?|hotfix(?:es)?
      |weakness(?:es)?|security\s+(?:issue|hole|defect|hole|update|advisory)|auth(?:entication)?\s+bypass
      |privilege\s+escalation|injection|backdoor(?:ed)?|hacks?|hacked|attacks?|breach(?:ed)?
      |(?P<deployed>servers?|instances?|appliances?|devices?|firewalls?|routers?|installations?|gateways?|deployments?
      |customers|admins))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_ASIDE_PHRASE = re.compile(
    r"""(?:\b|(?<=\w)(?=,))(?:(?:written|built|implemented|developed|embedded|hosted|used)\s+(?:in|on|with|by)|based\s+(?:on|upon)|powered\s+by|such\s+as|similar\s+to
      |(?:is|as|like|are)\s+(?:a|an)(?:\s+[a-z-]+){0,3}|(?<=\w),\s+an?|support(?:s|ing)?(?:\s+for)?
      |compatible\s+with|compared\s+(?:to|with)|posing\s+as|disguised\s+as
      |masquerad\w+\s+as|impersonat\w+|fake|trojani[sz]ed|alternative\s+to|fork\s+of|requires?|depends?\s+on
      |runs?\s+on|running(?:\s+on)?)\s+(?:the\s+|a\s+|an\s+)?
      (?:[A-Z][\w.-]*\s+)?$""",
    re.VERBOSE | re.IGNORECASE,
)
_PLUGIN_AFTER = re.compile(
    r"""^[)"”’]?(?:-(?:pro|premium|lite|free))?\s+(?:\([^)]{1,40}\)\s+)?(?:(?:add-?ons?|premium|pro|free|lite|core|plugin)\s+)?(?:WordPress\s+)?
    (?:plugin|theme|extension|module|add-?on|component)s?\b
    (?=\s+(?:for\s+[A-Z]|(?:is|are|was|does|before|from|since|through|in|prior|versions?|allows?|contains?|up|has|fails?
    |suffers|handles|provides|lets|enables|adds|by)\b|v?\d|<|\([^)]*\)\s+(?:plugin|for)))""",
    re.VERBOSE | re.IGNORECASE,
)
# "The Lathe – Plans, Parts & More plugin for WordPress is": a record's opening with the name and what the name promises
_TAGLINE_AFTER = re.compile(r"^\s[-–—|]\s(?=[A-Z\d])")
_KNOWN_AS = re.compile(r"\((?:aka|a\.k\.a\.|also\s+known\s+as)\s+(?:[^()]{0,40}\s)?$")
# "abuses Lathe and Wheel to steal", "uses Lathe": what an attack makes use of has no weakness of its own
_MEANS_BEFORE = re.compile(
    r"\b(?:abus|us|leverag|impersonat|mimick?|spoof|disguised\s+as|pos(?:es|ing)\s+as|hid(?:es|ing)\s+(?:in|behind))(?:e|es|ed|ing|s)?\s+"
    r"(?:(?:legitimate|trusted|popular|the|an?)\s+)?(?:(?-i:[A-Z])[\w.-]*(?:,|\s+and|\s+&)?\s+){0,2}$",
    re.IGNORECASE,
)
_LISTED_BEFORE = re.compile(r"(?:,|&|\band|\bor|/|\+)\s*$")
_ASIDE_BEFORE = re.compile(
    r"""(?:\b(?:for|on|via|using|with|from|by|like|unlike|such\s+as|through|running|behind|to|into|and\s+its|legacy|between|similar\s+to|e\.g\.,?|including
      |atop|over|as|connects?\s+to|connected\s+to|alongside|embedded\s+in|written\s+in|posing\s+as
      |impersonat(?:es?|ing)|masquerad(?:es?|ing)\s+as|disguised\s+as|fake
      |than|based\s+on|built\s+(?:on|with|in)|powered\s+by|compatible\s+with|integrat\w+\s+(?:with|in)
      |deployed\s+on|hosted\s+on|installed\s+on|replac\w+|alternative\s+to
      |versus|vs\.?|trojani[sz]ed|malicious|formerly\s+at|former)\s+
      (?:the|a|an|its|their|your|legitimate|popular|compromised|malicious)?\s*(?:[A-Z][\w.-]*\s+)?)$""",
    re.IGNORECASE | re.VERBOSE,
)
_REPORTER_AFTER = re.compile(
    r"""^(?:['’]s)?\s*(?:\([^)]{1,30}\)\s*)?(?:(?:security|threat|own|incident)\s+)*(?:researchers?|research\b|said|says|reported|reports\b|warned|warns\b|tracks?\b|observed|disclosed|discovered|attributed
      |found\b|revealed|analysts?|labs?\b|team\b|noted|detailed|told|believes|uncovered|spotted|published
      |identified|telemetry|threat\s+intelligence|intelligence)""",
    re.IGNORECASE | re.VERBOSE,
)
_REPORTER_BEFORE = re.compile(
    r"(?:according\s+to|researchers?\s+(?:at|from|with)|reported\s+by|discovered\s+by|found\s+by|spotted\s+by"
    r"|analysts?\s+(?:at|from)|"
    r"credited\s+to|disclosed\s+by|per|findings\s+from|data\s+from|report\s+(?:from|by)|tracked\s+by"
    r"|experts?\s+(?:at|from)|,[\"”])\s+(?:the\s+)?(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_HELPER_AFTER = re.compile(
    r"^\s+(?:plugins?|extensions?|add-?ons?|addons?|themes?|connector|integration|driver|adapter|wrapper|binding"
    r"|exporter|database|node|user|users|"
    r"account|accounts|site|sites|website|cluster|container|containers|image|host|environment|format|protocol"
    r"|query|queries|command|cookie|"
    r"support|compatible|based|style|like|developers?|apps?|backends?|frontends?|functions?|interpreter|sdk"
    r"|bindings?|malware|ransomware|trojan|stealer|botnet|phishing|lures?|themed)\b",
    re.IGNORECASE,
)
_HARM_STEMS = [
    "vulnerab",
    "flaw",
    "exploit",
    "attack",
    "patch",
    "bypass",
    "injection",
    "overflow",
    "xss",
    "csrf",
    "ssrf",
    "traversal",
    "escalat",
    "deserialis",
    "deserializ",
    "backdoor",
    "compromis",
    "hack",
    "breach",
    "weakness",
    "defect",
    "denial",
    "ransomware",
    "leak",
    "unauthorised",
    "unauthorized",
    "disclosure",
    "execut",
    "corruption",
    "affected",
    "outage",
]
_HARM = re.compile(
    r"zero[\s-]?day|bugs?\b|remote code|rce\b|security (?:issue|update|fix|advisory)|kev\b|use[- ]after[- ]free"
    r"|out[- ]of[- ]bounds|race condition|fixed in"
)
_TIED_AFTER = re.compile(
    r"""^(?:['’]s)?[\s,]*(?:(?:kernel|server|core|privilege|security|shell|web|remote|code|execution|print|update|authentication|critical|severe|exploited|actively|new|two|three|\d+)\s+){0,2}
    (?:flaws?|vulnerabilit(?:y|ies)|bugs?|zero[\s-]?days?|0[\s-]?days?|RCEs?|patch(?:es|ed)?|updates?|hotfix
    |weakness|security\s+(?:update|flaw|hole|bug)|auth(?:entication)?\s+bypass|privilege\s+escalation
    |exploit\s+kit)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_TIED_BEFORE = re.compile(
    r"(?:\b(?:flaws?|vulnerabilit(?:y|ies)|bugs?|zero[\s-]?days?|weakness(?:es)?|issues?|defects?|holes?"
    r"|RCE)\s+(?:\w+\s+){0,3}?(?:in|impacting|affecting)|\bpatch(?:es|ed)?|\bfix(?:es|ed)?|\bupdates?\s+for"
    r"|\bpatches\s+for)\s+"
    r"(?:the\s+|its\s+)?(?:(?-i:[A-Z])[\w./-]*\s+(?:and\s+|&\s+)?)?$",
    re.IGNORECASE,
)

_BEFORE, _AFTER = 90, 110

_PLUGIN_STEMS = ("plug", "theme", "extension", "module", "add")
_PLUGIN = re.compile(r"\b(?:plug-?ins?|themes?|extensions?|modules?|add-?ons?)\b")


def speaks_of_plugin(text: str) -> bool:
    """True where a text speaks of a plug-in, theme or extension of something."""
    folded = text.lower()
    return any(stem in folded for stem in _PLUGIN_STEMS) and bool(_PLUGIN.search(folded))


def _holds(text: str, stems: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Whether a text holds one of the stems or something like the pattern, in any case."""
    folded = text.lower()
    for stem in stems:  # asked very often: twice as fast as `any` over a generator
        if stem in folded:
            return True
    return bool(pattern.search(folded))


def harm_in(text: str) -> bool:
    """True where a passage speaks of a weakness, an attack or a fix at all."""
    return _holds(text, _HARM_STEMS, _HARM)


_ADVICE = re.compile(
    r"^how to\b|\b(?:guidance|best practices|hardening|webinar|checklist)\b|\bpwn2own\b", re.IGNORECASE
)
_TOLD = re.compile(r"flaw|vulnerab|0-day|zero[\s-]?day|exploited|patch|bugs?\b|\brce\b|\bfix", re.IGNORECASE)


def is_advice(title: str) -> bool:
    """True where a title announces advice, or what was shown at a contest: nobody's product is hit."""
    return bool(_ADVICE.search(title)) and not _TOLD.search(title)


def clip(reading: Reading, first: int, last: int) -> tuple[str, str]:
    """The words before and after a mention, inside its sentence."""
    start, end = reading.starts[first], reading.ends[last - 1]
    low, high = reading.sentence(reading.sentence_of(start))
    return reading.raw[max(low, start - _BEFORE) : start], reading.raw[end : min(high, end + _AFTER)]


def cue_of(reading: Reading, first: int, last: int) -> Cue:
    """Reads one mention's surroundings; `first` and `last` are token indexes, end exclusive."""
    before, after = clip(reading, first, last)
    opening = before.strip(" \t\n\"'“‘([*_`-–—•")
    if opening == "The" and _TAGLINE_AFTER.match(after):
        return Cue("affected", "plugin", strong=True)
    if before.endswith("omponent: "):
        return _ASIDE  # "product of Acme Suite (component: Core)"
    if _after_reporter(before) or _ends(_ASIDE_PHRASE, before, 7):
        return _ASIDE
    if _PLUGIN_AFTER.match(after) and not _ends(_LISTED_BEFORE, before, 1):
        return Cue("affected", "plugin", strong=True)
    if _ends(_MEANS_BEFORE, before, 6) and not _FLAW_AFTER.match(after):
        return Cue("aside", "means")
    preposition = _ends(_ASIDE_BEFORE, before, 4)
    if _NEXT_VERSION.match(after) and not preposition:
        return Cue("affected", "version", strong=True)
    if not opening and (_SUBJECT_AFTER.match(after) or (not before and _IS_AFTER.match(after))):
        return Cue("affected", "subject", strong=True)
    helped = bool(_HELPER_AFTER.match(after))
    if _VERSION_AFTER.match(after) and not (helped or preposition):
        return Cue("affected", "version", strong=True)
    if _KNOWN_AS.search(before) or (not helped and _is_object(before)):
        return Cue("affected", "object", strong=True)
    return _ASIDE if helped or preposition else _weak_cue(after)


_ASIDE = Cue("aside", "aside")


def _is_object(before: str) -> bool:
    """The words before say that something is wrong with what follows."""
    verb = bool(before.strip()) and bool(_VERB_BEFORE.search(before))
    return verb or bool(_PLACE_BEFORE.search(before) and _weakness_in(before))


def _weakness_in(words: str) -> bool:
    return _holds(words, _WEAKNESS_STEMS, _WEAKNESS)


def _ends(pattern: re.Pattern[str], before: str, count: int) -> bool:
    """Whether a pattern for the last words of a text, `count` at most, fits its end."""
    parts = before.rsplit(None, count)
    return bool(pattern.search(before, len(parts[0]) if len(parts) > count else 0))


_REPORTER_WORDS = ("by", "per", "from", "research", "accord", "analyst", "credit", "expert", ',"', ",”")


def _after_reporter(before: str) -> bool:
    """The words before say that what follows found, says or tracks something."""
    parts = before.rsplit(None, 5)
    start = len(parts[0]) if len(parts) > 5 else 0
    folded = before[start:].lower()
    return any(word in folded for word in _REPORTER_WORDS) and bool(_REPORTER_BEFORE.search(before, start))


def _weak_cue(after: str) -> Cue:
    if found := _FLAW_AFTER.match(after):
        return Cue("affected", "deployed" if found["deployed"] else "flaw")
    if _SUBJECT_AFTER.match(after) or _VULNERABLE_AFTER.match(after):
        return Cue("affected", "subject")
    return Cue("neutral", "none")


def tied(reading: Reading, first: int, last: int) -> bool:
    """True where the weakness is said of the name itself: "X zero-day", "flaw in X", "patches X"."""
    before, after = clip(reading, first, last)
    return bool(_TIED_AFTER.match(after) or _TIED_BEFORE.search(before))


def reported_by(reading: Reading, first: int, last: int) -> bool:
    """True where the name is who found, says or tracks something, not what is wrong."""
    before, after = clip(reading, first, last)
    return _after_reporter(before) or bool(_REPORTER_AFTER.match(after))


_FAMILY_BEFORE = re.compile(r"\bproducts?\s+of\s+(?:(?:the\s+)?(?:[A-Z][\w.&-]*\s+){0,2})?$")


def is_family(reading: Reading, first: int) -> bool:
    """True where the name stands only for the family that the product named before it is of."""
    return bool(_FAMILY_BEFORE.search(clip(reading, first, first + 1)[0]))
