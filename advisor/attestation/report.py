"""Who signed and who is missing, by group; the texts that ask and remind. Pure but for what they are read from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from knowledge.errors import ConflictError
from knowledge.places import ClientPlace
from knowledge.records.attestation import Attestation, Message, Signatory, SignOffRequest
from knowledge.records.base import Record
from knowledge.store.units import ClientUnit


class GroupStanding(Record):
    """One group of an audience."""

    group: str
    """Empty: people without one."""
    asked: int
    signed: int
    missing: tuple[str, ...]
    """`Name <address>` of who has not signed."""


class RequestStanding(Record):
    """How one request stands on a day."""

    request: SignOffRequest
    asked: int
    """Without those who were taken out."""
    signed: int
    revoked: int
    overdue_days: int
    """Since the due day while somebody is missing; 0 before it."""
    groups: tuple[GroupStanding, ...]
    differently_named: tuple[str, ...] = ()
    """Who typed another name than the audience list has: for a person to look at."""

    @property
    def sentence(self) -> str:
        """`38 of 41 signed, 3 missing, 2 days overdue`."""
        left = self.asked - self.signed
        late = f", {self.overdue_days} day{'' if self.overdue_days == 1 else 's'} overdue" if self.overdue_days else ""
        return f"{self.signed} of {self.asked} signed" + (f", {left} missing{late}" if left else "")


@dataclass(frozen=True, slots=True)
class Links:
    """How the secret part of a link becomes an address, and what the messages call the sender."""

    address: Callable[[Signatory], str]
    client_name: str


def standing_of(unit: ClientUnit, request: SignOffRequest, today: date) -> RequestStanding:
    """How a request stands."""
    people = unit.sign_offs.people(request.id)
    return compute_standing(request, people, unit.attestations.list(request_id=request.id), today)


def compute_standing(
    request: SignOffRequest, people: Sequence[Signatory], signed: Sequence[Attestation], today: date
) -> RequestStanding:
    """As `standing_of`, of rows that were read."""
    counted = [one for one in people if one.state != "revoked"]
    groups = []
    for group in sorted({one.group for one in counted}, key=str.casefold):
        members = [one for one in counted if one.group == group]
        missing = tuple(f"{one.name} <{one.email}>" for one in members if one.state == "open")
        groups.append(
            GroupStanding(group=group, asked=len(members), signed=len(members) - len(missing), missing=missing)
        )
    done = sum(one.state == "signed" for one in counted)
    late = (today - request.due_on).days if done < len(counted) and request.closed_at is None else 0
    return RequestStanding(
        request=request,
        asked=len(counted),
        signed=done,
        revoked=len(people) - len(counted),
        overdue_days=max(late, 0),
        groups=tuple(groups),
        differently_named=tuple(
            f"{one.name} signed as “{one.signed_name}”" for one in signed if not _same_name(one.name, one.signed_name)
        ),
    )


def invitations(request: SignOffRequest, people: Sequence[Signatory], links: Links) -> tuple[Message, ...]:
    """The text that asks, for each person who has not signed."""
    subject = f"Please read and sign by {_day(request.due_on)}: {request.policy_title}"
    asked = [one for one in people if one.state == "open"]
    return tuple(_message(request, one, links, subject, _asking(request)) for one in asked)


def reminder_messages(
    place: ClientPlace, request: SignOffRequest, links: Links, today: date, now: datetime
) -> tuple[Message, ...]:
    """The text that reminds, for each person who has not signed; that they were reminded is kept.

    Raises:
        ConflictError: the request is closed.
    """
    if request.closed_at is not None:
        raise ConflictError(f"is closed ({request.closed_because})", subject=request.id)
    with place.write("review") as unit:
        missing = [one for one in unit.sign_offs.people(request.id) if one.state == "open"]
        subject = f"Reminder: {request.policy_title}, {_when(request, today)}"
        made = tuple(_message(request, one, links, subject, _reminding(request, today)) for one in missing)
        unit.sign_offs.put_people([one.model_copy(update={"reminded_at": now}) for one in missing])
        if missing:
            unit.audit.append(now, "attestation.remind", request.id, people=len(missing))
    return made


def _asking(request: SignOffRequest) -> str:
    why = f" Why now: {request.reason.rstrip('.')}." if request.reason else ""
    return (
        f"the {request.policy_title} is in force in version {request.version}. "
        f"Please read it and sign it by {_day(request.due_on)}.{why}"
    )


def _reminding(request: SignOffRequest, today: date) -> str:
    return (
        f"your signature on the {request.policy_title}, version {request.version}, is still missing "
        f"({_when(request, today)}). It takes a few minutes: read it, type your name, sign."
    )


def _when(request: SignOffRequest, today: date) -> str:
    left = (request.due_on - today).days
    if left == 0:
        return "due today"
    days = f"{abs(left)} day{'' if abs(left) == 1 else 's'}"
    return f"due in {days}, on {_day(request.due_on)}" if left > 0 else f"overdue since {days}"


def _message(request: SignOffRequest, person: Signatory, links: Links, subject: str, text: str) -> Message:
    lead = f"Dear {person.name},\n\n{text[:1].upper()}{text[1:]}"
    link = links.address(person)
    return Message(
        to_name=person.name,
        to_email=person.email,
        subject=" ".join(subject.split())[:200],
        body=f"{lead}\n\nYour personal link (do not pass it on; it signs in your name, once):\n{link}\n\n"
        f"You will sign this sentence:\n“{request.statement}”\n\n{links.client_name}\n",
        lead=lead,
        link=link,
        signatory_id=person.id,
    )


def _same_name(listed: str, typed: str) -> bool:
    return sorted(listed.casefold().replace(".", " ").split()) == sorted(typed.casefold().replace(".", " ").split())


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
