"""A quiet rule keeps what it names off the page, and nothing that is affected or exploited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from advisor.brief.quiet import covers, hits_after
from advisor.brief.state import remember
from advisor.quiet import standings
from knowledge.records.brief import Brief
from knowledge.records.feedback import QuietRule

DAY = timedelta(days=1)


def rule(clinic: Any, **given: Any) -> QuietRule:
    filled = {"id": "q-00000001", "reason": "hosted by the vendor", "actor": "pat", "created_at": clinic.FRIDAY}
    return QuietRule.model_validate(filled | given)


def stories(brief: Brief, *, quiet: bool = False) -> set[str]:
    return {item.story_id for item in (brief.quiet if quiet else brief.items)}


def plain_facts(clinic: Any) -> Any:
    """The clinic's look-ups without the catalogue's entry for the load balancer."""
    return clinic.facts(kev={cve: entry for cve, entry in clinic.KEV.items() if cve != clinic.LOADMASTER})


def test_a_finding_that_a_rule_names_is_left_out_and_counted(clinic: Any) -> None:
    quiet = rule(clinic, subject_kind="asset", subject_id="LB-01", kind="version-unknown")
    before = clinic.brief(look=plain_facts(clinic))
    brief = clinic.brief(look=plain_facts(clinic), quiet_rules=(quiet,))
    assert stories(before) - stories(brief) == {"s-loadmaster"}
    (item,) = [item for item in brief.quiet if item.story_id == "s-loadmaster"]
    assert (item.standing, item.silenced_by) == ("silenced", ("q-00000001",))
    assert brief.coverage.concerning == before.coverage.concerning - 1


@pytest.mark.parametrize(
    "given",
    [
        {"subject_kind": "asset", "subject_id": "FW-01"},
        {"subject_kind": "third-party", "subject_id": "LB-01"},
        {"subject_kind": "asset", "subject_id": "LB-01", "kind": "vendor-only"},
        {"subject_kind": "asset", "subject_id": "LB-01", "rule": "text-vendor"},
        {"subject_kind": "asset", "subject_id": "LB-01", "closed_at": datetime.fromisoformat("2026-08-07T00:00:00Z")},
        {"subject_kind": "asset"},
        {},
    ],
)
def test_a_rule_covers_nothing_else(clinic: Any, given: dict[str, Any]) -> None:
    quiet = rule(clinic, **given)
    assert clinic.brief(look=plain_facts(clinic), quiet_rules=(quiet,)) == clinic.brief(look=plain_facts(clinic))


def test_affected_and_exploited_come_through_whatever_the_rules_say(clinic: Any) -> None:
    everything = tuple(
        rule(clinic, id=f"q-{kind}", subject_kind=kind, rule="test") for kind in ("asset", "third-party", "client")
    )
    brief = clinic.brief(quiet_rules=everything)
    assert {"s-windows", "s-ncentral", "s-loadmaster"} <= stories(brief)
    assert stories(brief, quiet=True) == {"s-invoices"}
    affected = next(verdict for verdict in clinic.VERDICTS if verdict.kind == "affected")
    assert not any(covers(quiet, affected, ()) for quiet in everything)


def test_one_finding_outside_the_rules_shows_the_story_whole(clinic: Any) -> None:
    other = clinic.LB.model_copy(update={"id": "LB-02", "name": "Second load balancer"})
    more = clinic.verdict(clinic.C_LOADMASTER, "version-unknown", other, cves=(clinic.LOADMASTER,))
    quiet = rule(clinic, subject_kind="asset", subject_id="LB-01")
    brief = clinic.brief(verdicts=(*clinic.VERDICTS, more), look=plain_facts(clinic), quiet_rules=(quiet,))
    (item,) = [item for item in brief.items if item.story_id == "s-loadmaster"]
    assert {verdict.match.subject_id for verdict in item.verdicts} == {"LB-01", "LB-02"}


def test_what_turns_exploited_comes_back_and_counts_against_the_rule(clinic: Any) -> None:
    quiet = rule(clinic, subject_kind="asset", subject_id="LB-01")
    first = clinic.brief(look=plain_facts(clinic), quiet_rules=(quiet,))
    hits = hits_after(first, ())
    assert [(hit.rule_id, hit.broke_because) for hit in hits] == [("q-00000001", "")]
    assert hits_after(first, hits) == (), "composing the day again counts nothing twice"

    state = remember(clinic.PreviousState(), first)
    second = clinic.brief(previous=state, quiet_rules=(quiet,), now=clinic.FRIDAY + DAY)
    (item,) = [item for item in second.items if item.story_id == "s-loadmaster"]
    assert item.changes[0] == "reopened"
    assert "added-to-kev" in item.changes
    (broke,) = hits_after(second, hits)
    assert (broke.broke_because, broke.broke_at) == ("kev", second.written_at)
    (stands,) = standings([quiet], [broke])
    assert (stands.silenced, stands.exploited, stands.precision) == (1, 1, 0.0)


def test_what_turns_affected_comes_back_too(clinic: Any) -> None:
    quiet = rule(clinic, subject_kind="asset", subject_id="LB-01")
    first = clinic.brief(look=plain_facts(clinic), quiet_rules=(quiet,))
    state, hits = remember(clinic.PreviousState(), first), hits_after(first, ())
    settled = clinic.verdict(clinic.C_LOADMASTER, "affected", clinic.LB, cves=(clinic.LOADMASTER,))
    verdicts = [one for one in clinic.VERDICTS if one.item != clinic.C_LOADMASTER]
    second = clinic.brief(
        verdicts=(*verdicts, settled),
        look=plain_facts(clinic),
        previous=state,
        quiet_rules=(quiet,),
        now=clinic.FRIDAY + DAY,
    )
    assert "s-loadmaster" in stories(second)
    assert [hit.broke_because for hit in hits_after(second, hits)] == ["affected"]


def test_a_rule_that_is_taken_back_shows_its_items_again(clinic: Any) -> None:
    quiet = rule(clinic, subject_kind="asset", subject_id="LB-01")
    first = clinic.brief(look=plain_facts(clinic), quiet_rules=(quiet,))
    state = remember(clinic.PreviousState(), first)
    second = clinic.brief(look=plain_facts(clinic), previous=state, now=clinic.FRIDAY + DAY)
    (item,) = [item for item in second.items if item.story_id == "s-loadmaster"]
    assert item.changes[0] == "reopened"
    (hit,) = hits_after(second, hits_after(first, ()))
    assert hit.broke_because == "other"
    assert standings([quiet], [hit])[0].precision == 1.0
    assert standings([quiet], [])[0].precision is None
