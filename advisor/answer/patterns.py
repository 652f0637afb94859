"""The words that give a question's shape away, and the frameworks that people ask for and that are not here."""

from __future__ import annotations

import re


def _any(*forms: str, cased: bool = False) -> re.Pattern[str]:
    """Any of the forms as whole words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", re.NOFLAG if cased else re.IGNORECASE)


CROSSWALK = _any(
    "maps?",
    "mapped",
    "mappings?",
    "crosswalks?",
    "correspond(?:s|ing)?",
    "equivalents?",
    "counterparts?",
    "translates?",
)
COMPARE = _any("compare[ds]?", "comparison", "differences?", "differs?", "versus", "vs")
OWED = _any(
    r"still (?:owe[sd]?|missing|open|not|to do|needs? to)",
    "owe[sd]?",
    r"not (?:yet )?(?:met|done|covered|in place|satisf\w+|addressed|fulfilled)",
    "unmet",
    "gaps?",
    "missing (?:from|for|under|in)",
    "outstanding",
    "what(?:'s| is) (?:left|missing)",
    "fall short",
    "lack(?:s|ing)?",
)
_ROWS = (
    r"requirements?|controls?|safeguards?|subcategor\w+|criteri\w+|articles?|clauses?|paragraphs?|obligations?|outcomes?"
    "|implementation specifications?"
)
COVERAGE = _any(rf"(?:which|what|list|show|find|name)\b[^?]{{0,60}}\b(?:{_ROWS})")
OURS = _any(
    "our",
    "ours",
    "my",
    r"(?:do|did|have|are|must|can|may|shall|should|will) we (?:still|already|currently|really)",
    "the client(?:'s)?",
    r"(?:this|their) (?:client|own|compan\w+|organi[sz]ation)(?:'s)?",
    "in-house",
    r"internal polic\w+",
    r"(?:the|this) (?:\w+[- ]){0,4}(?:policy|policies|plan|procedures?|handbook|runbook|manual)(?! statement)",
)
WE = _any("we", "us")
"""Of a question that may ask for a rule of the client or for a rule of the world."""
FACT = re.compile(
    r"\s*(?:who (?:is|was|are|were|won|invented|owns)(?! (?:\w+ )?(?:responsible|accountable|in charge|allowed|to))"
    r"|when (?:was|were|did|will)|where (?:is|was|are|can i)|how much (?:is|are|does|do|did)"
    r"|what(?:'s| is| was) the (?:name|number|phone|address|price|cost|salary|capital|date|time)\b(?! limit))\b",
    re.IGNORECASE,
)
"""Asks for a fact of the world, which no requirement states."""
DEADLINE = _any(
    "how (?:fast|quick(?:ly)?|soon|long|often|frequent(?:ly)?|late|much time|regularly)",
    "how many",
    r"within (?:what|which|how)",
    "deadlines?",
    "time ?limits?",
    "by when",
    "when must",
    r"when do(?:es)? \w+ have to",
    "time ?frame",
    "what interval",
    "minimum (?:length|number)",
    "rto",
    "rpo",
    "recovery (?:time|point)",
)
ELSEWHERE = _any(
    r"(?:other|another|all|any other|every|each) (?:of (?:my|our|the) )?(?:clients?|customers?|companies|tenants?)",
    "across (?:all )?(?:clients|customers|the portfolio)",
    r"(?:search|look|check|read|include|use)\b[^.?!]{0,40}"
    r"\b(?:internet|the web|google|elsewhere|outside|other (?:places?|sources?))",
)
POSSESSIVE = re.compile(r"\b((?:[A-Z][\w&-]+\s){0,3}[A-Z][\w&-]+)['’]s?(?!\w)")
ALSO = _any("also", "as well", "too", "and", "both", "besides", "in addition")
MINE = _any("our", "we", "us", "my")
PAPER = re.compile(
    r"\b(?:polic|document|plan|procedure|contract|handbook|incident|asset|inventor|register)\w*", re.IGNORECASE
)
NO_OWNER = re.compile(r"(?:What|Who|Where|How|It|That|Let|Here|There)")

NOT_SHIPPED = _any(
    r"NERC(?:[- ]CIP)?(?:-0\d\d)?",
    r"CIP-0\d\d",
    r"COBIT(?: \d+)?",
    "HITRUST(?: CSF)?",
    "FedRAMP",
    r"CMMC(?: \d(?:\.\d)?)?",
    "SOX",
    "Sarbanes[- ]Oxley",
    "ITIL",
    "GLBA",
    "FERPA",
    "CCPA",
    "CPRA",
    "LGPD",
    "PIPEDA",
    "POPIA",
    "NYDFS",
    "23 NYCRR 500",
    r"IEC 62443(?:-[\d-]+)?",
    "SWIFT(?: CSP| CSCF)?",
    "BSI C5",
    "IT-Grundschutz",
    "Essential Eight",
    "Cyber Essentials",
    "TISAX",
    "C2M2",
    "COSO",
    "PSD2",
    "eIDAS",
    "AI Act",
    "Cyber Resilience Act",
    "CRA",
    "FISMA",
    "StateRAMP",
    "CJIS",
    r"ISO(?:/IEC)?[ -]*(?!2700[12]\b)\d{4,5}(?:-\d)?(?::\d{4})?",
    r"(?:NIST )?SP 800-(?!53\b|171\b)\d+[A-Z]?",
    "(?:NIST )?AI RMF",
    "NIST Privacy Framework",
    r"CSF 1\.[01]",
    r"SOC [13](?!\d)",
    "HITECH",
    r"OWASP(?: \w+)?",
    "CSA CCM",
    "MAS TRM",
    "APRA",
    cased=True,
)
"""Frameworks that are not here: an answer from another one would be a wrong answer."""

NOISE = _any(
    "still",
    "own",
    "also",
    "please",
    "exactly",
    "mapped",
    "maps?",
    "mappings?",
    "crosswalk",
    r"correspond\w*",
    "equivalents?",
    "counterparts?",
    "compare[ds]?",
    "comparison",
    "differences?",
    "differs?",
    "owe[sd]?",
    "unmet",
    "gaps?",
    "outstanding",
    "missing",
    "lack(?:s|ing)?",
    "met",
    "deadlines?",
    "time ?limits?",
    r"subcategor\w+",
    "(?:implementation )?specifications?",
    "obligations?",
    "outcomes?",
    "parts?",
    "paragraphs?",
    "rules?",
    "client(?:'s)?",
    "clients",
    "often",
    "frequent(?:ly)?",
    "hours?",
    "days?",
    "minutes?",
    "weeks?",
    "months?",
    "years?",
    "covered",
    "cover",
    "list",
    "find",
    "search",
    "documents?",
)
"""Words that say what kind of answer is wanted, not what it is about."""
