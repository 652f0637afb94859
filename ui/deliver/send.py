"""Sends what is due: walks over the outboxes, one message at a time, claimed before and settled after."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ingest.http import context_with_authorities
from ingest.post import Poster
from knowledge.errors import VcisoError
from knowledge.outbox import AnyPlace, claim_next, discard, queue_message, settle
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.brief import Brief, Portfolio
from knowledge.records.delivery import Attempt, OutboxEntry
from knowledge.settings import Settings
from ui.deliver.chat import slack_payload, teams_payload
from ui.deliver.mail import send_mail
from ui.deliver.messages import brief_message, portfolio_message, trial_message


@dataclass(frozen=True, slots=True)
class Channels:
    """How messages leave.

    Args:
        settings: the mail server and its account.
        poster: for webhooks.
        environment: where the addresses of webhooks are; tests put their own.
    """

    settings: Settings
    poster: Poster
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def send(self, entry: OutboxEntry, now: datetime) -> Attempt:
        """Sends a claimed entry."""
        message = entry.message
        if message is None:
            return Attempt(result="refused", reason="its text is gone")
        if entry.channel == "mail":
            return send_mail(entry, message, self.settings, now)
        url = self.environment.get(entry.target, "").strip()
        if not url:
            return Attempt(result="again", reason=f"{entry.target} is not set in the environment", endpoint_down=True)
        document = slack_payload(message) if entry.channel == "slack" else teams_payload(message)
        done = self.poster.post(url, document, now=now)
        return Attempt(
            result=done.result, reason=done.sentence, wait_seconds=done.wait_seconds, endpoint_down=done.down
        )


def make_channels(settings: Settings) -> Channels:
    """The channels as the settings want them.

    Raises:
        SettingsError: the proxy or the file of authorities cannot be used.
    """
    context = context_with_authorities(settings.ca_file) if settings.ca_file else None
    return Channels(settings, Poster(proxy=settings.proxy, ssl_context=context))


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one walk did: the settled entries, and places that could not be opened with the reason."""

    entries: tuple[tuple[ClientId, OutboxEntry], ...]
    """With the client's id; empty for the portfolio's."""
    failed: dict[ClientId, str]

    @property
    def sent(self) -> int:
        """How many messages left."""
        return sum(entry.state == "sent" for _, entry in self.entries)


def queue_brief(place: AnyPlace, brief: Brief, now: datetime) -> int:
    """Puts a brief in its client's outbox; once a day, however often it is written. Returns how many targets it has."""
    return queue_message(place, brief_message(brief), now)


def queue_portfolio(places: Places, portfolio: Portfolio, now: datetime, late: Sequence[str] = ()) -> int:
    """Puts the portfolio in its outbox; once a day."""
    return queue_message(places.shared(), portfolio_message(portfolio, late), now)


def deliver_due(
    places: Places,
    channels: Channels,
    clock: Callable[[], datetime],
    *,
    clients: Sequence[ClientId] | None = None,
    stop: threading.Event | None = None,
) -> Delivered:
    """Sends every due message; a channel that is down holds up nothing else.

    Args:
        places: the open home.
        channels: how messages leave.
        clock: the time, asked anew for each message.
        clients: ids; None for every active client and the portfolio.
        stop: ends the walk after the message that is in hand.
    """
    entries: list[tuple[ClientId, OutboxEntry]] = []
    failed: dict[ClientId, str] = {}
    down: dict[str, Attempt] = {}
    for client_id in [client.id for client in places.profiles()] if clients is None else clients:
        try:
            with places.client(client_id) as place:
                entries += [(client_id, entry) for entry in _empty(place, channels, clock, down, stop=stop)]
        except VcisoError as error:
            failed[client_id] = str(error)
    if clients is None and places.is_admin():
        entries += [("", entry) for entry in _empty(places.shared(), channels, clock, down, stop=stop)]
    return Delivered(tuple(entries), failed)


def send_trial(places: Places, channels: Channels, clock: Callable[[], datetime], client_id: ClientId) -> Delivered:
    """Sends a test message to every target of a client, right now.

    One that does not arrive is given up at once: nobody waits for a test.

    Raises:
        NotFoundError: no such client.
        PermissionDeniedError: whoever acts is no owner of it.
    """
    client = places.require(client_id, "own")
    with places.client(client_id) as place:
        return Delivered(_trial(place, client_id, client.name, channels, clock), {})


def send_portfolio_trial(places: Places, channels: Channels, clock: Callable[[], datetime]) -> Delivered:
    """Sends a test message to every target of the portfolio.

    Raises:
        PermissionDeniedError: whoever acts does not run the portfolio.
    """
    return Delivered(_trial(places.shared(), "", "the portfolio", channels, clock), {})


def _trial(
    place: AnyPlace, client_id: ClientId, whose: str, channels: Channels, clock: Callable[[], datetime]
) -> tuple[tuple[ClientId, OutboxEntry], ...]:
    message = trial_message(whose, clock())
    queue_message(place, message, clock())
    found = _empty(place, channels, clock, {}, prefix=message.key)
    discard(place, clock(), [entry.id for entry in found if entry.state != "sent"])
    return tuple((client_id, entry) for entry in found)


def _empty(
    place: AnyPlace,
    channels: Channels,
    clock: Callable[[], datetime],
    down: dict[str, Attempt],
    *,
    prefix: str = "",
    stop: threading.Event | None = None,
) -> list[OutboxEntry]:
    """Sends what is due of one outbox. `down`: far sides that could not be reached in this walk are not asked again."""
    settled: list[OutboxEntry] = []
    while not (stop and stop.is_set()) and (entry := claim_next(place, clock(), prefix=prefix)) is not None:
        endpoint = "mail" if entry.channel == "mail" else entry.target
        attempt = down.get(endpoint) or channels.send(entry, clock())
        if attempt.endpoint_down and endpoint not in down:
            down[endpoint] = _for_the_others(attempt, entry)
        settled.append(settle(place, entry, attempt, clock()))
    return settled


def _for_the_others(attempt: Attempt, entry: OutboxEntry) -> Attempt:
    """What holds for further messages to a far side that is down: they did not leave, whatever became of this one."""
    if attempt.result == "again":
        return attempt
    whose = "the mail server" if entry.channel == "mail" else "the webhook"
    return attempt.model_copy(update={"result": "again", "reason": f"{whose} did not answer to the message before"})
