"""Crosswalk lookups say what the tables prove and no more."""

from __future__ import annotations

from itertools import product

import pytest

from knowledge.errors import NotFoundError
from knowledge.frameworks.crosswalk import compose, mappings, related, routes, tables, unmapped, weakest
from knowledge.frameworks.loader import crosswalks, load_crosswalk
from knowledge.records.framework import INVERSE, Crosswalk

NIST, CSF, ISO, CIS = "nist-sp-800-53-r5", "nist-csf-2.0", "iso-27001-2022", "cis-controls-8.1"


def holds(relationship: str, left: frozenset[int], right: frozenset[int]) -> bool:
    """The relationship of two sets, as loosely as the word allows."""
    return {
        "equal": left == right,
        "subset": left <= right,
        "superset": left >= right,
        "intersects": bool(left & right),
        "possible": True,
    }[relationship]


def test_what_a_chain_proves_is_true_of_all_sets() -> None:
    worlds = [frozenset(i for i in range(3) if bits >> i & 1) for bits in range(1, 8)]
    for a, b, c in product(worlds, repeat=3):
        for first, second in product(INVERSE, repeat=2):
            if holds(first, a, b) and holds(second, b, c):
                assert holds(compose(first, second), a, c), (first, second, a, b, c)
    # And it is the most that can be said: where it says "possible", the two ends may be disjoint.
    for first, second in product(INVERSE, repeat=2):
        if compose(first, second) == "possible":
            assert any(
                holds(first, a, b) and holds(second, b, c) and not a & c for a, b, c in product(worlds, repeat=3)
            )


def test_authority_only_degrades() -> None:
    assert weakest(["publisher"]) == "publisher"
    assert weakest(["publisher", "publisher"]) == "derived", "nobody published the chain"
    assert weakest(["publisher", "ours"]) == weakest(["ours", "derived"]) == "ours"


def test_a_direct_pair_is_the_publishers() -> None:
    answer = related(CSF, "GV.OC-01", NIST)
    assert [(t.to_id, t.relationship, t.authority, t.direct) for t in answer.trails] == [
        ("PM-11", "intersects", "publisher", True)
    ]
    step = answer.trails[0].steps[0]
    assert step.source.startswith("NIST")
    assert step.rationale
    assert not step.inverted


def test_the_inverse_turns_subset_into_superset() -> None:
    forward = related(CIS, "6.3", CSF).trails
    back = {t.to_id: t for t in related(CSF, "PR.AA-03", CIS).trails}
    assert [(t.to_id, t.relationship) for t in forward] == [("PR.AA-03", "subset")]
    assert back["6.3"].relationship == "superset"
    assert back["6.3"].steps[0].inverted
    assert back["6.3"].steps[0].inverse() == forward[0].steps[0]


@pytest.mark.parametrize("head", crosswalks(), ids=lambda head: head.id)
def test_both_directions_hold_the_same_pairs(head: Crosswalk) -> None:
    forward = {(p.from_id, p.to_id) for p in mappings(head.from_framework, head.to_framework)}
    back = {(p.to_id, p.from_id) for p in mappings(head.to_framework, head.from_framework)}
    assert forward == back == {(p.from_id, p.to_id) for p in load_crosswalk(head.id).mappings}


def test_a_chain_shows_its_path_and_claims_no_more_than_possible() -> None:
    answer = related(CIS, "4.1", NIST)
    assert answer.routes == ((CIS, CSF, NIST),)
    assert answer.trails
    for trail in answer.trails:
        assert (trail.relationship, trail.authority, trail.direct) == ("possible", "ours", False)
    assert answer.trails[0].path.startswith(f"4.1 ({CIS}) -> PR.PS-01 ({CSF}) -> ")
    assert len(answer.trails[0].sources) == 2
    assert len({t.to_id for t in answer.trails}) == len(answer.trails)


def test_a_chain_that_proves_something_keeps_it() -> None:
    found = [
        t for row in mappings(CIS, CSF) if row.relationship == "equal" for t in related(CIS, row.from_id, NIST).trails
    ]
    assert any(t.relationship == "intersects" for t in found), "equal and then intersects is intersects"


def test_ways_are_the_shortest_and_at_most_two_in_between() -> None:
    assert routes("hipaa-security-rule", CIS) == (("hipaa-security-rule", NIST, CSF, CIS),)
    assert routes("hipaa-security-rule", CIS, max_between=1) == ()
    assert related("hipaa-security-rule", "164.308(a)(1)(ii)(A)", CIS, max_between=1).trails == ()
    assert routes(CSF, "soc2-tsc-2017-rev2022") == ()
    ends = {i for head in crosswalks() for i in (head.from_framework, head.to_framework)}
    assert all(len(way) <= 4 for a in ends for b in ends if a != b for way in routes(a, b))


def test_a_technique_reaches_controls_without_a_pack() -> None:
    assert "AC-4" in {t.to_id for t in related("attack-16.1", "T1001", NIST).trails}


def test_a_heading_takes_the_rows_under_it() -> None:
    answer = related(CSF, "PR.AA", NIST)
    assert {t.from_id for t in answer.trails} == {f"PR.AA-0{n}" for n in range(1, 7)}


def test_no_pairs_is_said_and_not_guessed() -> None:
    assert related(CSF, "GV.XX-99", NIST).trails == ()
    assert related(CSF, "GV.OC-01", "soc2-tsc-2017-rev2022").routes == ()
    assert tables(CSF, "soc2-tsc-2017-rev2022") == ()


def test_unmapped_rows_are_listed() -> None:
    missing = unmapped(ISO, NIST)
    assert {"6.3", "A.7.6", "A.8.34"} <= set(missing)
    assert not set(missing) & {pair.from_id for pair in mappings(ISO, NIST)}
    with pytest.raises(NotFoundError, match="no table"):
        unmapped(CSF, "soc2-tsc-2017-rev2022")
