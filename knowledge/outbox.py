"""Messages on their way out of a place: queued once, claimed before they are sent, settled afterwards.

A message is claimed, and the claim is on disk, before a byte of it leaves; the outcome is written down after. A process
that dies in between leaves a claim behind. The next one cannot know whether the message arrived, so it marks it as
unsure and never sends it again by itself: at most once after a kill, exactly once otherwise.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from knowledge.errors import UsageError
from knowledge.place import ClientPlace, SharedPlace
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.delivery import Attempt, Channel, Delivery, Message, OutboxEntry
from knowledge.store.units import ClientUnit, SharedUnit

DELIVERY: Final = "delivery"
BACKOFF_MINUTES: Final = (1, 5, 15, 60, 240, 480)
"""Wait after the first failure, the second, ...; after the last one a person has to ask for another try."""
LONGEST_WAIT: Final = timedelta(hours=24)
"""No server puts a message off for longer."""

AnyPlace = ClientPlace | SharedPlace
Writing = Callable[[], AbstractContextManager[ClientUnit | SharedUnit]]


@lru_cache(maxsize=1)
def process_token() -> str:
    """A name of this process that no other one has, not even one with the same number after a restart."""
    return f"{os.getpid()}-{secrets.token_hex(8)}"


def delivery_of(place: AnyPlace) -> Delivery:
    """Where a client's messages go; for the shared place, the portfolio's."""
    with place.read() as unit:
        return unit.settings.get(DELIVERY, Delivery)


def set_delivery(place: AnyPlace, delivery: Delivery, now: datetime) -> Delivery:
    """Keeps where messages go: for owners of the client, for the portfolio's for administrators.

    Raises:
        PermissionDeniedError: whoever acts is neither.
    """
    with place.write("own") if isinstance(place, ClientPlace) else place.write() as unit:
        before = unit.settings.get(DELIVERY, Delivery)
        if before != delivery:
            unit.settings.put(DELIVERY, delivery)
            detail = delivery.model_dump(mode="json")
            # The shared chain outlives everything, so it keeps how many addresses there are, not which.
            kept = detail if isinstance(place, ClientPlace) else detail | {"mail": len(delivery.mail)}
            unit.audit.append(now, "delivery.set", "delivery", **kept)
    return delivery


def brief_key(day: date) -> str:
    """The key under which a day's brief goes out."""
    return f"brief:{day:%Y-%m-%d}"


def entry_id(key: str, channel: Channel, target: str) -> str:
    """The one id of a message to a target: what makes a second one of the same key impossible."""
    return f"m-{hashlib.sha256(chr(0).join((key, channel, target)).encode()).hexdigest()[:16]}"


def queue_message(place: AnyPlace, message: Message, now: datetime, *, to: Collection[str] = ()) -> int:
    """Puts a message in the outbox of a client's place (or of the portfolio's): once per key and target.

    Args:
        place: whose delivery settings say where it goes.
        message: of its key, each target ever gets one.
        now: when.
        to: addresses to write to instead, taken from the client's own records, never from a text of others.

    Returns:
        How many targets it is new for; 0 where it had been queued before or nobody is to get it.
    """
    with _writing(place)() as unit:
        targets = unit.settings.get(DELIVERY, Delivery).targets()
        if to:
            targets = tuple(("mail", address) for address in dict.fromkeys(to))
        added = 0
        for channel, target in targets:
            entry = OutboxEntry(
                id=entry_id(message.key, channel, target),
                key=message.key,
                channel=channel,
                target=target,
                fixed=bool(to),
                subject=message.subject,
                created_at=now,
                next_try_at=now,
                message=message,
            )
            added += unit.outbox.add(entry)
    return added


def claim_next(place: AnyPlace, now: datetime, *, prefix: str = "") -> OutboxEntry | None:
    """Takes the next due message in hand; on disk before this returns. None where nothing is due.

    Claims that another process left behind become unsure; a target that is no recipient any more is dropped.

    Args:
        place: whose outbox.
        now: when.
        prefix: only messages whose key begins so.
    """
    with place.read() as seen:  # most looks find nothing, and need no write
        orphaned = any(one.claimed_by != process_token() for one in seen.outbox.list(states=["claimed"]))
        if not orphaned and not any(entry.key.startswith(prefix) for entry in seen.outbox.due(now)):
            return None
    with _writing(place)() as unit:
        for orphan in unit.outbox.list(states=["claimed"]):
            if orphan.claimed_by != process_token():
                reason = "the copilot ended while it was being sent, so it may or may not have arrived"
                unit.outbox.put(orphan.model_copy(update={"state": "unsure", "reason": reason}))
                _trace(unit, now, "message.unsure", orphan)
        targets = set(unit.settings.get(DELIVERY, Delivery).targets())
        for entry in unit.outbox.due(now):
            if not entry.key.startswith(prefix):
                continue
            if not entry.fixed and (entry.channel, entry.target) not in targets:
                gone = {"state": "dropped", "reason": "is no recipient any more", "message": None, "next_try_at": None}
                unit.outbox.put(entry.model_copy(update=gone))
                continue
            taken = {"state": "claimed", "claimed_by": process_token(), "attempts": entry.attempts + 1}
            claimed = entry.model_copy(update=taken)
            unit.outbox.put(claimed)
            return claimed
    return None


def settle(place: AnyPlace, entry: OutboxEntry, attempt: Attempt, now: datetime) -> OutboxEntry:
    """Writes down how a try ended and when the next one is."""
    settled = after_attempt(entry, attempt, now)
    with _writing(place)() as unit:
        unit.outbox.put(settled)
        if settled.state != "queued":
            _trace(unit, now, f"message.{settled.state}", settled)
    return settled


def after_attempt(entry: OutboxEntry, attempt: Attempt, now: datetime) -> OutboxEntry:
    """The entry after a try; pure."""
    if attempt.result == "sent":
        done = {"state": "sent", "sent_at": now, "reason": "", "next_try_at": None, "message": None}
        return entry.model_copy(update=done)
    if attempt.result == "unsure":
        return entry.model_copy(update={"state": "unsure", "reason": attempt.reason, "next_try_at": None})
    if attempt.result == "refused" or entry.attempts > len(BACKOFF_MINUTES):
        return entry.model_copy(update={"state": "failed", "reason": attempt.reason, "next_try_at": None})
    wait = timedelta(minutes=BACKOFF_MINUTES[max(entry.attempts, 1) - 1])
    wait = max(wait, min(timedelta(seconds=attempt.wait_seconds), LONGEST_WAIT))
    return entry.model_copy(update={"state": "queued", "reason": attempt.reason, "next_try_at": now + wait})


def retry(
    place: AnyPlace, now: datetime, *, ids: Collection[str] = (), unsure: bool = False
) -> tuple[OutboxEntry, ...]:
    """Makes messages that failed or wait due at once.

    Args:
        place: whose outbox.
        now: when.
        ids: only these; default all.
        unsure: also those that may have arrived, so that somebody may get them twice.

    Raises:
        NotFoundError: no message of such an id.
        UsageError: an id of a message that was sent, or that is unsure without `unsure`.
    """
    with _writing(place)() as unit:
        chosen = tuple(unit.outbox.get(one) for one in ids) if ids else unit.outbox.undelivered()
        due = []
        for entry in chosen:
            if entry.state in ("queued", "failed") or (entry.state == "unsure" and unsure):
                again = {"state": "queued", "attempts": 0, "next_try_at": now}
                due.append(entry.model_copy(update=again))
                unit.outbox.put(due[-1])
                _trace(unit, now, "message.retry", entry)
            elif ids:
                hint = "Add --unsure to send it again all the same." if entry.state == "unsure" else ""
                raise UsageError(f"is {entry.state}, so it is not sent again", subject=entry.id, hint=hint)
    return tuple(due)


def discard(place: AnyPlace, now: datetime, ids: Collection[str]) -> tuple[OutboxEntry, ...]:
    """Gives messages up for good: they are not sent, and briefs do not speak of them any more.

    Raises:
        NotFoundError: no message of such an id.
        UsageError: one that was sent, or is being sent.
    """
    dropped = []
    with _writing(place)() as unit:
        for entry in [unit.outbox.get(one) for one in ids]:
            if entry.state in ("sent", "claimed"):
                raise UsageError(f"is {entry.state}, so it cannot be given up", subject=entry.id)
            given_up = {"state": "dropped", "message": None, "next_try_at": None}
            dropped.append(entry.model_copy(update=given_up))
            unit.outbox.put(dropped[-1])
            _trace(unit, now, "message.dropped", entry)
    return tuple(dropped)


def undelivered(places: Places) -> tuple[tuple[ClientId, OutboxEntry], ...]:
    """What has not arrived, client by client, then the portfolio's (under an empty id, for administrators)."""
    found: list[tuple[ClientId, OutboxEntry]] = []
    for client in places.profiles():
        with places.client(client.id) as place, place.read() as unit:
            found += [(client.id, entry) for entry in unit.outbox.undelivered()]
    if places.is_admin():
        with places.shared().read() as unit:
            found += [("", entry) for entry in unit.outbox.undelivered()]
    return tuple(found)


def target_words(entry: OutboxEntry) -> str:
    """Where a message goes, as a person says it; a webhook by the name of its variable."""
    return {
        "mail": f"mail to {entry.target}",
        "slack": f"Slack ({entry.target})",
        "teams": f"Teams ({entry.target})",
    }[entry.channel]


def undelivered_sentences(entries: Sequence[OutboxEntry], zone: tzinfo, *, besides: str = "") -> tuple[str, ...]:
    """A sentence for each message that has not arrived, for the next brief's "Not covered today".

    Args:
        entries: of an outbox.
        zone: in which times are told.
        besides: key of the message that is only being written, left out.
    """
    said = []
    for entry in entries:
        if entry.key == besides:
            continue
        head = f"“{entry.subject}” by {target_words(entry)}"
        why = f": {entry.reason}" if entry.reason else ""
        if entry.state == "unsure":
            said.append(f"{head} may not have arrived{why}.")
        elif entry.state == "failed":
            said.append(f"{head} was not delivered{why}; it is not tried again by itself.")
        else:
            at = entry.next_try_at.astimezone(zone) if entry.next_try_at else None
            said.append(f"{head} is not delivered yet{why}{f'; next try {at:%H:%M}' if at else ''}.")
    return tuple(said)


def _writing(place: AnyPlace) -> Writing:
    return place.write


def _trace(unit: ClientUnit | SharedUnit, now: datetime, action: str, entry: OutboxEntry) -> None:
    # The portfolio's messages are traced by id alone: the shared chain outlives users and clients.
    detail = {} if isinstance(unit, SharedUnit) else {"key": entry.key, "to": target_words(entry)}
    unit.audit.append(now, action, entry.id, channel=entry.channel, attempts=entry.attempts, **detail)
