"""Day after day: the same brief twice, tomorrow only what is new or changed, decisions that hold until a change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from advisor.brief.state import PreviousState, remember
from knowledge.errors import UsageError

DAY = timedelta(days=1)


def keys(items: Any) -> list[str]:
    return [item.story_id for item in items]


def find(brief: Any, story_id: str) -> Any:
    return next(item for item in (*brief.items, *brief.quiet) if item.story_id == story_id)


def after_friday(clinic: Any, **given: Any) -> tuple[Any, PreviousState]:
    first = clinic.brief(**given)
    return first, remember(PreviousState(), first)


def changed(clinic: Any, position: int, **fields: Any) -> tuple[Any, ...]:
    verdicts = list(clinic.VERDICTS)
    verdicts[position] = verdicts[position].model_copy(update=fields)
    return tuple(verdicts)


def test_twice_on_a_day_is_one_brief(clinic: Any) -> None:
    first, state = after_friday(clinic)
    again = clinic.brief(now=clinic.FRIDAY + timedelta(hours=5))
    assert again.model_dump(exclude={"written_at"}) == first.model_dump(exclude={"written_at"})
    saturday = [clinic.brief(previous=state, now=clinic.FRIDAY + DAY + timedelta(hours=h)) for h in (0, 3)]
    assert saturday[0].model_dump(exclude={"written_at"}) == saturday[1].model_dump(exclude={"written_at"})


def test_state_of_the_same_day_is_refused(clinic: Any) -> None:
    _, state = after_friday(clinic)
    with pytest.raises(UsageError, match="not before 2026-08-07"):
        clinic.brief(previous=state, now=clinic.FRIDAY + timedelta(hours=2))


def test_unchanged_pressing_items_stay_open_and_the_others_go_quiet(clinic: Any) -> None:
    first, state = after_friday(clinic)
    second = clinic.brief(previous=state, now=clinic.FRIDAY + DAY)
    assert keys(second.items) == ["s-ncentral", "s-loadmaster"]
    assert all(item.changes == ("none",) for item in second.items)
    assert all(item.first_seen_on == date(2026, 8, 7) for item in second.items)
    assert sorted(keys(second.quiet)) == ["s-invoices", "s-windows"]
    assert second.headline == "Nothing new needs you today. Two items are still open from earlier days."
    assert second.since == first.written_at
    assert second.not_affected == first.not_affected
    assert second.not_affected_new == 0


def test_overdue_item_does_not_vanish_and_says_how_long(clinic: Any) -> None:
    _, state = after_friday(clinic)
    later = clinic.brief(previous=state, now=clinic.FRIDAY + 5 * DAY)
    item = find(later, "s-loadmaster")
    assert item in later.items
    assert item.due == date(2026, 8, 10)
    assert item.due_sentence.startswith("Today; it was due on Monday 10 Aug: two days over")


def test_added_to_kev_brings_it_back_with_the_reason(clinic: Any) -> None:
    without = {cve: entry for cve, entry in clinic.KEV.items() if cve != clinic.LOADMASTER}
    first, state = after_friday(clinic, look=clinic.facts(kev=without))
    assert find(first, "s-loadmaster").label == "watch"
    second = clinic.brief(previous=state, now=clinic.FRIDAY + DAY)
    item = find(second, "s-loadmaster")
    assert "added-to-kev" in item.changes
    assert item.label == "check-today"
    assert item.why_now.startswith("Changed since Friday 7 Aug: CISA added it to its catalogue of exploited flaws")
    assert item.first_seen_on == date(2026, 8, 7)
    third = clinic.brief(previous=remember(state, second), now=clinic.FRIDAY + 2 * DAY)
    assert find(third, "s-loadmaster").changes == ("none",)


def test_patch_released(clinic: Any) -> None:
    _, state = after_friday(clinic)
    second = clinic.brief(verdicts=changed(clinic, 1, fixed_in=("7.2.63.2",)), previous=state, now=clinic.FRIDAY + DAY)
    item = find(second, "s-loadmaster")
    assert item.changes == ("patch-released",)
    assert "a fix is out (7.2.63.2)" in item.why_now


def test_version_range_changed(clinic: Any) -> None:
    hit = clinic.verdict(
        clinic.C_LOADMASTER, "version-unknown", clinic.LB, cves=(clinic.LOADMASTER,), ranges=("< 7.2.1",)
    )
    wider = clinic.verdict(
        clinic.C_LOADMASTER, "version-unknown", clinic.LB, cves=(clinic.LOADMASTER,), ranges=("< 7.3",)
    )
    _, state = after_friday(clinic, verdicts=(hit,))
    second = clinic.brief(verdicts=(wider,), previous=state, now=clinic.FRIDAY + DAY)
    assert second.items[0].changes == ("range-changed",)


def test_verdict_changed_to_affected_and_then_settled(clinic: Any) -> None:
    _, state = after_friday(clinic)
    second = clinic.brief(verdicts=changed(clinic, 1, kind="affected"), previous=state, now=clinic.FRIDAY + DAY)
    item = find(second, "s-loadmaster")
    assert item.changes == ("verdict-changed",)
    assert "what was open is settled: you are affected" in item.why_now
    done = changed(clinic, 1, kind="version-not-affected", reason="Load balancer runs 7.2.64")
    third = clinic.brief(verdicts=done, previous=remember(state, second), now=clinic.FRIDAY + 2 * DAY)
    assert "s-loadmaster" not in keys((*third.items, *third.quiet))
    assert third.not_affected_new == 1
    assert "Load balancer runs 7.2.64. Settled: it was open in the last brief." in third.not_affected[0]
    state3 = remember(remember(state, second), third)
    fourth = clinic.brief(previous=state3, now=clinic.FRIDAY + 3 * DAY)
    assert find(fourth, "s-loadmaster").changes == ("new",)


def test_key_and_memory_survive_a_story_that_grows_or_is_regrouped(clinic: Any) -> None:
    first, state = after_friday(clinic)
    key = find(first, "s-loadmaster").key
    regrouped = clinic.story("s-other", (clinic.C_LOADMASTER,), (clinic.LOADMASTER, "CVE-2026-33691"))
    wider = clinic.verdict(
        clinic.C_LOADMASTER, "version-unknown", clinic.LB, cves=(clinic.LOADMASTER, "CVE-2026-33691")
    )
    second = clinic.brief(verdicts=(wider,), stories=(regrouped,), previous=state, now=clinic.FRIDAY + DAY)
    assert second.items[0].key == key
    assert second.items[0].first_seen_on == date(2026, 8, 7)


def test_absent_item_is_remembered(clinic: Any) -> None:
    _, state = after_friday(clinic)
    gap = clinic.brief(verdicts=(), stories=(), previous=state, now=clinic.FRIDAY + DAY)
    state = remember(state, gap)
    back = clinic.brief(previous=state, now=clinic.FRIDAY + 2 * DAY)
    assert find(back, "s-windows") in back.quiet


def dismissed(clinic: Any, kind: str = "dismiss", **given: Any) -> tuple[PreviousState, Any, Any]:
    first, state = after_friday(clinic)
    item = find(first, "s-loadmaster")
    note = clinic.note(
        item.key,
        kind,
        text="Gets replaced",
        fingerprint=item.fingerprint,
        at=clinic.FRIDAY + timedelta(hours=1),
        **given,
    )
    return state, item, note


def test_dismissed_stays_quiet_while_nothing_changes(clinic: Any) -> None:
    state, _, note = dismissed(clinic)
    same_day = clinic.brief(notes=(note,), now=clinic.FRIDAY + timedelta(hours=2))
    assert "s-loadmaster" in keys(same_day.quiet)
    for days in (1, 2, 3):
        brief = clinic.brief(previous=state, notes=(note,), now=clinic.FRIDAY + days * DAY)
        assert "s-loadmaster" not in keys(brief.items)
        assert brief.quiet_dismissed == 1
        state = remember(state, brief)


def test_dismissed_comes_back_once_when_it_changes_and_says_what(clinic: Any) -> None:
    state, _, note = dismissed(clinic)
    state = remember(state, clinic.brief(previous=state, notes=(note,), now=clinic.FRIDAY + DAY))
    fixed = changed(clinic, 1, fixed_in=("7.2.63.2",))
    back = clinic.brief(verdicts=fixed, previous=state, notes=(note,), now=clinic.FRIDAY + 2 * DAY)
    item = find(back, "s-loadmaster")
    assert item.changes == ("reopened", "patch-released")
    assert item.standing == "open"
    assert back.reopened == 1
    assert item.why_now.startswith(
        "You had put it aside, and it changed since Saturday 8 Aug: a fix is out (7.2.63.2)."
    )
    following = clinic.brief(verdicts=fixed, previous=remember(state, back), notes=(note,), now=clinic.FRIDAY + 3 * DAY)
    assert find(following, "s-loadmaster").changes == ("none",)
    assert following.reopened == 0


def test_second_dismissal_of_the_changed_item_holds(clinic: Any) -> None:
    state, _, note = dismissed(clinic)
    fixed = changed(clinic, 1, fixed_in=("7.2.63.2",))
    back = clinic.brief(verdicts=fixed, previous=state, notes=(note,), now=clinic.FRIDAY + DAY)
    item = find(back, "s-loadmaster")
    again = clinic.note(item.key, "dismiss", text="Still", fingerprint=item.fingerprint, at=clinic.FRIDAY + DAY)
    brief = clinic.brief(
        verdicts=fixed, previous=remember(state, back), notes=(note, again), now=clinic.FRIDAY + 2 * DAY
    )
    assert "s-loadmaster" in keys(brief.quiet)


def test_new_asset_reopens_a_dismissal(clinic: Any) -> None:
    state, _, note = dismissed(clinic)
    other = clinic.LB.model_copy(update={"id": "LB-02", "name": "Second load balancer"})
    more = clinic.verdict(clinic.C_LOADMASTER, "version-unknown", other, cves=(clinic.LOADMASTER,))
    brief = clinic.brief(
        verdicts=(*clinic.VERDICTS, more),
        previous=state,
        notes=(note,),
        look=clinic.facts(assets={**clinic.ASSETS, "LB-02": other}),
        now=clinic.FRIDAY + DAY,
    )
    item = find(brief, "s-loadmaster")
    assert item.changes == ("reopened", "verdict-changed")
    assert "one more row of yours is concerned" in item.why_now


def test_closed_dismissal_lets_the_item_back(clinic: Any) -> None:
    state, item, note = dismissed(clinic)
    state = remember(state, clinic.brief(previous=state, notes=(note,), now=clinic.FRIDAY + DAY))
    closed = note.model_copy(update={"closed_at": clinic.FRIDAY + DAY + timedelta(hours=1)})
    brief = clinic.brief(previous=state, notes=(closed,), now=clinic.FRIDAY + 2 * DAY)
    assert find(brief, "s-loadmaster").changes == ("reopened",)
    assert item.key == find(brief, "s-loadmaster").key


def test_snoozed_until_its_day_then_back(clinic: Any) -> None:
    state, _, note = dismissed(clinic, "snooze", until=None)
    note = note.model_copy(update={"until": clinic.FRIDAY + 3 * DAY - timedelta(hours=1)})
    for days, aside in ((1, True), (2, True), (3, False), (4, False)):
        brief = clinic.brief(previous=state, notes=(note,), now=clinic.FRIDAY + days * DAY)
        assert ("s-loadmaster" in keys(brief.quiet)) is aside
        if days == 3:
            item = find(brief, "s-loadmaster")
            assert item.changes == ("reopened",)
            assert item.why_now.startswith("Back after you put it aside since Sunday 9 Aug.")
        if days == 4:
            assert find(brief, "s-loadmaster").changes == ("none",)
        state = remember(state, brief)


def test_acknowledged_is_in_hand_takes_no_budget_and_returns_when_it_changes(clinic: Any) -> None:
    state, _, note = dismissed(clinic, "acknowledge")
    narrow = clinic.with_budget(1)
    brief = clinic.brief(previous=state, notes=(note,), now=clinic.FRIDAY + DAY, client=narrow)
    item = find(brief, "s-loadmaster")
    assert (item.standing, item.below_the_line, item.notes) == ("acknowledged", False, (note,))
    assert brief.open_notes == (note,)
    assert find(brief, "s-ncentral").below_the_line is False
    fixed = changed(clinic, 1, fixed_in=("7.2.63.2",))
    again = clinic.brief(verdicts=fixed, previous=remember(state, brief), notes=(note,), now=clinic.FRIDAY + 2 * DAY)
    assert find(again, "s-loadmaster").standing == "open"
    assert find(again, "s-loadmaster").changes == ("patch-released",)


def test_plain_note_stays_open_beside_the_item(clinic: Any) -> None:
    first, state = after_friday(clinic)
    note = clinic.note(find(first, "s-windows").key, "note", text="Patch window on Sunday")
    brief = clinic.brief(previous=state, notes=(note,), now=clinic.FRIDAY + DAY)
    assert brief.open_notes == (note,)
    assert find(brief, "s-windows") in brief.quiet
    assert find(brief, "s-windows").notes == (note,)


def test_changed_items_come_before_still_open_ones_of_the_same_label(clinic: Any) -> None:
    _, state = after_friday(clinic)
    kev = {
        **clinic.KEV,
        clinic.WINDOWS: clinic.kev(
            clinic.WINDOWS, "Microsoft", "Windows", date(2026, 8, 8), date(2026, 8, 29), "CWE-416", "known"
        ),
    }
    brief = clinic.brief(previous=state, look=clinic.facts(kev=kev), now=clinic.FRIDAY + DAY)
    checks = [item for item in brief.items if item.label == "check-today"]
    assert [item.story_id for item in checks][:1] == ["s-windows"]
    assert "Ransomware is among the known uses." in checks[0].why_now


def test_state_survives_json(clinic: Any) -> None:
    _, state = after_friday(clinic)
    assert PreviousState.model_validate_json(state.model_dump_json()) == state


@pytest.mark.parametrize("ident", ["n-0", "n-9"])
def test_another_report_on_the_same_thing_is_no_change(clinic: Any, ident: str) -> None:
    record = clinic.verdict(
        clinic.C_LOADMASTER, "version-unknown", clinic.LB, cves=(clinic.LOADMASTER,), ranges=("< 7.2.63.2",)
    )
    first = clinic.brief(verdicts=(record,))
    report = clinic.item("news", ident)
    echo = clinic.verdict(report, "version-unknown", clinic.LB, cves=(clinic.LOADMASTER,), words="LoadMaster")
    second = clinic.brief(
        verdicts=(record, echo),
        stories=(clinic.story("s-loadmaster", (report, clinic.C_LOADMASTER), (clinic.LOADMASTER,)),),
        previous=remember(PreviousState(), first),
        now=clinic.FRIDAY + DAY,
    )
    assert [item.changes for item in second.items] == [("none",)]
