"""Cases of the policies suite: the demo's clients with their lists, and what a policy on each topic must meet."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from advisor.policies.templates.library import PREFIXES
from ingest.inventory.apply import apply_import
from ingest.inventory.interface import AssetImport, Subject, ThirdPartyImport
from ingest.inventory.service import plan_assets, plan_third_parties, read_inventory
from knowledge.clients import add_client, new_ref
from knowledge.errors import BadInputError, NotFoundError
from knowledge.places import ClientPlace, Places
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client
from knowledge.settings import Settings

AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
DEFAULT = Path(__file__).resolve().parents[1] / "cases" / "policies"
DEMO = Path(__file__).resolve().parents[2] / "ui" / "demo" / "data"
"""The demo's clients, read as files: two faces do not import each other."""
BOUND_BY_LAW = {"hipaa": "hipaa", "gdpr": "gdpr", "nis2": "nis2"}
"""Prefix of a list -> regime: such a list counts only for clients that the law binds."""


@dataclass(frozen=True)
class Case:
    """A client with its inventory."""

    client: Client
    assets: tuple[Asset, ...]
    third_parties: tuple[ThirdParty, ...]


@dataclass(frozen=True)
class Reference:
    """What the reference lists demand."""

    topics: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Topic -> prefix of the framework -> references (`framework:ID`)."""
    left_out: Mapping[str, tuple[str, ...]]
    """Prefix -> rows that no topic is asked for."""


def load_reference(folder: Path = DEFAULT) -> Reference:
    """The lists of requirements.yaml.

    Raises:
        NotFoundError: no such file.
        BadInputError: it names a framework that is not known.
    """
    file = folder / "requirements.yaml"
    try:
        loaded: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError("no list of requirements here", subject=str(file)) from error
    topics = {
        topic: {str(prefix): _refs(str(prefix), ids) for prefix, ids in lists.items()}
        for topic, lists in loaded["topics"].items()
    }
    left: dict[str, tuple[str, ...]] = {}
    for row in loaded["left_out"]:
        prefix = str(row["framework"])
        left[prefix] = (*left.get(prefix, ()), *_refs(prefix, row["ids"]))
    return Reference(topics, left)


def demo_clients(folder: Path = DEMO) -> tuple[Case, ...]:
    """The demo's clients, their lists imported as the product imports them.

    Raises:
        NotFoundError: the demo's data is not beside this folder.
    """
    try:
        plan: dict[str, Any] = yaml.safe_load((folder / "demo.yaml").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError("the demo's clients are not here", subject=str(folder)) from error
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), actor="evals", model="")
        with Places(settings, now=AT) as places:
            return tuple(_demo_client(places, folder, row) for row in plan["clients"])


def _demo_client(places: Places, folder: Path, row: Mapping[str, Any]) -> Case:
    fields = {name: value for name, value in row.items() if name in Client.model_fields}
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    client = Client.model_validate({**lists, "ref": new_ref(), "created_at": AT})
    add_client(places, client, AT)
    with places.client(client.id) as place:
        for listed in row["lists"]:
            _import(place, folder / listed["file"], listed["subject"], listed.get("sheet", ""))
        with place.read() as unit:
            return Case(client, tuple(unit.assets.list()), tuple(unit.third_parties.list()))


def _import(place: ClientPlace, file: Path, subject: Subject, sheet: str) -> None:
    inventory = read_inventory(file, subject=subject, sheet=sheet)
    with place.write() as unit:
        planned: AssetImport | ThirdPartyImport
        if subject == "assets":
            planned = plan_assets(inventory, unit.assets.list(), unit.third_parties.list(), AT, origin=file.name)
        else:
            planned = plan_third_parties(inventory, unit.third_parties.list(), AT, origin=file.name)
        apply_import(unit, planned, AT)


def _refs(prefix: str, ids: str) -> tuple[str, ...]:
    framework = PREFIXES.get(prefix)
    if framework is None:
        raise BadInputError("is no framework of the lists", subject=prefix)
    return tuple(f"{framework}:{i.strip()}" for i in str(ids).split(","))
