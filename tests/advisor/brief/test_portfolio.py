"""Clients against stories: one row per story, a cell per client, failures told."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.brief.portfolio import compose_portfolio


def two_clients(clinic: Any) -> tuple[Any, Any]:
    first = clinic.brief()
    maker = clinic.CLIENT.model_copy(update={"id": "maker", "name": "Alder Works"})
    hit = clinic.verdict(clinic.C_FORTIOS, "affected", clinic.FW, cves=(clinic.FORTIOS,), fixed_in=("7.4.10",))
    clear = clinic.verdict(clinic.C_LOADMASTER, "version-not-affected", clinic.LB, cves=(clinic.LOADMASTER,))
    return first, clinic.brief(client=maker, verdicts=(hit, clear))


def test_rows_cells_and_order(clinic: Any) -> None:
    portfolio = compose_portfolio(two_clients(clinic), {}, clinic.FRIDAY)
    assert portfolio.clients == (("maker", "Alder Works"), ("northgate", "Northgate Family Clinic"))
    rows = {row.cve_ids[0] if row.cve_ids else "": row for row in portfolio.rows}
    assert rows[clinic.FORTIOS].cells == {"maker": "affected", "northgate": "not-affected"}
    assert rows[clinic.LOADMASTER].cells == {"maker": "not-affected", "northgate": "unknown"}
    assert rows[clinic.NCENTRAL].cells == {"maker": "none", "northgate": "unknown"}
    assert rows[""].cells == {
        "maker": "none",
        "northgate": "in-scope",
    }  # a report on its sector, which names nothing of it
    assert [row.label for row in portfolio.rows] == sorted(
        (row.label for row in portfolio.rows), key=["act-now", "check-today", "watch", "fyi"].index
    )
    assert portfolio.counts["maker"]["act-now"] == sum(item.label == "act-now" for item in two_clients(clinic)[1].items)
    assert rows[clinic.LOADMASTER].story == "Progress LoadMaster: command injection"


def test_stories_of_two_clients_meet_by_cve_even_if_grouped_apart(clinic: Any) -> None:
    first = clinic.brief()
    other = clinic.CLIENT.model_copy(update={"id": "other", "name": "Other"})
    apart = clinic.story("s-apart", (clinic.C_LOADMASTER,), (clinic.LOADMASTER,))
    second = clinic.brief(client=other, verdicts=(clinic.VERDICTS[1],), stories=(apart,))
    portfolio = compose_portfolio((first, second), {}, clinic.FRIDAY)
    rows = [row for row in portfolio.rows if clinic.LOADMASTER in row.cve_ids]
    assert len(rows) == 1
    assert rows[0].cells == {"northgate": "unknown", "other": "unknown"}


@pytest.mark.parametrize("kind", ["acknowledge", "dismiss"])
def test_what_a_client_decided_on_is_told_as_that_and_comes_last(clinic: Any, kind: Any) -> None:
    """A portfolio that goes on saying "affected" calls for the same attention every morning."""
    other = clinic.CLIENT.model_copy(update={"id": "other", "name": "Other"})
    open_still = clinic.brief(client=other)
    decided = [clinic.note(item.key, kind, fingerprint=item.fingerprint) for item in clinic.brief().items]
    held = clinic.brief(notes=decided)
    both = {row.cve_ids: row for row in compose_portfolio((held, open_still), {}, clinic.FRIDAY).rows}
    assert both[clinic.LOADMASTER,].cells == {"northgate": "decided", "other": "unknown"}
    half = clinic.brief(notes=[note for note in decided if note.item_key == open_still.items[0].key])
    rows = compose_portfolio((half,), {}, clinic.FRIDAY).rows
    told = [row for row in rows if row.cells["northgate"] == "decided"]
    assert told == (list(rows[-1:]) if kind == "acknowledge" else [])
    assert rows[0].cve_ids != open_still.items[0].cve_ids


def test_order_of_briefs_does_not_show_and_failures_are_kept(clinic: Any) -> None:
    briefs = two_clients(clinic)
    one = compose_portfolio(briefs, {"lost": "the database is of a newer version"}, clinic.FRIDAY)
    two = compose_portfolio(tuple(reversed(briefs)), {"lost": "the database is of a newer version"}, clinic.FRIDAY)
    assert one == two
    assert one.failed == {"lost": "the database is of a newer version"}


def test_no_client_at_all(clinic: Any) -> None:
    portfolio = compose_portfolio((), {}, clinic.FRIDAY)
    assert portfolio.rows == ()
    assert portfolio.day == clinic.FRIDAY.date()
