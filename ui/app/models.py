"""The language model of a client, for work that goes on without one."""

from __future__ import annotations

from advisor.llm.interface import AskedModel
from knowledge.errors import ModelError
from knowledge.places import Places
from knowledge.records.base import ClientId


def model_of(places: Places, client_id: ClientId) -> AskedModel | None:
    """The client's model; None where none is set or the client's setting does not allow it."""
    if not places.settings.model:
        return None
    from advisor.llm.session import open_client_model

    with places.client(client_id) as place:
        try:
            return open_client_model(place, places.profile(client_id), places.settings)
        except ModelError:
            return None
