"""An outbox sends each message once: claimed before, settled after, and a claim that died is never sent again."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knowledge import outbox
from knowledge.access import add_user, grant_role
from knowledge.clients import add_client, new_ref, remove_client
from knowledge.errors import NotFoundError, PermissionDeniedError, UsageError
from knowledge.handover import export_client, import_client
from knowledge.outbox import (
    BACKOFF_MINUTES,
    after_attempt,
    claim_next,
    delivery_of,
    discard,
    entry_id,
    queue_message,
    retry,
    set_delivery,
    settle,
    undelivered,
    undelivered_sentences,
)
from knowledge.places import Places
from knowledge.records.access import Principal
from knowledge.records.client import Client
from knowledge.records.delivery import Attempt, Delivery, Message, OutboxEntry
from knowledge.settings import Settings

DANA = "dana@northgate.example"
NOTE = Message(key="note:1", subject="A note", lead="canary-text-5521")


@pytest.fixture
def northgate(places: Places, now: datetime) -> Client:
    client = add_client(places, Client(id="northgate", ref=new_ref(), name="Northgate", created_at=now), now)
    with places.client("northgate") as place:
        set_delivery(place, Delivery(mail=(DANA,)), now)
    return client


def test_a_message_is_queued_once_for_each_target(places: Places, northgate: Client, now: datetime) -> None:
    with places.client("northgate") as place:
        set_delivery(place, Delivery(mail=(DANA, "lee@northgate.example", DANA), slack_url_env="HOOK"), now)
        assert queue_message(place, NOTE, now) == 3
        assert queue_message(place, NOTE.model_copy(update={"subject": "Other"}), now) == 0
        assert queue_message(place, NOTE, now, to=("sam@northgate.example", DANA)) == 1, "Dana has it already"
        with place.read() as unit:
            assert {entry.target for entry in unit.outbox.list()} == {DANA, "lee@northgate.example", "HOOK",
                                                                      "sam@northgate.example"}  # fmt: skip


def test_ids_tell_every_part_apart() -> None:
    ids = {
        entry_id("a", "mail", "b"),
        entry_id("ab", "mail", ""),
        entry_id("a", "slack", "b"),
        entry_id("", "mail", "ab"),
    }
    assert len(ids) == 4


def test_no_two_threads_claim_the_same(places: Places, northgate: Client, now: datetime) -> None:
    with places.client("northgate") as place:
        for number in range(30):
            queue_message(place, Message(key=f"k:{number}", subject="s"), now)
    claimed: list[str] = []

    def work() -> None:
        with places.client("northgate") as place:
            while (entry := claim_next(place, now)) is not None:
                claimed.append(entry.id)
                settle(place, entry, Attempt(result="sent"), now)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 30


def test_back_off_is_bounded_and_a_server_may_ask_for_more(now: datetime) -> None:
    entry = OutboxEntry(id="m-1", key="k", channel="mail", target=DANA, subject="s", created_at=now)
    waits = []
    for number in range(1, len(BACKOFF_MINUTES) + 2):
        entry = after_attempt(entry.model_copy(update={"attempts": number}), Attempt(result="again", reason="no"), now)
        waits.append((entry.next_try_at - now) // timedelta(minutes=1) if entry.next_try_at else None)
    assert waits == [*BACKOFF_MINUTES, None]
    assert entry.state == "failed"
    first = entry.model_copy(update={"attempts": 1})
    asked = after_attempt(first, Attempt(result="again", wait_seconds=7_200), now)
    assert asked.next_try_at == now + timedelta(hours=2)
    forever = after_attempt(first, Attempt(result="again", wait_seconds=10 * 365 * 86_400), now)
    assert forever.next_try_at == now + timedelta(hours=24)


SEND_AND_DIE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from knowledge.outbox import claim_next, settle
from knowledge.places import Places
from knowledge.records.delivery import Attempt
from knowledge.settings import Settings
now = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
places = Places(Settings(home=Path(sys.argv[1])), now=now)
with places.client("northgate") as place:
    entry = claim_next(place, now)
    if sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    with open(sys.argv[3], "a") as sink:  # what the far side got
        sink.write(entry.id + "\\n")
    if sys.argv[2] == "between":
        os.kill(os.getpid(), signal.SIGKILL)
    settle(place, entry, Attempt(result="sent"), now)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("point", "got", "state"), [("before", 0, "unsure"), ("between", 1, "unsure"), ("after", 1, "sent")]
)
def test_c23_a_kill_never_sends_twice(
    home: Path, tmp_path: Path, now: datetime, point: str, got: int, state: str
) -> None:
    with Places(Settings(home=home), now=now) as places:
        add_client(places, Client(id="northgate", ref=new_ref(), name="Northgate", created_at=now), now)
        with places.client("northgate") as place:
            set_delivery(place, Delivery(mail=(DANA,)), now)
            queue_message(place, NOTE, now)
    sink = tmp_path / "sink"
    sink.write_text("")
    for _ in range(3):  # a process that dies, and two that come after it
        subprocess.run([sys.executable, "-c", SEND_AND_DIE, str(home), point, str(sink)], check=False, timeout=60)
    assert len(sink.read_text().split()) == got, "at most once"
    with Places(Settings(home=home), now=now) as places, places.client("northgate") as place:
        assert claim_next(place, now + timedelta(days=30)) is None
        with place.read() as unit:
            (entry,) = unit.outbox.list()
        assert entry.state == state
        said = undelivered_sentences([entry], UTC)
        if state == "unsure":
            assert said == (
                "“A note” by mail to dana@northgate.example may not have arrived: the copilot ended while it was being "
                "sent, so it may or may not have arrived.",
            )
            assert [one.id for one in retry(place, now, unsure=True)] == [entry.id]
            assert claim_next(place, now) is not None


def test_what_is_in_hand_here_is_not_taken_for_dead(
    places: Places, northgate: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with places.client("northgate") as place:
        queue_message(place, NOTE, now)
        entry = claim_next(place, now)
        assert entry is not None
        assert claim_next(place, now) is None
        with place.read() as unit:
            assert unit.outbox.get(entry.id).state == "claimed"
        monkeypatch.setattr(outbox, "process_token", lambda: "another")
        assert claim_next(place, now) is None
        with place.read() as unit:
            assert unit.outbox.get(entry.id).state == "unsure"
        assert settle(place, entry, Attempt(result="sent"), now).state == "sent", "a late answer still counts"


def test_giving_up_and_trying_again(places: Places, northgate: Client, now: datetime) -> None:
    with places.client("northgate") as place:
        queue_message(place, NOTE, now)
        (one,) = (entry for _, entry in undelivered(places))
        assert discard(place, now, [one.id])[0].state == "dropped"
        assert undelivered(places) == ()
        assert claim_next(place, now) is None
        with pytest.raises(UsageError, match="dropped"):
            retry(place, now, ids=[one.id])
        for call in (retry, discard):
            with pytest.raises(NotFoundError, match="no such message"):
                call(place, now, ids=["m-ghost"])
        queue_message(place, Message(key="k2", subject="s"), now)
        entry = claim_next(place, now)
        assert entry is not None
        with pytest.raises(UsageError, match="claimed"):
            discard(place, now, [entry.id])


def test_settings_are_for_owners_and_hold_no_secret(places: Places, northgate: Client, now: datetime) -> None:
    add_user(places, "ed@northgate.example", now)
    grant_role(places, "ed@northgate.example", "northgate", "editor", now)
    view = places.acting_as(Principal(kind="user", email="ed@northgate.example"))
    with view.client("northgate") as place, pytest.raises(PermissionDeniedError):
        set_delivery(place, Delivery(), now)
    with pytest.raises(PermissionDeniedError):
        set_delivery(view.shared(), Delivery(mail=("ed@northgate.example",)), now)
    with places.client("northgate") as place:
        assert delivery_of(place).mail == (DANA,)
    for wrong in ("https://hooks.example/secret", "lower", "A B", "A=B", "1A", "A\n"):
        with pytest.raises(ValueError, match="environment variable"):
            Delivery(slack_url_env=wrong)
    for wrong in ("dana", "a@b.example\r\nBcc: x@y.example", "=?utf-8?q?=0d=0a?=@a.example", "A <a@b.example>", ""):
        with pytest.raises(ValueError, match="address"):
            Delivery(mail=(wrong,))


def test_a_handover_takes_the_addresses_along_and_sends_nothing(
    places: Places, northgate: Client, now: datetime, tmp_path: Path
) -> None:
    with places.client("northgate") as place:
        queue_message(place, NOTE, now)
    export_client(places, "northgate", tmp_path / "n.zip", now)
    import_client(places, tmp_path / "n.zip", now, as_id="taken")
    with places.client("taken") as place:
        assert claim_next(place, now + timedelta(days=9)) is None
        assert delivery_of(place).mail == (DANA,)
        with place.read() as unit:
            assert [entry.state for entry in unit.outbox.list()] == ["dropped"]
    with places.client("northgate") as place:
        assert claim_next(place, now) is not None, "the one who handed over goes on"


def test_c6_the_portfolios_messages_are_no_residue(places: Places, northgate: Client, now: datetime) -> None:
    shared = places.shared()
    set_delivery(shared, Delivery(mail=("boss@ciso.example",)), now)
    queue_message(shared, Message(key="portfolio:1", subject="Portfolio", lead="Northgate has two open items"), now)
    proof = remove_client(places, "northgate", now)
    assert proof.named_elsewhere == ()
    places.close()
    assert b"northgate" not in (places.home / "shared" / "shared.sqlite3").read_bytes().lower()
    assert claim_next(places.shared(), now) is None
    assert delivery_of(places.shared()).mail == ("boss@ciso.example",)


def test_a_sent_text_is_forgotten(places: Places, northgate: Client, now: datetime) -> None:
    with places.client("northgate") as place:
        queue_message(place, NOTE, now)
        entry = claim_next(place, now)
        assert entry is not None
        settle(place, entry, Attempt(result="sent"), now)
    places.close()
    assert b"canary-text-5521" not in (places.home / "clients" / "northgate" / "client.sqlite3").read_bytes()


def test_sentences_for_a_brief(now: datetime) -> None:
    entry = OutboxEntry(
        id="m-1", key="brief:2026-08-06", channel="slack", target="HOOK", subject="S", created_at=now,
        reason="the webhook answered 503", next_try_at=now + timedelta(hours=1),
    )  # fmt: skip
    failed = entry.model_copy(update={"state": "failed", "next_try_at": None})
    assert undelivered_sentences([entry, failed], UTC) == (
        "“S” by Slack (HOOK) is not delivered yet: the webhook answered 503; next try 07:30.",
        "“S” by Slack (HOOK) was not delivered: the webhook answered 503; it is not tried again by itself.",
    )
    assert undelivered_sentences([entry], UTC, besides="brief:2026-08-06") == ()
