"""Builds the demo home with the services that the commands use: clients, lists, sources, two mornings, decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from advisor.morning import Morning, run_morning
from advisor.notes import add_note
from ingest.catalogue import default_sources
from ingest.inventory.apply import apply_import
from ingest.inventory.interface import AssetImport, ThirdPartyImport
from ingest.inventory.service import plan_assets, plan_third_parties, read_inventory
from ingest.pipeline import refresh
from knowledge.clients import add_client, new_ref
from knowledge.errors import ConflictError, SourceError
from knowledge.places import ClientPlace, Places
from knowledge.records.base import ClientId
from knowledge.records.brief import Portfolio
from knowledge.records.source import RefreshReport, Source
from ui.deliver.files import brief_file, portfolio_file, write_brief, write_portfolio
from ui.demo.plan import DemoClient, DemoList, DemoMorning, DemoNote, DemoPlan, data_folder
from ui.demo.policies import bring_in_frameworks, take_in_policies

Progress = Callable[[int, int, str], None]

READ_BEFORE = timedelta(minutes=5)
"""How long before its briefs a morning's sources are read, so that "new since the last brief" means this morning's."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What one run of the demo did, and where its pages are."""

    portfolio: Portfolio
    refreshes: tuple[RefreshReport, ...]
    """One per captured morning that was read in this run."""
    clients_added: int
    rows_changed: int
    """Assets and suppliers that were new or different."""
    notes_added: int
    policies_begun: int
    """Policies taken in or begun, and frameworks that came in for them."""
    briefs_changed: int
    portfolio_html: Path
    brief_html: dict[str, Path]
    """By client id."""

    @property
    def changed(self) -> bool:
        """Whether the home is different from before the run."""
        facts = sum(source.added + source.updated for report in self.refreshes for source in report.sources)
        return bool(
            self.clients_added
            + self.rows_changed
            + self.notes_added
            + self.policies_begun
            + self.briefs_changed
            + facts
        )


def build_demo(places: Places, plan: DemoPlan, progress: Progress) -> DemoResult:
    """Build the demo in an open home, or find that it is there already.

    Args:
        places: opened with the demo's clock (`plan.today`).
        plan: what to build (`ui.demo.plan.read_plan`).
        progress: called with done, total and what is at work.

    Raises:
        ConflictError: the home holds other clients, or has been used after the demo's day; nothing was changed.
    """
    check_home(places, plan)
    steps = _Steps(progress, total=len(plan.clients) + 2 * len(plan.mornings))
    added = rows = notes = changed = begun = 0
    refreshes: list[RefreshReport] = []
    with data_folder() as data:
        for client in plan.clients:
            steps.next(client.name)
            added += _add(places, client)
            with places.client(client.id) as place:
                rows += sum(import_list(place, data / one.file, one, client.taken_on_at) for one in client.lists)
            begun += take_in_policies(places, client)
        sources = demo_sources(plan)
        _put_sources(places, sources)
        for morning in plan.mornings:
            steps.next(f"sources of {_day(morning.at)}")
            read_at = morning.at - READ_BEFORE
            if not _is_read(places, sources, read_at):
                facts = places.shared().facts(read_at)
                folder = data / morning.folder
                refreshes.append(refresh(facts, sources, now=read_at, fetcher=_Nobody(), from_dir=folder))
            steps.next(f"briefs of {_day(morning.at)}")
            if morning is plan.mornings[-1]:
                # Before its briefs, which name the proposals that wait.
                begun += sum(bring_in_frameworks(places, client, data, read_at) for client in plan.clients)
            if clients := _awaiting(places, plan, morning):
                found = _morning(places, plan, morning, clients)
                changed += len(found.briefs) - len(found.unchanged)
            notes += _decide(places, plan, morning)
    _retire_sources(places, plan)
    day = found.portfolio.day
    return DemoResult(
        portfolio=found.portfolio,
        refreshes=tuple(refreshes),
        clients_added=added,
        rows_changed=rows,
        notes_added=notes,
        policies_begun=begun,
        briefs_changed=changed,
        portfolio_html=portfolio_file(places, day, "html"),
        brief_html={brief.client_id: brief_file(places, brief.client_id, brief.day, "html") for brief in found.briefs},
    )


def demo_sources(plan: DemoPlan) -> tuple[Source, ...]:
    """The sources that the captured folders hold: the product's own of those ids, and the invented ones."""
    own = {source.id: source for source in default_sources()}
    return (*(own[source_id] for source_id in plan.builtin_sources), *plan.sources)


def check_home(places: Places, plan: DemoPlan) -> None:
    """Refuse a home that is somebody's own.

    Raises:
        ConflictError: it holds other clients, or sources were read in it after the demo's day.
    """
    ours = {client.id for client in plan.clients}
    others = [client.id for client in places.profiles(archived=True) if client.id not in ours]
    hint = "Give the demo a home of its own: vciso --home demo-home demo."
    if others:
        raise ConflictError("holds clients that are not the demo's", subject=str(places.home), hint=hint)
    with places.shared().read() as unit:
        read = [state.checked_at for state in unit.sources.states().values() if state.checked_at]
    if any(at > plan.today for at in read):
        message = f"has read sources after the demo's day, {_day(plan.today)} {plan.today:%Y}"
        raise ConflictError(message, subject=str(places.home), hint=hint)


def import_list(place: ClientPlace, file: Path, what: DemoList, now: datetime) -> int:
    """Import one list as `vciso assets import` and `vciso suppliers import` do.

    Returns:
        How many rows were new or different.
    """
    inventory = read_inventory(file, subject=what.subject, sheet=what.sheet)
    origin = f"{file.name} {what.sheet}".strip()
    with place.write() as unit:
        planned: AssetImport | ThirdPartyImport
        if what.subject == "assets":
            planned = plan_assets(inventory, unit.assets.list(), unit.third_parties.list(), now, origin=origin)
        else:
            planned = plan_third_parties(inventory, unit.third_parties.list(), now, origin=origin)
        report = apply_import(unit, planned, now)
    return report.inserted + report.updated


class _Steps:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def next(self, subject: str) -> None:
        self._progress(self._done, self._total, subject)
        self._done += 1


class _Nobody:
    """Stands where the fetcher would: the demo reads captured files and asks nobody."""

    def fetch(self, url: str, **options: object) -> NoReturn:
        del options
        raise SourceError("the demo opens no connection", subject=url)


def _awaiting(places: Places, plan: DemoPlan, morning: DemoMorning) -> list[ClientId]:
    """Whose briefs of a morning are to be made: those of the last one always, and of one that nothing has followed.

    After a decision or a later reading of the sources an earlier brief would no longer say what it said that day, so it
    stays; only a client without any brief (removed and added again) gets one.
    """
    clients = plan.clients_at(morning)
    if morning is plan.mornings[-1]:
        return clients
    with places.shared().read() as unit:
        followed = any(state.checked_at and state.checked_at > morning.at for state in unit.sources.states().values())
    without = []
    for client in plan.clients:
        if client.id in clients:
            with places.client(client.id) as place, place.read() as own:
                made = {(note.kind, note.text) for note in own.notes.list(closed=True)}
                followed = followed or any((note.kind, note.text) in made for note in _notes(client, morning))
                if not own.briefs.days():
                    without.append(client.id)
    return without if followed else clients


def _add(places: Places, client: DemoClient) -> int:
    if any(known.id == client.id for known in places.profiles(archived=True)):
        return 0
    add_client(places, client.profile(new_ref()), client.taken_on_at)
    return 1


def _put_sources(places: Places, sources: tuple[Source, ...]) -> None:
    """Leave exactly the demo's sources, and those that the user added: a brief names every source that is not read.

    Built-in ones that were never read are taken off the list; `vciso refresh` and `vciso source` put them back.
    """
    with places.shared().write() as unit:
        kept, states = {source.id: source for source in unit.sources.list()}, unit.sources.states()
        ours = {source.id for source in sources}
        for source in kept.values():
            if source.builtin and source.id not in ours and source.id not in states:
                unit.sources.remove(source.id)
        for source in sources:
            if kept.get(source.id) != source:
                unit.sources.put(source)


def _retire_sources(places: Places, plan: DemoPlan) -> None:
    """Disable the invented sources, so that `vciso refresh` asks the live ones only."""
    with places.shared().write() as unit:
        for source in plan.sources:
            unit.sources.put(source.model_copy(update={"enabled": False}))


def _is_read(places: Places, sources: tuple[Source, ...], at: datetime) -> bool:
    """Whether each source was read at that moment or after: reading it again would only count its failures up."""
    with places.shared().read() as unit:
        states = unit.sources.states()
    ours = [states.get(source.id) for source in sources]
    return all(state and state.checked_at and state.checked_at >= at for state in ours)


def _morning(places: Places, plan: DemoPlan, morning: DemoMorning, clients: list[ClientId]) -> Morning:
    found = run_morning(places, now=morning.at, clients=clients)
    for brief in found.briefs:
        write_brief(places, brief)
    if clients == plan.clients_at(morning):
        write_portfolio(places, found.portfolio, found.briefs)
    return found


def _decide(places: Places, plan: DemoPlan, morning: DemoMorning) -> int:
    """Make the decisions of the day that are not made yet."""
    count = 0
    for client in plan.clients:
        with places.client(client.id) as place:
            with place.read() as unit:
                made = {(note.kind, note.text) for note in unit.notes.list(closed=True)}
            for note in _notes(client, morning):
                if (note.kind, note.text) not in made:
                    add_note(place, note.item, note.kind, text=note.text, now=morning.at)
                    count += 1
    return count


def _notes(client: DemoClient, morning: DemoMorning) -> list[DemoNote]:
    return [note for note in client.notes if note.day == morning.at.date()]


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B}"
