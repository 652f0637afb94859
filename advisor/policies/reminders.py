"""What about a client's policies waits for somebody: reviews, exceptions that end, open sign-offs, proposals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, get_args

from advisor.policies.exceptions import standing, target
from knowledge.records.reminder import Reminder, ReminderKind
from knowledge.store.units import ClientUnit

REVIEW_DAYS: Final = 30
"""A review that is due within so many days is told."""
_ORDER: Final = {kind: place for place, kind in enumerate(get_args(ReminderKind))}


def reminders(unit: ClientUnit, today: date) -> tuple[Reminder, ...]:
    """Everything that waits on a day, most pressing first. The same rows and the same day give the same lines.

    Args:
        unit: one transaction on the client's place.
        today: the client's day.
    """
    found = [*_reviews(unit, today), *_exceptions(unit, today), *_sign_offs(unit, today), *_proposals(unit)]
    return tuple(sorted(found, key=lambda one: (_ORDER[one.kind], one.due or date.max, one.subject, one.ref)))


def _reviews(unit: ClientUnit, today: date) -> list[Reminder]:
    found = []
    for policy in unit.policies.list():
        due = policy.next_review_on
        if due is None or due > today + timedelta(days=REVIEW_DAYS):
            continue
        who = f" ({policy.owner})" if policy.owner else ""
        if due < today:
            text = f"Its review{who} was due on {_day(due)}, {_days((today - due).days)} ago."
            found.append(Reminder(kind="review-overdue", subject=policy.title, text=text, due=due, ref=policy.id))
        else:
            when = "today" if due == today else f"on {_day(due)}, in {_days((due - today).days)}"
            text = f"Its review{who} is due {when}."
            found.append(Reminder(kind="review-due", subject=policy.title, text=text, due=due, ref=policy.id))
    return found


def _exceptions(unit: ClientUnit, today: date) -> list[Reminder]:
    found = []
    for one in unit.policy_exceptions.list():
        state = standing(one, today)
        if state == "expired":
            text = (
                f"The exception {one.id} ({one.what}) ended on {_day(one.expires_on)} and is not closed: "
                f"{one.owner} closes it or has it renewed."
            )
            kind: ReminderKind = "exception-expired"
        elif state == "expires soon":
            left = (one.expires_on - today).days
            when = "today" if left == 0 else f"on {_day(one.expires_on)}, in {_days(left)}"
            text = f"The exception {one.id} ({one.what}) ends {when}: {one.owner} closes it or has it renewed."
            kind = "exception-expiring"
        else:
            continue
        found.append(Reminder(kind=kind, subject=target(one), text=text, due=one.expires_on, ref=one.id))
    return found


def _sign_offs(unit: ClientUnit, today: date) -> list[Reminder]:
    found = []
    for request in unit.sign_offs.list():
        if request.due_on >= today:
            continue
        people = unit.sign_offs.people(request.id)
        missing = sum(one.state == "open" for one in people)
        if missing:
            asked = sum(one.state != "revoked" for one in people)
            text = (
                f"{missing} of {asked} asked {'has' if missing == 1 else 'have'} not signed version "
                f"{request.version}; "
                f"it was due on {_day(request.due_on)}."
            )
            subject = request.policy_title
            found.append(
                Reminder(kind="sign-off-overdue", subject=subject, text=text, due=request.due_on, ref=request.id)
            )
    return found


def _proposals(unit: ClientUnit) -> list[Reminder]:
    waiting: dict[str, list[str]] = {}
    for one in reversed(unit.proposals.list()):
        waiting.setdefault(one.policy_title, []).append(one.id)
    return [
        Reminder(
            kind="proposal-waiting",
            subject=title,
            text=f"{'Proposal' if len(ids) == 1 else 'Proposals'} {_some(ids)} "
            f"{'waits' if len(ids) == 1 else 'wait'} for your word.",
            ref=ids[0],
        )
        for title, ids in waiting.items()
    ]


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:4]) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "")


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
