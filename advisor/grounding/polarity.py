"""Whether a claim says no where its evidence says yes, or the reverse (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.grounding.words import content, stem, stems

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|prohibit(?:s|ed|ion)?|forbid(?:s|den)?|banned|"
    r"disallow(?:s|ed)?|refus(?:e|es|ed)|lacks?|absence|den(?:y|ies|ied))\b|\b\w+n['’]t\b",
    re.IGNORECASE,
)
# Not what they look like: "not only ... but also", "no later than", "whether or not", "no more than", "without delay".
_HARMLESS = re.compile(
    r"\bnot (?:only|just|merely|limited to|later than|more than|less than|fewer than|exceed(?:ing)?)\b|"
    r"\bno (?:later|more|less|fewer|longer) than\b|\b(?:or|if) not\b|"
    r"\bwithout (?:undue |unreasonable |further )?delay\b|"
    r"\bno\.\s?\d|\bnot applicable\b|\bneed[- ]to[- ]know\b",
    re.IGNORECASE,
)
# "No vendor sees data before it signs" is "sees data only after it signs", and not "sees data before it signs".
_LIMIT = re.compile(
    r"\b(?:no|not|never|nobody|none|neither|cannot|\w+n['’]t)\b[^.;]*\b(?:before|until|unless|without|except)\b", re.I
)
_ONLY = re.compile(r"\bonly (?:after|once|when|if|with|by)\b", re.IGNORECASE)
_DUTY = frozenset(map(stem, ("required", "mandatory", "must", "shall", "obligatory", "compulsory", "needed")))
_RELEASE = frozenset(map(stem, ("optional", "unnecessary", "unneeded", "voluntary", "exempt", "waived", "dispensable")))
_OPPOSITES = (
    ("allow", "forbidden"), ("allowed", "prohibited"), ("permitted", "forbidden"), ("permitted", "prohibited"),
    ("enabled", "disabled"), ("increase", "decrease"), ("before", "after"), ("minimum", "maximum"), ("least", "most"),
    ("internal", "external"), ("encrypted", "unencrypted"), ("authorised", "unauthorised"), ("pass", "fail"),
    ("authorized", "unauthorized"), ("affected", "unaffected"), ("met", "unmet"), ("include", "exclude"),
)  # fmt: skip
SCOPE = 6
"""Words behind a negation that it is taken to speak about."""


def negated(text: str) -> bool:
    """Whether a text says no to something."""
    return bool(_NEGATION.search(_HARMLESS.sub(" ", text)))


def limited(text: str) -> bool:
    """Whether a text says no only up to a condition: "no ... before", "never ... without"."""
    return bool(_LIMIT.search(_HARMLESS.sub(" ", text)))


def disagreement(claim: str, evidence: Sequence[str]) -> str:
    """Why a claim cannot follow from its evidence by its polarity; empty where nothing speaks against it.

    A negation in one and not in the other is a disagreement, and so is one that speaks about other words there.

    Args:
        claim: one sentence.
        evidence: the whole sentences that its quotations stand in.
    """
    together = " ".join(evidence)
    claim_no, evidence_no = negated(claim), negated(together)
    if claim_no and not evidence_no:
        return "the claim denies something and what it cites does not"
    if (
        evidence_no
        and not claim_no
        and not _same_limit(claim, evidence)
        and all(negated(sentence) for sentence in evidence)
    ):
        return "what it cites denies something and the claim does not"
    if claim_no and evidence_no:
        mine, theirs = _denied(claim), _denied(together)
        about = set(content(claim)) & set(content(together))
        if mine & about and theirs & about and not mine & theirs:
            return "the claim denies something else than what it cites"
    own, cited = set(stems(claim)), set(stems(together))
    if own & _RELEASE and not cited & _RELEASE and not evidence_no:
        return "the claim makes optional what it cites does not"
    if cited & _RELEASE and own & _DUTY and not own & _RELEASE:
        return "the claim makes a duty of what it cites as optional"
    for left, right in _OPPOSITES:
        a, b = stem(left), stem(right)
        if (a in own and b not in own and b in cited and a not in cited and not claim_no) or (
            b in own and a not in own and a in cited and b not in cited and not evidence_no
        ):
            return f"the claim and what it cites are opposite ({left}, {right})"
    return ""


def _same_limit(claim: str, evidence: Sequence[str]) -> bool:
    """Whether a claim turns "no ... before X" of every sentence into "only after X", on the same X."""
    only = _ONLY.search(claim)
    limits = [_LIMIT.search(sentence) for sentence in evidence]
    if only is None or not all(limits):
        return False
    condition = set(content(claim[only.end() :]))
    cited = {word for s, limit in zip(evidence, limits, strict=True) if limit for word in content(s[limit.end() :])}
    return bool(condition) and len(condition & cited) * 2 > len(condition)


def _denied(text: str) -> set[str]:
    """Stems of the words that negations speak about."""
    plain = _HARMLESS.sub(" ", text)
    found: set[str] = set()
    for hit in _NEGATION.finditer(plain):
        behind = re.split(r"[.;:]", plain[hit.end() :], maxsplit=1)[0]
        found.update(content(behind)[:SCOPE])
        if re.match(r"prohib|forbid|bann|disallow|refus|den", hit[0], re.IGNORECASE):
            found.update(content(plain[: hit.start()])[-SCOPE:])
    return found
