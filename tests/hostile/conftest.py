"""What the hostile cases share: homes with clients, a model that obeys, and the hostile files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from advisor.llm.session import open_client_model
from advisor.service import Advisor
from evals.made import AT
from evals.obeying import ObeyingStub
from ingest.documents.service import add_document, read_document
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.search.interface import open_searcher

WORDS = {"acme": "ACME-KANARI-11", "globex": "GLOBEX-KANARI-22"}


@pytest.fixture
def stub() -> ObeyingStub:
    """A model that does what documents tell it."""
    return ObeyingStub()


@pytest.fixture
def firms(places: Places) -> Places:
    """Two clients that keep the same rule under different words."""
    for client_id, word in WORDS.items():
        add_client(places, Client(id=client_id, ref=new_ref(), name=f"{client_id.title()} Inc", created_at=AT), AT)
        text = f"# Backup policy\n\n## 1 Backups\n\nBackups are kept under the word {word} for 35 days.\n"
        with places.client(client_id) as place:
            add_document(place, read_document(text.encode(), name="backup.md"), AT)
    return places


@pytest.fixture
def asking(firms: Places, stub: ObeyingStub) -> Iterator[Advisor]:
    """An advisor over both, with the obeying model."""
    settings = firms.settings.model_copy(update={"model": "fake:"})

    def models(place: Any, client: Any, found: Any) -> Any:
        return open_client_model(place, client, found, model=stub)

    with Advisor(firms, settings, searchers=partial(open_searcher, dense="off"), models=models) as made:
        yield made


@pytest.fixture
def hostile(shared_data: Path) -> Path:
    """The folder of hostile files."""
    return shared_data / "hostile" / "generated"
