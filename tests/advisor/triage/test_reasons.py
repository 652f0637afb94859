"""Verdicts made without checking are what the constructor would have made, in every way that a reader can see."""

import pytest

from advisor.triage.subjects import ItemText, Subject
from advisor.triage.textmatch import TextMatcher
from knowledge.records.triage import Evidence, Verdict

SUBJECTS = [
    ("acme", Subject("asset", "FW-01", "Edge", "Fortinet", "FortiOS", "7.2.5")),
    ("acme", Subject("asset", "FW-02", "Core", "Fortinet", "FortiOS")),
    ("acme", Subject("asset", "DB-01", "Store", "PostgreSQL", "PostgreSQL", "16.2")),
    ("acme", Subject("asset", "LB-01", "Portal", "Progress", "LoadMaster")),
    ("acme", Subject("third-party", "b", "Brightline", "N-able", "N-central", tool=True)),
    ("acme", Subject("third-party", "c", "Claimferry", "Claimferry")),
]
TEXTS = {
    "affected": "Attackers exploit a flaw in FortiOS before 7.2.8.",
    "version-not-affected": "Attackers exploit a flaw in FortiOS before 7.0.1.",
    "version-unknown": "Attackers exploit a flaw in FortiOS.",
    "not-relevant": "Attackers breach shops that run on PostgreSQL, a report says.",
    "vendor-only": "Claimferry confirms a data breach after an attack.",
}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_trusted_verdict_is_the_checked_one(kind: str) -> None:
    item = ItemText("news", "n-1", TEXTS[kind], cve_ids=("CVE-2026-10001",))
    verdicts = [one.verdict for one in TextMatcher.build(SUBJECTS).judge(item)]
    assert kind in {verdict.kind for verdict in verdicts}
    for verdict in verdicts:
        checked = Verdict.model_validate(verdict.model_dump())
        assert verdict == checked
        assert verdict.model_dump_json() == checked.model_dump_json()
        assert verdict.model_fields_set == set(Verdict.model_fields)
        assert verdict.match.model_fields_set == set(type(verdict.match).model_fields)


def test_a_trusted_record_is_frozen_and_its_copy_is_its_own() -> None:
    made = Evidence.trusted({"kind": "words", "text": "a", "locator": "title"})
    with pytest.raises(ValueError, match="frozen"):
        made.text = "b"  # type: ignore[misc]
    copy = made.model_copy(update={"text": "b"})
    assert (made.text, copy.text) == ("a", "b")
    assert Evidence.trusted({"kind": "words", "text": "a", "locator": "title"}) == made
