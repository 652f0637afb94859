"""Cases of the policies suite: the demo's clients with their lists, and what a policy on each topic must meet."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from advisor.policies.templates.library import PREFIXES
from knowledge.clients import add_client, new_ref
from knowledge.errors import BadInputError, NotFoundError
from knowledge.places import Places
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client
from knowledge.settings import Settings
from ui.demo.build import import_list
from ui.demo.plan import DemoClient as Planned
from ui.demo.plan import data_folder, read_plan

DEFAULT = Path(__file__).resolve().parents[1] / "cases" / "policies"
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


def demo_clients() -> tuple[Case, ...]:
    """The demo's clients, their lists imported as the product imports them."""
    plan = read_plan()
    with tempfile.TemporaryDirectory() as home, data_folder() as data:
        settings = Settings(home=Path(home), actor="evals", model="")
        with Places(settings, now=plan.today) as places:
            return tuple(_demo_client(places, data, one) for one in plan.clients)


def _demo_client(places: Places, data: Path, one: Planned) -> Case:
    add_client(places, one.profile(new_ref()), one.taken_on_at)
    with places.client(one.id) as place:
        for listed in one.lists:
            import_list(place, data / listed.file, listed, one.taken_on_at)
        with place.read() as unit:
            return Case(one.profile(new_ref()), tuple(unit.assets.list()), tuple(unit.third_parties.list()))


def _refs(prefix: str, ids: str) -> tuple[str, ...]:
    framework = PREFIXES.get(prefix)
    if framework is None:
        raise BadInputError("is no framework of the lists", subject=prefix)
    return tuple(f"{framework}:{i.strip()}" for i in str(ids).split(","))
