"""What the jobs of the advisor and a language model agree on: the model to ask, a proposal, the errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from advisor.llm.prompts import Prompt, Variables
from knowledge.errors import ModelError
from knowledge.records.model import ModelRun

T = TypeVar("T", bound=BaseModel)


class NoModelError(ModelError):
    """No model is set; the caller goes on without one."""


class ModelForbiddenError(ModelError):
    """The client's setting does not let this model see its text."""


class BudgetError(ModelError):
    """The client's cap for the day is reached, or this call would pass it."""


class ModelFailedError(ModelError):
    """The model could not be reached in time, refused, or replied twice with what is not to the schema."""


@dataclass(frozen=True)
class Proposed(Generic[T]):
    """What a model proposed, in the client's own names again, and the run that made it; nothing is checked yet."""

    value: T
    run: ModelRun


class AskedModel(Protocol):
    """A model as one client may use it; `open_client_model` makes one, tests may write their own."""

    @property
    def name(self) -> str:
        """The model's spec, for people: `gguf:qwen15.gguf`."""
        ...

    @property
    def local(self) -> bool:
        """The text stays on this machine."""
        ...

    def room(self, prompt: str | Prompt) -> int:
        """How many tokens of inputs and data fit beside the named prompt and the longest reply."""
        ...

    def propose(
        self,
        schema: type[T],
        prompt: str | Prompt,
        variables: Variables,
        *,
        now: datetime,
        on_text: Callable[[str], None] | None = None,
    ) -> Proposed[T]:
        """Asks the model for one value of `schema`; `prompt` is the name of a file in `advisor/prompts/`.

        `on_text` is called with the whole reply so far (JSON, unfinished, names restored) as it grows.

        Raises:
            ModelForbiddenError, BudgetError, ModelFailedError: each a ModelError whose message is fit to be shown.
        """
        ...
