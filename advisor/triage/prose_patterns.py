"""The ways in which prose speaks of versions: patterns only, read by `prose`."""

from __future__ import annotations

import re

_SUFFIX = (
    r"(?:rc|beta|alpha|preview|prerelease|pre|next|nightly|canary|milestone|dev|sp|patch|hotfix|build|p|h|m|b|a|r|u|ga)"
)
_V = (
    r"(?:v(?:er(?:sion)?\.?)?\s?|release\s+)?"
    rf"(\d+(?:[._](?:\d+|[xX*](?![\w.]))|[._-]?{_SUFFIX}[._-]?\d+|-{_SUFFIX}(?!\w)|-\d+(?![\w.])){{0,9}}+"
    r"(?:\.v(?=[a-f_]*\d)[0-9a-f_]{6,})?"
    r"(?:[a-z]{1,2}(?!\w))?(?:\(\d+\)[A-Z]*\d*)?(?:\s+(?:SP|HF|Hotfix|Update|Patch|CU|build"
    r"|Build)\s?\d+)?)(?:-(?:lts|stable|final|release|perf|community|enterprise)\b)?(?!\w)"
)
VERSION = re.compile(_V, re.IGNORECASE)
_SEP = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|\s*/\s*|\s*;\s*)"
# an item of a list is not the lower end of the range that follows it ("18.2.8, 18.3 prior to 18.3.4")
_NOT_LOW = (
    r"(?!\s*,?\s*(?:and\s+|to\s+)?(?:prior\s+to|before|through|thru|up\s+to|until|below|<|≤|[-–—]\s*\d|to\s+v?\d"
    r"|and\s+(?:prior|earlier|below)))"
)


def _named(pattern: str) -> str:
    """`_V` without its capture group, for use inside longer patterns."""
    return pattern.replace("(\\d+(?:[._]", "(?:\\d+(?:[._]", 1)


_N = _named(_V)
_NLIST = rf"{_N}(?:{_SEP}(?:versions?\s+|in\s+|(?-i:[A-Z]{{2,6}})-)?{_N}(?!\w|[.-]\w){_NOT_LOW}){{0,11}}"
# "5.5.2 and 6.0.1 and earlier": the words that close a list of upper ends hold for each item of it
# "ID19.4, ID18.5.2 and earlier": a product's letters may stand before each number
_ENDLIST = rf"{_N}(?:{_SEP}(?:versions?\s+)?(?:(?-i:[A-Z]{{2,3}})(?=\d))?{_N}(?!\w|[.-]\w)){{0,11}}"
# "OTP 27.0", "LTS 2.492": one capitalised word may stand between "from" and the number
_VS = r"(?:the\s+)?(?:versions?|releases?)?\s*(?:(?-i:[A-Z])[A-Za-z-]{1,20}(?:\s+|-))?"
_BELOW = (
    r"(?:before|prior(?:\s+to|(?=\s+v?\d))|earlier\s+than|older\s+than|lower\s+than|less\s+than|below|until|<(?!=)|&lt;(?!=)"
    r"|preceding|up\s+to\s+\(?(?:but\s+)?(?:excluding|not\s+including)\)?,?)"
)
_UPTO = (
    r"(?:up\s+to\s*,?\s*(?:and\s+including|\(including\)|including|inclusive)\s*,?|through|thru|up\s+to|<=|≤|=<"
    r"|&lt;=|to|until\s+and\s+including|(?<=\d)\s*[-–—])"
)
_FROM = r"(?:from|starting\s+(?:in|with|from|at)|since|between|>=|≥|beginning\s+(?:with|in)|after|introduced\s+in)"

# "fixed the problem in the following versions:" opens a list; each "1.2 and later" in it is a fix
FIXED_LIST = re.compile(
    r"\b(?:fixed|patched|addressed|resolved|remediated|corrected)\b(?:(?!\.\s)[^;]){0,80}"
    r"\b(?:following|these)\s+(?:\w+\s+)?(?:versions?|releases?|builds?)\b(?:(?!\.\s).)*$",
    re.IGNORECASE | re.DOTALL,
)
# Both ends: from 1.0 before 1.4; starting in version 9.0.0 and prior to versions 9.13.10 and 10.2.0; 2.x before 2.4
_BETWEEN = (
    r"(?:\s*\((?:inclusive|including|included)\))?(?:\s+(?:branch|series"
    r"|line|release\s+line|train)(?:es)?)?(?:\s+and\s+(?:above|later|up|newer))?\s*,?\s*(?:and\s+|but\s+"
    rf"|to\s+)?(?:all\s+)?{_VS}(?P<op>{_BELOW}|{_UPTO}|and(?=\s+{_N}))\s*{_VS}"
)
SPAN = re.compile(
    rf"(?P<from>{_FROM}\s+)?{_VS}(?P<low>{_N}){_BETWEEN}(?P<high>{_NLIST})(?P<tail>\s*\(?(?:exclusive|excluded"
    rf"|excluding|inclusive|included)\)?)?",
    re.IGNORECASE,
)
# Where this finds nothing, `SPAN` cannot: it begins at a digit, which the engine looks for by itself.
_FROM_DIGIT = _N[_N.index(r"(?:\d+(?:[._]") :].replace(r"(?:\d+", r"\d(?:\d*", 1)
SPAN_WITHIN = re.compile(rf"{_FROM_DIGIT}{_BETWEEN}{_N}", re.IGNORECASE)
# "before 1.4", "Prior to versions 1.123.32, 2.17.4, and 2.18.1", "< 135"
UNDER = re.compile(rf"(?<![\w.]){_BELOW}\s*{_VS}(?P<high>{_NLIST})", re.IGNORECASE)
# The upper end, included: up to and including 2.19.14; <= 3.6.2; through 0.10.5; from n/a through <= 1.3
THROUGH = re.compile(
    rf"(?<![\w.])(?P<op>up\s+to\s*,?\s*(?:and\s+including|\(including\)|including)?\s*,?|through|thru|<=|≤|=<"
    rf"|&lt;=|until\s+and\s+including)\s*(?P<less><(?!=)|<=|≤)?\s*{_VS}(?P<high>{_NLIST})"
    r"(?P<tail>\s*\(?(?:exclusive|excluded|excluding)\)?)?",
    re.IGNORECASE,
)
# "5.8.4 and earlier", "8.0.40 and prior, 8.4.3 and prior and 9.1.0 and prior", "8.2.6.4 or below"
AND_EARLIER = re.compile(
    rf"(?<![.A-Za-z0-9])(?:(?-i:[A-Z]{{2,3}})(?=\d))?(?P<high>{_ENDLIST})\s*,?\s*(?:\(?\s*(?:and|or)\s+(?:all\s+)?(?:earlier|prior|below|lower|older|before"
    rf"|previous|under|down)|and\s+earlier)\b(?!\s+(?:to\b|v?\d))(?:\s+(?:versions?|releases?))?",
    re.IGNORECASE,
)
# "2.2 and newer", "6.5 or later" outside a fix
AND_LATER = re.compile(
    rf"(?P<low>{_N})\s*(?:\(?\s*(?:and|or)\s+(?:later|newer|above|higher|up|onwards?|greater|after|beyond))\b"
    rf"|(?P<plus>{_N})\+(?=[\s,.;)]|$)",
    re.IGNORECASE,
)
# "Versions 2.62.1 and 2.61.1 have been released which address this", "v4.5.5, v4.4.12 are patched"
RELEASED = re.compile(
    rf"\bversions?\s+(?P<high>{_NLIST})\s+(?:(?:have|has)\s+been\s+released|(?:is|are|were|was)\s+(?:patched|fixed"
    rf"|not\s+(?:affected|vulnerable)|unaffected|safe))",
    re.IGNORECASE,
)
# "Oracle Java SE: 21.0.8 and 25; Oracle GraalVM for JDK: 21.0.8" in a list of supported versions
LABELLED = re.compile(
    rf"(?:\bare\s+|;\s*)(?-i:[A-Z])[\w ./&()-]{{2,50}}:\s*(?P<high>{_NLIST})(?=\s*[;.]|\s+and\b|$)", re.IGNORECASE
)
# "fixed in 1.2", "Version 2.0 patches the issue", "upgrade to 3.1", "has been patched in version 11.3.0"
_FIX_VERB = r"(?:fixed|patched|addressed|resolved|remediated|mitigated|corrected|rectified|solved|repaired|backported)"
FIXED_IN = re.compile(
    rf"\b(?:(?:been\s+|were\s+|was\s+|is\s+|are\s+)?{_FIX_VERB}|a\s+(?:fix|patch)\s+(?:is|was"
    rf"|has\s+been)\s+(?:available|released|included|provided)|\bbe\s+(?:included|released|available))\s+(?:in|with|by|as\s+of|since|from|for)\s+"
    rf"(?:(?:upgrading|updating)\s+to\s+|the\s+"
    rf"|releases?\s+of\s+)?(?:[@A-Za-z][\w@/.-]*\s+){{0,3}}{_VS}(?P<high>{_NLIST})",
    re.IGNORECASE,
)
# "contain a fix", "fixes the issue"; but not "contain a vulnerability"
_HOLDS = r"(?:contains?|includes?|introduced|introduces|implements?|adds?|has\s+a)"
_MENDS = r"(?:fix(?:es)?|patch(?:es)?|resolves?|addresses?|remediates?|mitigates?|corrects?)"
_SUCH = r"(?:an?\s+|the\s+|this\s+|that\s+|these\s+)?(?:\w+\s+){0,2}"
FIXES = re.compile(
    rf"(?:\bversions?|\breleases?|\bupdate|\band|^|[.;]\s+"
    rf"|\bcommit\s+\w+\s+in\s+)\s*(?P<high>{_NLIST})(?:\s+of\s+[\w@/.-]+(?:\s+and\s+{_N}\s+of\s+[\w@/.-]+)?)?\s+(?:also\s+"
    rf"|now\s+)?(?:{_HOLDS}\s+{_SUCH}(?:fix|patch|mitigation|remediation|correction|update\b)"
    rf"|{_MENDS}\s+{_SUCH}(?:issues?|vulnerabilit|flaws?|bugs?|problem|it\b))",
    re.IGNORECASE,
)
UPGRADE = re.compile(
    rf"\b(?:upgrad(?:e|ed|ing)|updat(?:e|ed|ing)|move|moving|migrat(?:e"
    rf"|ing))\s+(?:[\w']+\s+){{0,5}}?to\s+(?:at\s+least\s+|the\s+latest\s+"
    rf"|the\s+)?(?:[A-Z][\w-]*\s+){{0,3}}{_VS}(?P<high>{_NLIST})",
    re.IGNORECASE,
)
# "fixed in Lathe 151, Lathe LTS 140.11, and Wheel 7.2": each further name with its version, after the first of a list
NEXT_FIX = re.compile(
    rf"(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?P<name>(?:(?-i:[A-Z])[\w.+-]*\s+){{1,3}}){_VS}(?P<high>{_NLIST})",
    re.IGNORECASE,
)
# "version 4.4.43 is affected", "versions 8.61 and 8.62", "affected are 12.2.3"
EXACT = re.compile(
    rf"\b(?:versions?|releases?|affected\s+(?:is|are)|affects?|affecting|vulnerab\w+\s+(?:in"
    rf"|is))\s*:?\s+(?P<high>{_NLIST})",
    re.IGNORECASE,
)
ALL = re.compile(
    r"\b(?:all|any|every|multiple)\s+(?:(?:known|current|supported|released"
    r"|available)\s+)?versions?\b(?!\s*,?\s*(?:before|prior|up|through|below|until|<|≤|from|starting|since"
    r"|beginning|between|after|released|earlier|lower|older|and|in\b|to\b|\d|v\d|of|>))",
    re.IGNORECASE,
)
# "Lathe 2.3 allows …", "Lathe firmware v2.3": the versions that stand directly after a product's name
AFTER_NAME = re.compile(
    rf"[\s(]{{1,2}}(?:(?:firmware|software|server|client|plugin|app|package|module|library)\s+)?(?P<high>{_NLIST})"
    r"(?!\s*(?:[-–—+]|(?:and|or)\s+(?:later|newer|above|higher|up|onwards?)\b))",
    re.IGNORECASE,
)
NOT_OF_NAME = re.compile(
    r"\b(?:fix\w*|patch(?:ed|es)|upgrad\w+|updat\w+|unaffected|not\s+(?:affect|vulnerable)\w*|resolv\w+|address\w+"
    r"|since|require[sd]?|tested|introduced|latest)\b[^.;]*$",
    re.IGNORECASE,
)
"""Words before a name that make the version after it another than the affected one."""
SCORE_BEFORE = re.compile(
    r"\b(?:cvss|scores?|scored|rated|severity|base)\b\W{0,3}(?:\w+[^\w.;]+){0,4}$|CVSS:$", re.IGNORECASE
)
NOT_VERSION_AFTER = re.compile(
    r"^\s*(?:out\s+of|%|percent|/10|million|billion|bytes?|kb|mb|gb|days?|hours?|minutes?|months?|years?|users?"
    r"|sites|characters|severity|-bit|bits?\b)",
    re.IGNORECASE,
)
UNAFFECTED_AFTER = re.compile(
    r"^\s*(?:are|is|were|was)\s+(?:not\s+(?:affected|vulnerable|impacted)|unaffected)", re.IGNORECASE
)
# "1.8 and earlier, except 1.6.4 and 1.7.2"
EXCEPT = re.compile(rf"\b(?:except|excluding)\s+(?:for\s+)?{_VS}(?P<high>{_NLIST})", re.IGNORECASE)
NOT_AFFECTED = re.compile(r"\b(?:not\s+(?:affected|vulnerable|impacted)|unaffected)\b", re.IGNORECASE)

BELOW = re.compile(_BELOW, re.IGNORECASE)
BELOW_BEFORE = re.compile(rf"{_BELOW}\s*{_VS}$", re.IGNORECASE)

NA = re.compile(r"\bn/a\b", re.IGNORECASE)
SUPPORTED = re.compile(r"\bsupported\s+versions?\b", re.IGNORECASE)
