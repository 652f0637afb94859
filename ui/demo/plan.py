"""What the demo builds, as frozen records read from the package's own data."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from ingest.inventory.interface import Subject
from knowledge.records.base import ClientId, CveId, Record, UtcDatetime
from knowledge.records.client import Client, Engagement
from knowledge.records.note import NoteKind
from knowledge.records.source import Source


class DemoList(Record):
    """One inventory file of a client."""

    file: str
    """Path under the data folder."""
    subject: Subject
    sheet: str = ""


class DemoNote(Record):
    """What the client's CISO decided about an item after the brief of a day."""

    day: date
    item: CveId
    kind: NoteKind
    text: str


class DemoPolicy(Record):
    """A policy that the client has already, as a Word file."""

    text: str
    """Path of its words under the data folder."""
    file_name: str
    topic: str
    owner: str


class DemoFramework(Record):
    """A version of a framework that the client has to meet."""

    id: str
    file: str
    """Path under the data folder."""
    title: str


class DemoClient(Record):
    """A client's profile, its lists and its CISO's decisions."""

    id: ClientId
    taken_on_at: UtcDatetime
    """When the client was added and its lists were imported; briefs are written from then on."""
    name: str
    sector: str
    jurisdictions: tuple[str, ...]
    headcount: int
    frameworks: tuple[str, ...]
    timezone: str
    alert_budget: int = 5
    engagement: Engagement
    lists: tuple[DemoList, ...]
    notes: tuple[DemoNote, ...] = ()
    policies: tuple[DemoPolicy, ...] = ()
    drafts: tuple[str, ...] = ()
    """Topics of policies that are begun from our templates."""
    framework_versions: tuple[DemoFramework, ...] = ()
    """Versions of one framework, oldest first; what each adds is proposed."""

    def profile(self, ref: str) -> Client:
        """The client as `vciso client add` would make it."""
        fields = self.model_dump(include=set(Client.model_fields))
        return Client(**fields, ref=ref, created_at=self.taken_on_at)


class DemoMorning(Record):
    """One captured morning: when it is, and the folder that the sources are read from."""

    at: UtcDatetime
    folder: str


class DemoPlan(Record):
    """The whole demo."""

    mornings: Annotated[tuple[DemoMorning, ...], Field(min_length=1)]
    """In order of time; the last one is the demo's today."""
    clients: tuple[DemoClient, ...]
    builtin_sources: tuple[str, ...]
    """Ids of sources that ship with the product and that the captured folders hold files of."""
    sources: tuple[Source, ...]
    """The invented ones."""

    def clients_at(self, morning: DemoMorning) -> list[ClientId]:
        """Ids of the clients that were there on a morning."""
        return [client.id for client in self.clients if client.taken_on_at <= morning.at]

    @property
    def today(self) -> datetime:
        """The demo's clock: fixed, since its data are of that day."""
        return self.mornings[-1].at


def read_plan() -> DemoPlan:
    """Read the plan that ships with the package."""
    text = files("ui.demo").joinpath("data", "demo.yaml").read_text(encoding="utf-8")
    return DemoPlan.model_validate(yaml.safe_load(text))


def data_folder() -> AbstractContextManager[Path]:
    """The data as a folder on disk, for the length of a `with` block."""
    return as_file(files("ui.demo").joinpath("data"))
