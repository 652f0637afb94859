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
    r"my (?:own )?(?:compan|polic|organi|firm|practice|client|business|plan|procedure|document|rule)\w*",
    r"(?:do|did|have|are|must|can|may|shall|should|will) we (?:still|already|currently|really)",
    "the client(?:'s)?",
    r"(?:this|their) (?:client|own|compan\w+|organi[sz]ation)(?:'s)?",
    "in-house",
    r"internal polic\w+",
    r"(?:the|this) (?:\w+[- ]){0,4}(?:policy|policies|plan|procedures?|handbook|runbook|manual)(?! statement)",
)
STATE = re.compile(
    r"(?<!\w)(?:(?:do|did|have|are|were) we"
    r"|(?:do|does|did|is|are|was|were|has|have) (?:all |any of |every one of )?our)"
    r"(?! (?:need|have) to|\w)",
    re.IGNORECASE,
)
"""Asks how things are at the client, which no requirement says."""
DUTY = _any(
    "must", "should", "shall", "ought", r"(?:need|needs|needed|have|has|had|got|supposed|obliged|required|expected) to",
    r"do (?:we|i|they) (?:really |still )?need",
    "required", "mandatory", "obliged", "allowed", "legal(?:ly)?", "law", "by when",
)  # fmt: skip
"""Asks for a rule of the world, whoever asks."""
WE = _any("we", "us", "I", "my", "me")
"""Of a question that may ask for a rule of the client or for a rule of the world."""
FACT = re.compile(
    r"\s*(?:who (?:is|was|are|were|won|invented|owns)(?! (?:\w+ )?(?:responsible|accountable|in charge|allowed|to))"
    r"|when (?:was|were|did|will)|where (?:is|was|are|can (?:i|we))|how much (?:is|are|does|do|did)"
    r"|how (?:old|big|tall|far|heavy|rich) (?:is|are|was|were)"
    r"|how many (?!days|hours|weeks|months|years|minutes|times|char)"
    r"|which [\w -]{1,40}(?:should (?:i|we) (?:buy|get|choose|pick)"
    r"|is (?:the )?(?:best|better|cheapest)|has the (?:best|most))"
    r"|is \w+ better than|(?:please )?(?:write|compose|translate|draw|sing|recommend)\b|tell me a (?:joke|story)"
    r"|how (?:do|can) i (?:un)?(?:install|reset|cook|bake|repair|download|delete my)"
    r"|what(?:'s| is| was) the (?:best|cheapest|fastest|weather|capital|meaning of life)"
    r"|what(?:'s| is| was) the (?:name|number|phone|address|price|cost|salary|capital|date|time)\b(?! limit))\b",
    re.IGNORECASE,
)
"""Asks for a fact of the world, which no requirement states."""
WHO = re.compile(r"^\s*(?:and |so |but )?(?:who|whom|whose)\b|\bwhich (?:person|role|team|department)\b", re.IGNORECASE)
NAME_OF = re.compile(
    r"\b(?:which|what) (?:[\w-]+ ){1,4}(?:do|does|did) (?:we|our [\w-]+|the [\w-]+) "
    r"(?:use|run|buy|have|bank with|work with|deploy|rely on)\b|\bwhat is the name of\b",
    re.IGNORECASE,
)
"""Asks for the name of a thing."""
ACTOR = re.compile(
    r"\b(?:manager|officer|director|head|heads|team|engineer|commander|owner|board|body|staff|auditor|leader|lead"
    r"|counsel|insurer|"
    r"ceo|ciso|cio|cto|department|administrator|admins?|supplier|vendor|provider"
    r"|nobody|everyone|every (?:employee|member)|"
    r"employees?|personnel|nurses?|doctors?|physicians?|people|person|persons|member|users?|visitors?|practice|company|desk|"
    r"management|executive|committee|council|partner|lawyer|custodian|assessor|reviewer|who)\b",
    re.IGNORECASE,
)
"""Somebody who does or is something."""
PROPER = re.compile(r"(?<=[a-z,;:(] )(?:Dr\. )?[A-Z][a-z]\w+|\b[A-Z]{2,}[\w-]*")
"""A name inside a sentence."""
MONEY_ASKED = _any(
    "how much (?:do|does|did|is|are|was|were|will)", "salar(?:y|ies)", "wages?", "costs?",
    "prices?", "fees?", "budgets?",
    r"pay for", "licen[cs]e fee", "expenses?", "invoices?",
)  # fmt: skip
NO_AMOUNT = re.compile(r"\s*(?:and |so |but )?(?:when|where|how (?:often|soon|long|quickly|fast))\b", re.IGNORECASE)
"""Asks for something else than an amount, though a bill or a budget may be its subject."""
MONEY = re.compile(r"[€$£¥]|\b\d[\d.,]*\s?(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?|percent|%)", re.IGNORECASE)
SIZE_ASKED = re.compile(r"\bhow (?:old|big|tall|far|heavy|rich|high|wide) (?:is|are|was|were)\b", re.IGNORECASE)
SIZE = re.compile(
    r"\b\d[\d.,]*[ -]?(?:years? old|metres?|meters?|m|cm|km|kg|tons?|miles?|feet|square|employees|people)\b"
    r"|\b(?:born|aged)\b",
    re.IGNORECASE,
)
COUNT_ASKED = re.compile(r"\bhow many (?!days|hours|weeks|months|years|minutes|seconds|times)", re.IGNORECASE)
EVENT_ASKED = re.compile(r"^\s*when (?:was|were|did)\b", re.IGNORECASE)
NIST = re.compile(r"\bNIST\b")
ISO = re.compile(r"\bISO\b(?![ /-]*(?:IEC)?[ /-]*\d)")
_TIMES = (
    "how (?:fast|quick(?:ly)?|soon|long|often|frequent(?:ly)?|late|much time|regularly)",
    r"within (?:what|which|how)",
    "deadlines?",
    "time ?limits?",
    "by when",
    "when must",
    r"when do(?:es)? \w+ have to",
    "time ?frame",
    "what interval",
)
RHYTHM = _any(*_TIMES)
"""Asks for a time or a rhythm; a demand that sets none is an answer to it."""
DEADLINE = _any(
    *_TIMES,
    "how many",
    r"how (?:much|old|big|tall|far|heavy)",
    "minimum (?:length|number)",
    "rto",
    "rpo",
    "recovery (?:time|point)",
)
CVE = re.compile(r"\bCVE[-‑–\s]?(\d{4})[-‑–](\d{4,})", re.IGNORECASE)
TECHNIQUE = re.compile(r"\bT1\d{3}(?:\.\d{3})?\b", re.IGNORECASE)
NEWS = _any(
    r"(?:what|anything|something)(?:'s|’s| is| has| have| was)? (?:happen(?:ed|ing)|been happening|going on|new\b)"
    r"(?! (?:if|when|after|to an?|in case|during)\b)",
    r"(?:in|on|from) the news",
    r"news (?:about|on|for|from|concerning|of|today|this)",
    "headlines?",
    r"(?:any|latest|recent|new|open) (?:\w+ ){0,2}(?:advisor(?:y|ies)|exploits?|zero[- ]days?)",
    "zero[- ]days?",
    r"(?:is|are|was|were|being|been) (?:\w+ ){0,3}(?:actively )?exploited(?: in the wild)?",
    r"(?:are|were) (?:we|our \w+|any of our \w+) (?:\w+ )?(?:affected|vulnerable|exposed|touched|hit)(?: by| to)?",
    r"(?:does|do|did|will|would|could|can) (?:it|this|that|they|these|any of (?:it|this|these)|the [\w-]+(?: \w+){0,3})"
    r" (?:\w+ )?(?:touch|affect|concern|hit|matter to|impact) (?:us|our \w+|the client)",
    r"(?:touch|affect|concern|hit|impact)(?:es|s)? us",
    "patch tuesday",
    r"(?:who|which \w+|what \w+) (?:was|were|got|has been|have been) (?:hacked|breached|ransomed)",
    r"(?:been|was|were|got) (?:hacked|breached|ransomed)",
    r"what do we know about",
)
"""Asks for the day's events; requirements do not answer it."""
WINDOWS = (
    (_any("today", "overnight", "this morning", "since yesterday", "last night"), 1),
    (_any("yesterday", "last two days"), 2),
    (_any(r"(?:this|the past|past) week", r"(?:last|past) (?:seven|7|few) days"), 7),
    (_any("last week", "two weeks", "fortnight", "14 days"), 14),
    (_any(r"(?:this|last|past|the past) month", "30 days", "four weeks", "lately", "recently"), 31),
)
NEWS_NOISE = _any(
    "news", "headlines?", "new", "latest", "recent", "recently", "lately", "today", "yesterday", "overnight",
    "morning", r"happen\w*", "going", "week", "month", "affected?", "affects?", "touch(?:es|ed)?", "hit", "hits",
    "impacts?", "concerns?", "vulnerable", "exposed", "exploit(?:s|ed|ation)?", "actively", "wild",
    "advisor(?:y|ies)", "alerts?", "matters?", "patch", "patched", "patch tuesday", "fix(?:ed|es)?", "anything",
    "zero", "know", "vulnerabilit(?:y|ies)", "flaws?", "bugs?", "hacked", "breached", "last", "past", "few", "seven",
    "days?", "reported", "publish(?:ed)?", "due", "version", "versions", "first", "kev", "cve", "cves", "assets?",
    "suppliers?", "vendors?", "clients?", "systems?", "anyone", "serious", "bad", "really", "urgent", "say", "says",
)  # fmt: skip
"""Words that ask for events and name none."""
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
    r"(?:is|would) (?:it|that|this) (?:be )?(?:fine|ok|okay|alright|all right|allowed|permitted)(?: (?:to|if|for))?",
    r"(?:am|are|is) (?:i|we|one|somebody|someone|they) (?:allowed|permitted|free|supposed|expected|forbidden) to",
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
    "reqs?",
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
