"""Ids as people type them: what is known, withdrawn, ambiguous, unknown, and where running text names one."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import NotFoundError
from knowledge.frameworks.catalogue import key, shipped
from knowledge.frameworks.ids import Ambiguous, Known, Unknown, Withdrawn, lookup
from knowledge.frameworks.loader import Pack, framework_ids, load_pack
from knowledge.frameworks.mentions import find_ids, known_ids
from knowledge.frameworks.schemes import SCHEMES
from knowledge.records.framework import Framework, Requirement

NIST, CSF, ISO = "nist-sp-800-53-r5", "nist-csf-2.0", "iso-27001-2022"

TYPED = [
    *((t, NIST, "AC-2") for t in ("AC-2", "ac-2", "AC.2", "AC-02", "AC 2", "NIST SP 800-53 rev. 5 AC-2", " ac-02 ")),
    *((t, NIST, "AC-2(1)") for t in ("AC-2(1)", "ac-2.1", "AC-02(01)", "AC-2 (1)")),
    *((t, ISO, "A.5.1") for t in ("A.5.1", "A5.1", "a.5.1", "Annex A 5.1", "Annex A.5.1", "ISO/IEC 27001:2022 A.5.1")),
    *((t, CSF, "PR.AA-01") for t in ("PR.AA-01", "pr.aa-1", "CSF 2.0 PR.AA-01")),
    ("SP 800-171 3.1.1", "nist-sp-800-171-r3", "03.01.01"),
    ("171 3.1.1", "nist-sp-800-171-r3", "03.01.01"),
    ("03.01.01", "nist-sp-800-171-r3", "03.01.01"),
    *((t, "soc2-tsc-2017-rev2022", "CC6.1") for t in ("CC6.1", "cc 6.1", "SOC 2 CC6.1")),
    *((t, "pci-dss-4.0.1", "8.3.6") for t in ("Req 8.3.6", "PCI DSS v4.0.1 8.3.6", "8.3.6")),
    *(
        (t, "hipaa-security-rule", "164.308(a)(1)(ii)(A)")
        for t in ("164.308(a)(1)(ii)(A)", "45 CFR 164.308(a)(1)(ii)(A)", "§ 164.308 (a) (1) (ii) (a)")
    ),
    *((t, "gdpr-security", "Art. 32(1)(b)") for t in ("Art. 32(1)(b)", "Article 32 1 b", "Art. 32 Abs. 1 lit. b")),
    *((t, "nis2-directive", "Art. 21(2)(d)") for t in ("Article 21 2 d", "NIS2 21(2)(d)", "art 21, para 2, point (d)")),
    ("DORA Art. 5(1)", "dora", "Art. 5(1)"),
    *((t, "cis-controls-8.1", "4.1") for t in ("safeguard 4.1", "CIS 4.1", "CIS Controls v8.1 4.1")),
    ("CIS Control 4", "cis-controls-8.1", "4"),
    ("clause 6.1.2", ISO, "6.1.2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "framework", "requirement"), TYPED)
def test_spellings_of_one_id(text: str, framework: str, requirement: str) -> None:
    found = lookup(text)
    assert isinstance(found, Known), found
    assert (found.match.framework.id, found.match.requirement.id) == (framework, requirement)
    assert found.part == ""


@pytest.mark.parametrize("framework", framework_ids())
def test_every_shipped_id_finds_itself(framework: str) -> None:
    pack = load_pack(framework)
    assert len({key(row.id) for row in pack.requirements}) == len(pack.requirements), "two ids are read as one"
    for row in pack.requirements:
        found = lookup(row.id, framework)
        assert isinstance(found, Withdrawn if row.withdrawn else Known), row.id
        assert found.match.requirement is row


def test_every_shipped_framework_has_a_scheme_and_is_found_by_its_names() -> None:
    assert set(framework_ids()) <= set(SCHEMES)
    for i in framework_ids():
        head = load_pack(i).framework
        for name in (head.id, head.short, head.short.upper(), head.title):
            assert shipped().find(name) == head
    assert shipped().find("csf").id == CSF
    assert shipped().find("ISO 27001").id == ISO
    with pytest.raises(NotFoundError, match="several"):
        shipped().find("nist-sp")
    with pytest.raises(NotFoundError, match="Known ids"):
        shipped().find("itil")


@pytest.mark.parametrize(
    ("text", "frameworks"),
    [
        ("3.1.1", {"nist-sp-800-171-r3", "pci-dss-4.0.1"}),
        ("requirement 3.1.1", {"nist-sp-800-171-r3", "pci-dss-4.0.1"}),
        ("4.1", {"cis-controls-8.1", ISO, "pci-dss-4.0.1"}),
        ("Art. 5", {"gdpr-security", "dora"}),
    ],
)
def test_an_id_of_several_frameworks_is_ambiguous(text: str, frameworks: set[str]) -> None:
    found = lookup(text)
    assert isinstance(found, Ambiguous)
    assert {match.framework.id for match in found.matches} == frameworks
    assert all(isinstance(lookup(text, match.framework.id), Known) for match in found.matches)


@pytest.mark.parametrize(
    ("text", "words", "nearest"),
    [
        ("AC-2(99)", "enhancement not in the pack; base control AC-2", "AC-2"),
        ("AC-99", "not in SP 800-53 r5", "AC"),
        ("A.99.1", "is no id of", ""),
        ("CC6.99", "not in SOC 2", "CC6"),
        ("PR.AC-1", "CSF 1.1", "PR"),
        ("A.9.2.3", "2013 edition", ""),
        ("Art. 99", "is no id of", ""),
        ("CIS 19.1", "is no id of", ""),
        ("164.308(z)", "not in HIPAA", "164.308"),
        ("8", "only a number", ""),
        ("CVE-2024-3400", "is no id of", ""),
        ("SOC 2", "names no requirement", ""),
        ("", "is not an id", ""),
        ("AC-2 " * 50, "is not an id", ""),
    ],
)
def test_an_unknown_id_is_never_shown_as_known(text: str, words: str, nearest: str) -> None:
    found = lookup(text)
    assert isinstance(found, Unknown), found
    assert words in found.reason
    assert (found.nearest.requirement.id if found.nearest else "") == nearest


def test_an_enhancement_outside_the_pack_names_its_base() -> None:
    found = lookup("AC-2(12)", NIST)
    assert isinstance(found, Unknown)
    assert found.label == "AC-2(12): enhancement not in the pack; base control AC-2"


def test_ids_that_tx_ramp_shares_mean_sp_800_53_unless_it_is_named() -> None:
    assert lookup("AC-2").label == "SP 800-53 r5 AC-2"
    assert lookup("TX-RAMP AC-2").label == "TX-RAMP AC-2"


@pytest.mark.parametrize(
    ("text", "requirement", "part"),
    [
        ("AC-02_ODP[01]", "AC-2", "ODP[01]"),
        ("AC-02(01)_ODP[02]", "AC-2(1)", "ODP[02]"),
        ("AC-2a", "AC-2", "a"),
        ("ac-2_smt.k", "AC-2", "smt.k"),
        ("A.03.01.01.ODP[01]", "03.01.01", "ODP[01]"),
    ],
)
def test_a_part_is_told_apart_and_not_vouched_for(text: str, requirement: str, part: str) -> None:
    found = lookup(text)
    assert isinstance(found, Known)
    assert (found.match.requirement.id, found.part) == (requirement, part)
    assert f"part {part} not checked" in found.label


def test_a_withdrawn_id_points_to_its_successors() -> None:
    found = lookup("AC-13")
    assert isinstance(found, Withdrawn)
    assert [match.requirement.id for match in found.successors] == ["AC-2", "AU-6"]
    assert "Withdrawn: see AC-2, AU-6" in found.label
    outside = lookup("AU-15")
    assert isinstance(outside, Withdrawn)
    assert outside.successors == (), "AU-5(5) is not in the pack"


def imported(**head: str) -> Pack:
    framework = Framework(
        id="nist-copy", urn="urn:x", title="Copy", short="Copy", licence="NIST", text_depth="full",
        retrieved=date(2026, 11, 1), **head,
    )  # fmt: skip
    rows = (
        Requirement(id="AC-2", kind="control", assessable=True, statement="Theirs."),
        Requirement(id="AC-2(99)", kind="enhancement", assessable=True, parent="AC-2"),
    )
    return Pack(framework, rows)


def test_an_imported_copy_adds_what_the_pack_lacks_and_no_ambiguity() -> None:
    catalogue = shipped().with_imported([imported(extends=NIST)])
    both = lookup("AC-2", catalogue=catalogue)
    assert isinstance(both, Known)
    assert both.match.framework.id == NIST
    more = lookup("AC-2(99)", catalogue=catalogue)
    assert isinstance(more, Known)
    assert more.match.framework.id == "nist-copy"
    alone = shipped().with_imported([imported()])
    assert isinstance(lookup("AC-2", catalogue=alone), Ambiguous), "nothing says that the two are the same"


def brought(title: str, framework_id: str, *ids: str) -> Pack:
    framework = Framework(
        id=framework_id, urn="urn:y", title=title, short=title, licence="Theirs", text_depth="full",
        retrieved=date(2026, 11, 1),
    )  # fmt: skip
    return Pack(framework, tuple(Requirement(id=i, kind="requirement", assessable=True, statement=i) for i in ids))


CORP = brought("Corp Standard 3.1", "corp-standard-3.1", "AC.02", "1.1", "ORP.1.A1", "P1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What does AC.02 of the Corp Standard say?", "Corp Standard 3.1 AC.02"),
        ("corp-standard-3.1 ac-2", "Corp Standard 3.1 AC.02"),
        ("corp standard 1.1", "Corp Standard 3.1 1.1"),
        ("Corp Standard P1", "Corp Standard 3.1 P1"),
        ("who owns ORP.1.A1?", "Corp Standard 3.1 ORP.1.A1"),
        ("what is ac-2?", "SP 800-53 r5 AC-2"),
        ("a P1 incident", ""),
        ("Corp Standard AC-6", "SP 800-53 r5 AC-6"),
    ],
)
def test_an_imported_framework_is_asked_for_by_its_name(text: str, expected: str) -> None:
    catalogue = shipped().with_imported([CORP])
    found = [mention.result.label for mention in find_ids(text, catalogue=catalogue)]
    assert found == [expected] * bool(expected)
    if expected:
        assert lookup(text.partition("AC.02")[0] or text, catalogue=shipped()).label != expected


@pytest.mark.parametrize(
    ("title", "text", "named"),
    [
        ("Trusted Information Security Assessment Exchange (TISAX) v6.0.2", "what does TISAX 1.1.1 say?", True),
        ("ISO 42001", "what does ISO say?", False),
        ("ISO 42001:2023", "what does ISO 42001 say?", True),
        ("IEC 62443-3-3:2013", "IEC 62443-3-3 on access", True),
        ("NIST CSF v1.1", "NIST CSF 1.1", True),
        ("CIS Controls v7", "which CIS controls?", False),
        ("CIS Controls v7", "CIS Controls 7", True),
        ("Policy", "our policy", False),
    ],
)
def test_names_of_imported_frameworks(title: str, text: str, named: bool) -> None:
    assert ("brought" in shipped().with_imported([brought(title, "brought", "X-1")]).named(text)) is named


def test_the_name_of_an_imported_framework_stands_over_what_is_in_it() -> None:
    older = brought("NIST CSF 1.1", "nist-csf-1.1", "PR.AC-1")
    catalogue = shipped().with_imported([older, CORP])
    assert catalogue.named("what does NIST CSF 1.1 say on access?") == ("nist-csf-1.1",)
    assert catalogue.named("CSF 2.0 and the corp standard") == (CSF, "corp-standard-3.1")
    assert shipped().named("what does NIST CSF 1.1 say on access?") == (CSF,)
    assert catalogue.named("what does NIST CSF say?") == (CSF,), "without an edition it is the one that is shipped"
    assert catalogue.named("NIST CSF version 1.1") == ("nist-csf-1.1",)
    (found,) = find_ids("what was PR.AC-1?", catalogue=catalogue)
    assert found.result.label == "NIST CSF 1.1 PR.AC-1", "known in an imported one before unknown in a shipped one"
    topic = brought("Access Control", "ac", "X-1")
    assert shipped().with_imported([topic]).named("our access control rules") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "SP 800-53 PS-4 asks for access to be disabled; AC-2(1) too. See CSF GV.SC-08.",
            [(NIST, "PS-4"), (NIST, "AC-2(1)"), (CSF, "GV.SC-08")],
        ),
        ("(PS-4, AC-2; ISO A.6.5, A.5.18)", [(NIST, "PS-4"), (NIST, "AC-2"), (ISO, "A.6.5"), (ISO, "A.5.18")]),
        (
            "What does 3.1.1 of SP 800-171 say, and CIS 4.1, 4.2 and 5.3?",
            [("nist-sp-800-171-r3", "03.01.01"), *(("cis-controls-8.1", i) for i in ("4.1", "4.2", "5.3"))],
        ),
        ("PCI DSS v4.0.1 requirement 8.3.6", [("pci-dss-4.0.1", "8.3.6")]),
        (
            "Article 21(2)(d) of NIS2, Art. 32(1)(b) GDPR, DORA Art. 5(2)(a)",
            [("nis2-directive", "Art. 21(2)(d)"), ("gdpr-security", "Art. 32(1)(b)"), ("dora", "Art. 5(2)(a)")],
        ),
        (
            "Under § 164.312(d) and 45 CFR 164.308(a)(1)",
            [("hipaa-security-rule", "164.312(d)"), ("hipaa-security-rule", "164.308(a)(1)")],
        ),
        ("KEV CVE-2025-68686, FortiOS 7.4.9, N-central 2026.3, on 03.01.25 at 10.30", []),
        ("Under ISO 27001 we run OpenSSL 3.0.7 and log4j 2.14.1 on FW-01 and HP-15", []),
        ("version 8.1 of the CIS Controls, that is CIS Controls 8.1", []),
        ("we met at 4.1 percent", []),
    ],
)
def test_ids_in_running_text(text: str, expected: list[tuple[str, str]]) -> None:
    mentions = find_ids(text)
    assert list(known_ids(mentions)) == expected
    assert all(text[m.start : m.end] == m.text for m in mentions)
    assert all(isinstance(m.result, Known) for m in mentions)


def test_invented_ids_in_an_answer_are_seen_as_unknown() -> None:
    mentions = find_ids("AC-99, A.99.1, PR.AA-77, CC6.99 and Art. 99 GDPR say so, AC-2 does not.")
    assert [type(m.result) for m in mentions] == [Unknown] * 5 + [Known]


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    found = lookup(text)
    assert isinstance(found, Known | Withdrawn | Ambiguous | Unknown)
    assert all(text[m.start : m.end] == m.text for m in find_ids(text))


@pytest.mark.parametrize(
    "text", ["4.1, " * 20_000, "Art. " + "(1)" * 20_000, "CIS " + "1.1 and " * 10_000, "AC-2" + "(1)" * 20_000]
)
def test_hostile_repetition_costs_little(text: str) -> None:
    start = time.process_time()
    find_ids(text)
    assert time.process_time() - start < 5
