"""Stories: one event once, stable ids, order does not matter, roundups chain nothing."""

import random
from datetime import UTC, datetime, timedelta

from advisor.triage.stories import StoryItem, group
from knowledge.records.triage import ItemRef

DAY = datetime(2026, 8, 7, tzinfo=UTC)


def item(
    key: str, title: str, day: int = 0, cves: tuple[str, ...] = (), summary: str = "", kind: str = "news"
) -> StoryItem:
    ref = ItemRef.model_validate({"kind": kind, "id": key})
    return StoryItem(ref, title, DAY + timedelta(days=day), summary, cves)


def sets(items: list[StoryItem]) -> set[frozenset[str]]:
    return {frozenset(ref.id for ref in story.items) for story in group(items)}


def test_a_shared_cve_within_days_is_one_story() -> None:
    items = [
        item("a", "Vendor fixes a hole", 0, ("CVE-2026-1",)),
        item("b", "Attack seen", 2, ("CVE-2026-1",)),
        item("c", "A year later", 40, ("CVE-2026-1",)),
        item("CVE-2026-1", "", 1, ("CVE-2026-1",), kind="cve"),
    ]
    assert sets(items) == {frozenset({"a", "b"}), frozenset({"c", "CVE-2026-1"})}


def test_alike_titles_without_ids_are_one_story() -> None:
    items = [
        item("a", "Quagga Frobnicator zero-day exploited in attacks", 0),
        item("b", "Hackers exploiting Quagga Frobnicator vulnerability", 1),
        item("c", "Zebra Mailer outage hits Europe", 1),
        item("d", "Hackers exploiting Quagga Frobnicator vulnerability", 30),
    ]
    assert sets(items) == {frozenset({"a", "b"}), frozenset({"c"}), frozenset({"d"})}


def test_words_of_every_security_story_join_nothing() -> None:
    titles = ("CISA Adds Exploited Quagga Flaw to KEV Catalog", "CISA Adds Exploited Zebra Flaw to KEV Catalog")
    assert len(sets([item(str(i), title) for i, title in enumerate(titles)])) == 2


def test_different_cves_stay_apart_however_alike() -> None:
    items = [
        item("a", "Quagga Frobnicator vulnerability exploited", 0, ("CVE-2026-1",)),
        item("b", "Quagga Frobnicator vulnerability exploited", 0, ("CVE-2026-2",)),
    ]
    assert len(sets(items)) == 2


def test_a_roundup_does_not_chain() -> None:
    many = tuple(f"CVE-2026-{n}" for n in range(1, 9))
    items = [item("r", "Weekly roundup", 0, many)]
    items += [
        item(str(n), f"{name} hole patched", 0, (f"CVE-2026-{n}",))
        for n, name in ((1, "Quagga"), (2, "Zebra"), (3, "Kudu"))
    ]
    assert len(sets(items)) == 4


def test_ids_stay_and_order_does_not_matter() -> None:
    items = [
        item("a", "Quagga hole", 0, ("CVE-2026-1",)),
        item("b", "Quagga hole exploited", 1, ("CVE-2026-1",)),
        item("c", "Kudu", 1),
    ]
    before = group(items)
    shuffled = list(items)
    random.Random(3).shuffle(shuffled)
    assert group(shuffled) == before
    later = group([*items, item("d", "More on the Quagga hole", 2, ("CVE-2026-1",))])
    assert {story.id for story in before} == {story.id for story in later}
    assert all(story.id.startswith("s-") and len(story.id) == 14 for story in before)
    assert group([]) == []
