"""A model as one client may use it: what may leave, names out and in again, caps, and a row for every call."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from advisor.budget import caps_of, client_day, price_of, refusal
from advisor.llm.interface import BudgetError, ModelFailedError, ModelForbiddenError, Proposed
from advisor.llm.make import make_chat_model
from advisor.llm.prompts import Prompt, Variables, load_prompt, render
from advisor.llm.spec import ModelSpec, read_spec
from advisor.llm.spotlight import DataBlock, estimate_tokens, inert
from advisor.redaction import Redactor, known_names
from knowledge.places import ClientPlace
from knowledge.records.client import Client
from knowledge.records.model import ModelRun
from knowledge.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

T = TypeVar("T", bound=BaseModel)

_FRAME_TOKENS = 32
"""What a chat format adds around two messages."""


def open_client_model(
    place: ClientPlace, client: Client, settings: Settings, *, model: BaseChatModel | None = None
) -> ClientModel:
    """The model of the settings, for this client.

    Args:
        place: the client's place; its names are hidden from a model elsewhere, and every call is counted in it.
        client: the profile, for its `model_policy`, its names and its time zone.
        settings: which model, its limits and caps.
        model: a chat model to use in place of the one that the settings name (tests).

    Raises:
        NoModelError: none is set, or its package is missing.
        ModelForbiddenError: the client's policy does not let this model see its text.
        SettingsError: the setting cannot be used.
    """
    spec = read_spec(settings)
    _check_policy(client, spec)
    price_of(settings, local=spec.local)
    return ClientModel(place, client, settings, spec, model or make_chat_model(settings))


class ClientModel:
    """One client's way to the model; see `AskedModel` for what callers may rely on."""

    def __init__(
        self, place: ClientPlace, client: Client, settings: Settings, spec: ModelSpec, model: BaseChatModel
    ) -> None:
        self._place = place
        self._client = client
        self._settings = settings
        self._spec = spec
        self._model = model

    @property
    def name(self) -> str:
        """The model's spec, for people."""
        return self._spec.label

    @property
    def local(self) -> bool:
        """The text stays on this machine."""
        return self._spec.local

    def room(self, prompt: str | Prompt) -> int:
        """How many tokens of inputs and data fit beside the prompt and the longest reply (by `estimate_tokens`)."""
        known = load_prompt(prompt) if isinstance(prompt, str) else prompt
        taken = estimate_tokens(known.system + known.user) + self._settings.model_output_tokens + _FRAME_TOKENS
        return max(0, self._settings.model_context_tokens - taken)

    def propose(
        self,
        schema: type[T],
        prompt: str | Prompt,
        variables: Variables,
        *,
        now: datetime,
        on_text: Callable[[str], None] | None = None,
    ) -> Proposed[T]:
        """Asks for one value of `schema`; the run is kept in the client's place whatever comes of it.

        Raises:
            ModelForbiddenError, BudgetError, ModelFailedError: each a ModelError whose message is fit to be shown.
        """
        from advisor.llm.propose import UnusableError, propose  # noqa: PLC0415 - brings LangChain

        _check_policy(self._client, self._spec)
        known = load_prompt(prompt) if isinstance(prompt, str) else prompt
        names = self._redactor()
        shown = _mapped(variables, names.hide) if names else variables
        run = self._reserve(known, shown, names, now)
        try:
            reply = propose(
                self._model,
                schema,
                known,
                shown,
                restore=names.restore if names else str,
                on_text=_restoring(on_text, names),
            )
        except UnusableError as failed:
            self._finish(run, failed.input_tokens, failed.output_tokens, attempts=failed.attempts, outcome="failed")
            raise failed.error from None
        done = self._finish(
            run,
            reply.input_tokens,
            reply.output_tokens,
            attempts=reply.attempts,
            estimated=reply.estimated,
            seconds=reply.seconds,
            outcome="done",
        )
        return Proposed(reply.value, done)

    def _redactor(self) -> Redactor | None:
        """What hides the client's names; None for a model on this machine."""
        if self._spec.local:
            return None
        with self._place.read() as unit:
            names = known_names(
                self._client, unit.assets.list(), unit.third_parties.list(), people=(self._settings.actor,)
            )
        return Redactor(names, self._client.ref)

    def _reserve(self, prompt: Prompt, variables: Variables, names: Redactor | None, now: datetime) -> ModelRun:
        """Counts the call with all it may use before it is made, so that neither a kill nor a thread can pass a cap."""
        sent = render(prompt, variables)
        tokens = estimate_tokens(sent.system + sent.user) + _FRAME_TOKENS
        longest = self._settings.model_output_tokens
        if tokens + longest > self._settings.model_context_tokens:
            raise ModelFailedError(
                f"takes {self._settings.model_context_tokens:,} tokens, and this question with its passages and the "
                f"reply may need {tokens + longest:,}",
                subject=self.name,
                hint="Ask for less at once, or raise VCISO_MODEL_CONTEXT_TOKENS if the model can take more.",
            )
        cost = price_of(self._settings, local=self.local).of(tokens, longest)
        day = client_day(now, self._client.timezone)
        run = ModelRun(
            id=f"run-{secrets.token_hex(6)}",
            day=day,
            started_at=now,
            prompt=prompt.label,
            model=self.name,
            local=self.local,
            redacted=names.count if names else 0,
            input_tokens=tokens,
            output_tokens=longest,
            estimated=True,
            cost_usd=cost,
            outcome="started",
        )
        with self._place.write("read") as unit:
            reason = refusal(
                caps_of(self._settings), unit.model_usage.of_day(day), tokens=tokens + longest, cost_usd=cost
            )
            if reason:
                raise BudgetError(
                    reason,
                    subject=self._client.id,
                    hint="It goes on without the model until tomorrow; VCISO_MODEL_…_PER_DAY sets the caps.",
                )
            unit.model_usage.put(run)
        return run

    def _finish(self, run: ModelRun, input_tokens: int, output_tokens: int, **known: object) -> ModelRun:
        cost = price_of(self._settings, local=self.local).of(input_tokens, output_tokens)
        tokens = {"input_tokens": input_tokens, "output_tokens": output_tokens, "cost_usd": cost}
        done = run.model_copy(update={**tokens, **known})
        with self._place.write("read") as unit:
            unit.model_usage.put(done)
        return done


def _check_policy(client: Client, spec: ModelSpec) -> None:
    if client.model_policy == "none":
        raise ModelForbiddenError(
            "this client's texts go to no language model",
            subject=client.id,
            hint=f"`vciso client set {client.id} --model-policy local-only` would allow those on this machine.",
        )
    if client.model_policy == "local-only" and not spec.local:
        raise ModelForbiddenError(
            f"this client's texts may go to language models on this machine only, and {spec.label} is elsewhere",
            subject=client.id,
            hint=f"`vciso client set {client.id} --model-policy any` would allow it, with names replaced.",
        )


def _mapped(variables: Variables, hide: Callable[[str], str]) -> Variables:
    """The variables with every text hidden; made inert first, or a name with an invisible sign would slip through."""

    def text(value: str) -> str:
        return hide(inert(value))

    def block(value: DataBlock) -> DataBlock:
        # Lines without numbers may be one text that was wrapped, with a name across the break.
        lines = value.lines if value.numbered else ("\n".join(value.lines),)
        return DataBlock(value.id, text(value.title), tuple(text(line) for line in lines), value.numbered)

    def one(value: str | DataBlock | Iterable[DataBlock]) -> str | DataBlock | tuple[DataBlock, ...]:
        if isinstance(value, str):
            return text(value)
        return block(value) if isinstance(value, DataBlock) else tuple(block(item) for item in value)

    return {name: one(value) for name, value in variables.items()}


def _restoring(on_text: Callable[[str], None] | None, names: Redactor | None) -> Callable[[str], None] | None:
    if on_text is None or names is None:
        return on_text
    return lambda reply: on_text(names.restore_json(reply))
