"""The morning run: judges what changed for each client, composes the briefs and the portfolio, keeps both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from advisor.brief.compose import client_zone, compose_brief
from advisor.brief.portfolio import compose_portfolio
from advisor.brief.quiet import hits_after
from advisor.brief.state import PreviousState, remember
from advisor.brief.undecided import OLD_QUESTIONS, OldQuestions, with_judged
from advisor.doubts import RULE as MODEL_RULE
from advisor.doubts import SecondLook, doubts, look_again, with_raised
from advisor.outlook import read_facts
from advisor.policies.in_brief import with_lines_of, with_proposals
from advisor.policies.reminders import reminders
from advisor.triage.judge import RULES_VERSION, Judge, OldQuestion, World, read_world
from advisor.triage.stories import StoryItem, group
from knowledge.errors import VcisoError
from knowledge.identifiers import cve_ids_in
from knowledge.masking import hide_secrets
from knowledge.outbox import brief_key, undelivered_sentences
from knowledge.places import ClientPlace, Places
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.base import ClientId
from knowledge.records.brief import Brief, Portfolio
from knowledge.records.client import Client
from knowledge.records.delivery import OutboxEntry
from knowledge.records.feedback import Alias
from knowledge.records.triage import ItemRef, Story, Verdict
from knowledge.store.units import ClientUnit

STORY_WINDOW: Final = timedelta(days=30)
"""News older than this is not grouped into stories any more; what was already in a brief keeps its place there."""

SECOND_LOOK: Final = "second-look"
"""Mark of a client's place that holds what came of asking a model (`advisor.doubts`)."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Morning:
    """What one run gave."""

    portfolio: Portfolio
    briefs: tuple[Brief, ...]
    unchanged: frozenset[ClientId]
    """Clients whose brief of the day says the same as before this run."""


@dataclass(frozen=True, slots=True)
class _Held:
    """One client's rows and how far the world has been judged for it."""

    client: Client
    assets: tuple[Asset, ...]
    third_parties: tuple[ThirdParty, ...]
    aliases: tuple[Alias, ...]
    judged_at: datetime | None
    basis: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the schedule has to say in a client's brief."""

    late: str = ""
    """A sentence where the hour was missed."""
    notices: tuple[str, ...] = ()
    """Sentences for what is not covered."""


def run_morning(
    places: Places,
    *,
    now: datetime,
    clients: Sequence[ClientId] | None = None,
    progress: Progress | None = None,
    said: Mapping[ClientId, Said] | None = None,
) -> Morning:
    """Writes today's brief for each client and the portfolio over them; running it again on a day replaces both.

    One client that fails does not stop the others: it is named in the portfolio with the reason.

    Args:
        places: the open home.
        now: aware datetime; each client's day is its own.
        clients: ids; None for every active client.
        progress: called with done, total and what is at work.
        said: what the schedule has to say, by client.

    Raises:
        NotFoundError: a client that was asked for does not exist.
    """
    profiles = places.profiles() if clients is None else tuple(places.profile(client_id) for client_id in clients)
    total = 2 * len(profiles)
    tell = progress or (lambda _done, _total, _subject: None)
    failed: dict[ClientId, str] = {}
    held: list[_Held] = []
    for client in profiles:
        try:
            held.append(_read_client(places, client))
        except VcisoError as error:
            failed[client.id] = hide_secrets(str(error))
    _judge(places, held, failed, now, lambda done, subject: tell(done, total, subject))
    stories = _stories(places, now)
    briefs: list[Brief] = []
    unchanged: set[ClientId] = set()
    for done, one in enumerate(held):
        tell(len(profiles) + done, total, one.client.name)
        if one.client.id in failed:
            continue
        try:
            with places.client(one.client.id) as place:
                brief, same = _write(places, place, one, stories, now, said=(said or {}).get(one.client.id, Said()))
                proposing = with_proposals(places, one.client.id, brief, now)
                if proposing != brief:
                    brief, same = proposing, False
                    with place.write() as own:
                        # Proposals that were just made wait too, as a second run today would find.
                        brief = brief.model_copy(update={"reminders": reminders(own, brief.day)})
                        own.briefs.put(brief)
        except VcisoError as error:
            failed[one.client.id] = hide_secrets(str(error))
            continue
        briefs.append(brief)
        if same:
            unchanged.add(one.client.id)
    tell(total, total, "portfolio")
    return Morning(
        portfolio=compose_portfolio(briefs, failed, now), briefs=tuple(briefs), unchanged=frozenset(unchanged)
    )


def _read_client(places: Places, client: Client) -> _Held:
    with places.client(client.id) as place, place.read() as unit:
        assets, parties, aliases = unit.assets.list(), unit.third_parties.list(), unit.aliases.list()
        basis = _basis(client, assets, parties, aliases)
        fresh = unit.marks.get("judged-under") == basis
        mark = unit.marks.get("judged-at")
    judged_at = datetime.fromisoformat(mark) if mark and fresh else None
    return _Held(client, assets, parties, aliases, judged_at, basis)


def _basis(client: Client, assets: Sequence[Asset], parties: Sequence[ThirdParty], aliases: Sequence[Alias]) -> str:
    """What verdicts rest on besides the world: rows, names, profile and rules. A change of it judges all anew."""
    digest = hashlib.sha256(RULES_VERSION.encode())
    digest.update(client.model_dump_json(include={"sector", "jurisdictions"}).encode())
    for row in (*assets, *parties):
        digest.update(row.model_dump_json(exclude={"updated_at", "origin"}).encode())
    for alias in aliases:
        digest.update(alias.id.encode())
    return digest.hexdigest()


def _judge(
    places: Places,
    held: Sequence[_Held],
    failed: dict[ClientId, str],
    now: datetime,
    tell: Callable[[int, str], None],
) -> None:
    """Judges for clients that stand at the same point of time together: one pass over the texts for all their names."""
    groups: dict[datetime | None, list[_Held]] = {}
    for one in held:
        groups.setdefault(one.judged_at, []).append(one)
    done = 0
    for since, members in groups.items():
        with places.shared().read() as unit:
            world = read_world(unit, since, now)
        judge = Judge()
        judge.put_all((one.client, one.assets, one.third_parties, one.aliases) for one in members)
        old: dict[ClientId, list[OldQuestion]] = {}
        found = judge.judge(world, old)
        listed = {entry.cve_id for entry in world.kev}
        cves = [item.id for item in world.items if item.kind == "cve"]
        for one in members:
            tell(done, one.client.name)
            done += 1
            try:
                with places.client(one.client.id) as place:
                    verdicts, look = _second_look(places, place, one, found.get(one.client.id, []), world)
                    with place.write() as own:
                        if since is None:
                            own.verdicts.clear()
                        own.verdicts.replace(world.items, verdicts, judged_at=now)
                        before = _old_questions(own) if since is not None else OldQuestions()
                        questions = with_judged(before, cves, old.get(one.client.id, []), listed)
                        own.marks.put(OLD_QUESTIONS, questions.model_dump_json())
                        own.marks.put("judged-at", now.isoformat())
                        own.marks.put("judged-under", one.basis)
                        if look is not None:
                            own.marks.put(SECOND_LOOK, look.model_dump_json())
            except VcisoError as error:
                failed[one.client.id] = hide_secrets(str(error))


def _old_questions(unit: ClientUnit) -> OldQuestions:
    mark = unit.marks.get(OLD_QUESTIONS)
    return OldQuestions.model_validate_json(mark) if mark else OldQuestions()


def _second_look(
    places: Places, place: ClientPlace, one: _Held, verdicts: list[Verdict], world: World
) -> tuple[list[Verdict], SecondLook | None]:
    """The verdicts, with questions that a model raised where the settings let one be asked, and what to remember."""
    if not places.settings.triage_model:
        return verdicts, None
    from advisor.llm.session import open_client_model  # noqa: PLC0415 - providers, names and caps take a while to read

    day = world.now.astimezone(client_zone(one.client)).date()
    with place.read() as own:
        mark = own.marks.get(SECOND_LOOK)
        held = [verdict for verdict in own.verdicts.list() if verdict.match.rule == MODEL_RULE]
    raised, look = look_again(
        doubts(verdicts, world.news, one.assets, one.third_parties),
        lambda: open_client_model(place, one.client, places.settings),
        before=SecondLook.model_validate_json(mark) if mark else SecondLook(day=day),
        held=held,
        day=day,
        now=world.now,
    )
    return with_raised(verdicts, raised), look


def _stories(places: Places, now: datetime) -> tuple[Story, ...]:
    with places.shared().read() as unit:
        news = unit.news.since(now - STORY_WINDOW)
    return tuple(
        group(
            StoryItem(
                ref=ItemRef(kind="news", id=item.id),
                title=item.title,
                summary=item.summary,
                at=item.published_at or item.first_seen_at,
                cve_ids=cve_ids_in(f"{item.title} {item.summary}"),
            )
            for item in news
        )
    )


def _write(
    places: Places, place: ClientPlace, one: _Held, stories: Sequence[Story], now: datetime, *, said: Said
) -> tuple[Brief, bool]:
    """Composes and keeps one client's brief; says whether it is the same as the one kept for the day."""
    today = now.astimezone(client_zone(one.client)).date()
    with place.write() as own:
        previous = own.briefs.state_before(today, PreviousState) or PreviousState()
        verdicts = own.verdicts.list()
        notes = own.notes.list(closed=True)
        rules = own.quiet_rules.list()
        questions = _old_questions(own)
        with places.shared().read() as unit:
            facts = read_facts(
                unit, one.assets, one.third_parties, verdicts, stories, since=previous.written_at, today=today
            )
        brief = compose_brief(
            one.client,
            verdicts,
            stories,
            facts,
            previous=previous,
            notes=notes,
            quiet_rules=rules,
            old_questions=questions,
            now=now,
        )
        kept = own.briefs.get(today)
        brief = _with_notices(with_lines_of(brief, kept), own.outbox.undelivered(), said, kept)
        brief = _with_second_look(brief, own.marks.get(SECOND_LOOK))
        brief = brief.model_copy(update={"reminders": reminders(own, today)})
        if kept is not None and _says(kept) == _says(brief):
            return kept, True
        own.briefs.put(brief)
        own.briefs.put_state(today, remember(previous, brief))
        own.quiet_rules.put_hits(hits_after(brief, own.quiet_rules.hits()))
        own.audit.append(now, "brief.write", f"{today:%Y-%m-%d}", items=len(brief.items), headline=brief.headline)
    return brief, False


def _with_notices(brief: Brief, waiting: Sequence[OutboxEntry], said: Said, kept: Brief | None) -> Brief:
    """The brief with what its reader should know about the runs; that it was late stays said all day."""
    undelivered = undelivered_sentences(waiting, ZoneInfo(brief.timezone), besides=brief_key(brief.day))
    coverage = brief.coverage.model_copy(update={"notices": (*said.notices, *undelivered)})
    late = said.late or (kept.late if kept else "")
    return brief.model_copy(update={"coverage": coverage, "late": late})


def _with_second_look(brief: Brief, mark: str) -> Brief:
    """The brief with what came of asking a model, on the day that it was asked."""
    look = SecondLook.model_validate_json(mark) if mark else None
    if look is None or look.day != brief.day or not (sentence := look.sentence()):
        return brief
    coverage = brief.coverage.model_copy(update={"notices": (*brief.coverage.notices, sentence)})
    return brief.model_copy(update={"coverage": coverage})


def _says(brief: Brief) -> Mapping[str, object]:
    return brief.model_dump(exclude={"written_at"})
