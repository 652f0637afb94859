"""Writes the text rules' verdicts: rule id, evidence, a sentence for the client, the question that settles it."""

from __future__ import annotations

from advisor.triage.claims import Said, VersionAnswer
from advisor.triage.concern import Concern
from advisor.triage.seen import Seen
from advisor.triage.subjects import ItemText, Subject, Told, known
from advisor.triage.vendor_named import VendorPlace
from knowledge.records.triage import Evidence, ItemRef, Match, Verdict, VerdictKind

CONFIDENCE = {
    "text-product-version": 0.9,
    "text-product": 0.75,
    "text-link": 0.6,
    "text-aside": 0.6,
    "text-vendor": 0.3,
    "supplier-tool": 0.7,
    "supplier-incident": 0.7,
    "supplier-named": 0.4,
}
"""How sure each rule is that the item means the subject; fixed by the rule (docs/guide/rules.md)."""

_QUOTE = 240

# Of one item, one row and one rule very many verdicts are made, from values that are checked already: see
# `Record.trusted`. tests/advisor/triage/test_reasons.py checks that each is what the constructor would have made.


def _around(seen: Seen) -> str:
    """The sentence that names the product, verbatim, cut between words at `_QUOTE` characters around the name."""
    reading = seen.part.reading
    low, high = reading.sentence(seen.sentence)
    start, end = reading.starts[seen.mention.first], reading.ends[seen.mention.last - 1]
    if high - low > _QUOTE:
        cut_low, cut_high = max(low, start - _QUOTE // 2), min(high, end + _QUOTE // 2)
        low = start - len(reading.source[cut_low:start].partition(" ")[2]) if cut_low > low else low
        high = end + len(reading.source[end:cut_high].rpartition(" ")[0]) if cut_high < high else high
    return " ".join(reading.source[low:high].split())


def _words(text: str, locator: str) -> Evidence:
    return Evidence.trusted({"kind": "words", "text": text, "locator": locator})


class _Writer:
    """Writes verdicts of one item; what all of them repeat is made once."""

    def __init__(self, item: ItemText) -> None:
        self._item = ItemRef.trusted({"kind": item.kind, "id": item.id})
        self._cve_ids = item.cve_ids

    def _write(
        self,
        told: Told,
        kind: VerdictKind,
        rule: str,
        evidence: tuple[Evidence, ...],
        reason: str,
        *,
        question: str = "",
        fixed: tuple[str, ...] = (),
    ) -> Verdict:
        subject = told.subject
        match = Match.trusted(
            {
                "rule": rule,
                "subject_kind": subject.kind,
                "subject_id": subject.id,
                "subject_name": subject.name,
                "evidence": evidence,
                "confidence": CONFIDENCE[rule],
            }
        )
        return Verdict.trusted(
            {
                "item": self._item,
                "kind": kind,
                "match": match,
                "reason": reason,
                "question": question,
                "cve_ids": self._cve_ids,
                "fixed_in": fixed,
            }
        )


class ProductReasons(_Writer):
    """Writes the verdicts of one item on the subjects that bear one product name; shared evidence is made once."""

    def __init__(self, item: ItemText, one: Concern, said: Said, what: str) -> None:
        super().__init__(item)
        self._one = one
        self._what = what
        self._aside = f"The text speaks of {what} without saying that it is affected."
        self._said = "; ".join(rng.text() for rng in said.ranges[:4])
        words = [_words("the references name the product's project", "links")]
        if one.seen is not None:
            words = [_words(_around(one.seen), one.seen.part.name)]
            if one.seen.mention.form.origin in ("alias", "abbreviation", "component", "nickname"):
                text = f'"{one.seen.words()}" is read as {what}'
                origin = one.seen.mention.form.origin
                words.append(Evidence.trusted({"kind": "alias", "text": text, "locator": origin}))
        self._words = tuple(words)
        self._passages = tuple(_words(placed.words(), placed.part.name) for placed in said.passages[:4])
        if said.by_link:
            self._passages = (_words(f"a reference names the release: {self._said}", "links"),)

    def aside(self, told: Told) -> Verdict:
        """The verdict on one subject where the text says nothing of it: not-relevant."""
        evidence = (*self._words, told.evidence)
        return self._write(told, "not-relevant", "text-aside", evidence, self._aside)

    def verdict(self, told: Told, answer: VersionAnswer) -> Verdict:
        """The verdict on one subject that is concerned: affected, version-unknown or version-not-affected."""
        subject, what, said = told.subject, self._what, self._said
        evidence = (*self._words, told.evidence, *self._passages)
        who = f"{subject.name} uses {what}" if subject.tool else f"{subject.name} is {what}"
        rule = "supplier-tool" if subject.tool else "text-link" if self._one.seen is None else "text-product"
        if answer.kind in ("affected", "version-not-affected") and rule == "text-product":
            rule = "text-product-version"
        question = ""
        if answer.kind == "affected":
            reason = f"{who} at version {subject.version or 'unknown'}; the item names {said} as affected."
        elif answer.kind == "version-not-affected":
            reason = f"{who} at version {subject.version}, outside what the item names as affected ({said})."
            if answer.cleared:
                reason = f"{who} at version {subject.version}; the item names {answer.cleared}."
        else:
            reason = f"{who}; {_why_unknown(subject, said, beside=answer.said.beside)}."
            question = _question(subject, what, said, answer)
        return self._write(told, answer.kind, rule, evidence, reason, question=question, fixed=answer.said.fixed)


def _why_unknown(subject: Subject, said: str, *, beside: bool) -> str:
    if said and not known(subject.version):
        return f"its version is not in the inventory, the item names {said}"
    if said:
        if beside:
            return f"the item names {said} and says nothing of version {subject.version}"
        return f"whether version {subject.version} lies in {said} cannot be told"
    return "the item does not say which versions are affected"


def _question(subject: Subject, what: str, said: str, answer: VersionAnswer) -> str:
    if subject.tool:
        target = f"{' or '.join(answer.said.fixed[:3])} or later" if answer.said.fixed else "the fixed version"
        return f"To {subject.name}: are you on {what} {target}, and since when?"
    if answer.said.fixed and not known(subject.version):
        return f"Which version of {what} does {subject.name} run: {' or '.join(answer.said.fixed[:3])} or later?"
    if said and not known(subject.version):
        return f"Which version of {what} does {subject.name} run?"
    if said and answer.said.beside:
        return f"Does the vendor of {what} name version {subject.version}, as {subject.name} runs it, beside {said}?"
    if said:
        return f"Does version {subject.version} of {what} on {subject.name} fall into: {said}?"
    return f"Which versions of {what} does the vendor name as affected, and which one does {subject.name} run?"


class VendorReasons(_Writer):
    """Writes the verdicts of one item on the subjects of one vendor or supplier; shared evidence is made once."""

    def __init__(self, item: ItemText, place: VendorPlace) -> None:
        super().__init__(item)
        self._place = place
        self._words = _words(_around(place.seen), place.seen.part.name)

    def verdict(self, told: Told, others: int = 0) -> Verdict | None:
        """The verdict on a subject whose vendor or supplier is named, its product not; None where that says too little.

        `others`: how many more rows of the client are from the same vendor; they get no verdict of their own.
        """
        place, subject = self._place, told.subject
        if subject.kind == "third-party" and not subject.tool:
            rule = "supplier-incident" if place.incident else "supplier-named"
            reason = f"The item reports {place.incident} at your supplier {subject.name}."
            question = f"To {subject.name}: is our data or service affected, since when, and what have you done?"
            if not place.incident:
                reason = f"The item names your supplier {subject.name} in connection with a weakness or an attack."
                question = f"To {subject.name}: does this concern the service we use?"
            says = bool(place.incident) or place.harm
        else:
            rule = "text-vendor"
            what = f"{subject.vendor} {subject.product}".strip()
            owner = f"your supplier {subject.name}, which uses {what}" if subject.tool else f"{subject.name} ({what})"
            more = f" or one of {others} more from {subject.vendor}" if others else ""
            reason = f"The item speaks of {subject.vendor} without naming a product; {owner}{more} may be meant."
            question = f"Which {subject.vendor} product does the item mean?"
            says = place.harm and not place.product_named and bool(subject.product)
        if not says:
            return None
        evidence = (self._words, told.evidence)
        return self._write(told, "vendor-only", rule, evidence, reason, question=question)
