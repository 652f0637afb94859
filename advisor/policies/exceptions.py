"""Exceptions from policies: granted for a time against a compensating control, renewed, closed, told when they end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from advisor.budget import client_day
from advisor.policies.find import clause_id, find_policy
from knowledge.errors import ConflictError, UsageError
from knowledge.places import ClientPlace
from knowledge.records.client import Client
from knowledge.records.policy_exception import ExceptionStanding, PolicyException, Renewal

SOON_DAYS: Final = 14
"""An exception that ends within so many days is told in the brief."""
LONGEST_DAYS: Final = 366
"""Of one term: what goes on for longer than a year is a change of the policy, not an exception to it."""
MAX_TEXT: Final = 2_000


def add_exception(
    place: ClientPlace,
    client: Client,
    policy: str,
    *,
    what: str,
    reason: str,
    compensating: str,
    owner: str,
    until: date,
    now: datetime,
    clause: str = "",
    requirements: Sequence[str] = (),
    starts_on: date | None = None,
) -> PolicyException:
    """Grants an exception.

    Args:
        place: the client's place.
        client: its profile; days are days in its time zone.
        policy: id, topic or title.
        what: what is not done, and where.
        reason: why it cannot be done now.
        compensating: the control that stands in.
        owner: who answers for closing it.
        until: last day on which it holds, at most a year ahead.
        now: when it is granted.
        clause: number or id of the clause; empty: the whole policy.
        requirements: `FRAMEWORK:ID` besides those that the clause is mapped to; checked by the caller.
        starts_on: first day; default today.

    Raises:
        NotFoundError: no such policy, or no such clause of its version in force (or its newest one).
        UsageError: a text is missing or too long, or the term is not between today and a year ahead.
    """
    today = client_day(now, client.timezone)
    texts = {"what": what, "reason": reason, "compensating": compensating, "owner": owner}
    texts = {name: _checked(text, name) for name, text in texts.items()}
    starts = starts_on or today
    _check_term(starts, until, today)
    with place.write("review") as unit:
        found = find_policy(unit, policy)
        versions = unit.policies.versions(found.id)
        version = unit.policies.published(found.id) or (versions[0] if versions else None)
        mapped: tuple[str, ...] = ()
        number = ""
        if version is not None:
            wanted = clause_id(version, clause) if clause else ""
            clauses = [one for one in version.text.clauses if not wanted or one.id == wanted]
            mapped = tuple(ref for one in clauses for ref in (*one.requirements, *one.partly))
            number = next((one.number or one.heading for one in clauses), "") if clause else ""
        exception = PolicyException(
            id=f"ex-{secrets.token_hex(6)}",
            policy_id=found.id,
            policy_title=found.title,
            clause=number,
            requirements=tuple(dict.fromkeys((*mapped, *requirements))),
            starts_on=starts,
            expires_on=until,
            terms=(Renewal(until=until, reason=texts["reason"], actor=place.actor, at=now),),
            approved_by=place.actor,
            created_at=now,
            **texts,
        )
        unit.policy_exceptions.put(exception)
        unit.audit.append(now, "exception.add", exception.id, policy=found.id, clause=number, until=f"{until:%Y-%m-%d}")
    return exception


def renew_exception(
    place: ClientPlace, client: Client, exception_id: str, *, until: date, reason: str, now: datetime
) -> PolicyException:
    """Lets an exception go on until a later day.

    Raises:
        NotFoundError: no such exception.
        ConflictError: it is closed.
        UsageError: no reason, or the day is not later than the one that holds, or more than a year ahead.
    """
    today = client_day(now, client.timezone)
    said = _checked(reason, "reason")
    with place.write("review") as unit:
        known = unit.policy_exceptions.get(exception_id)
        if known.closed_at is not None:
            raise ConflictError("is closed; grant a new one", subject=exception_id)
        if until <= known.expires_on:
            raise UsageError(
                f"is not later than {known.expires_on:%Y-%m-%d}, until when it holds", subject=f"{until:%Y-%m-%d}"
            )
        _check_term(today, until, today)
        term = Renewal(until=until, reason=said, actor=place.actor, at=now)
        renewed = known.model_copy(update={"expires_on": until, "terms": (*known.terms, term)})
        unit.policy_exceptions.put(renewed)
        unit.audit.append(now, "exception.renew", exception_id, until=f"{until:%Y-%m-%d}", reason=said)
    return renewed


def close_exception(place: ClientPlace, exception_id: str, *, reason: str, now: datetime) -> PolicyException:
    """Closes an exception: the clause holds again, or the exception is not needed any more.

    Raises:
        NotFoundError: no such exception.
        ConflictError: it is closed already.
        UsageError: no reason.
    """
    said = _checked(reason, "reason")
    with place.write("review") as unit:
        known = unit.policy_exceptions.get(exception_id)
        if known.closed_at is not None:
            raise ConflictError("is closed already", subject=exception_id)
        closed = known.model_copy(update={"closed_at": now, "closed_because": said})
        unit.policy_exceptions.put(closed)
        unit.audit.append(now, "exception.close", exception_id, reason=said)
    return closed


def standing(exception: PolicyException, today: date) -> ExceptionStanding:
    """How an exception stands on a day."""
    if exception.closed_at is not None:
        return "closed"
    if exception.expires_on < today:
        return "expired"
    return "expires soon" if (exception.expires_on - today).days <= SOON_DAYS else "in force"


def target(exception: PolicyException) -> str:
    """`Access Control Policy, 4.6`."""
    return f"{exception.policy_title}, {exception.clause}" if exception.clause else exception.policy_title


def _checked(text: str, name: str) -> str:
    said = " ".join(text.split())
    if not any(c.isalnum() for c in said):
        raise UsageError(f"an exception needs its {name} in words")
    if len(said) > MAX_TEXT:
        raise UsageError(f"the {name} is longer than {MAX_TEXT:,} characters")
    return said


def _check_term(starts: date, until: date, today: date) -> None:
    if until < today or until < starts:
        raise UsageError("would be over already", subject=f"until {until:%Y-%m-%d}")
    if (until - max(starts, today)).days > LONGEST_DAYS:
        raise UsageError(
            "is more than a year ahead",
            subject=f"until {until:%Y-%m-%d}",
            hint="Grant a year at most and renew it, or change the policy.",
        )
