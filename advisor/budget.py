"""What a client's calls of language models may use on one of its days (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge.errors import SettingsError
from knowledge.records.model import DayUse
from knowledge.settings import Settings

MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars for a call."""
        return (input_tokens * self.input + output_tokens * self.output) / MILLION


@dataclass(frozen=True)
class Caps:
    """The most that one client may use on one day."""

    calls: int
    tokens: int
    """Input and output together."""
    cost_usd: float | None = None
    """None: not capped."""


def caps_of(settings: Settings) -> Caps:
    """The caps in the settings."""
    return Caps(
        calls=settings.model_calls_per_day, tokens=settings.model_tokens_per_day, cost_usd=settings.model_cost_per_day
    )


def price_of(settings: Settings, *, local: bool) -> Price:
    """The price in the settings; a local model costs nothing.

    Raises:
        SettingsError: a cost cap without both prices, which could never be reached.
    """
    if local:
        return Price(0.0, 0.0)
    if settings.model_cost_per_day is not None and None in {settings.model_price_input, settings.model_price_output}:
        raise SettingsError(
            "needs the model's prices",
            subject="VCISO_MODEL_COST_PER_DAY",
            hint="Set VCISO_MODEL_PRICE_INPUT and VCISO_MODEL_PRICE_OUTPUT, in US dollars for a million tokens.",
        )
    return Price(settings.model_price_input or 0.0, settings.model_price_output or 0.0)


def client_day(now: datetime, timezone: str) -> date:
    """The client's day at a moment; an unknown time zone counts in UTC."""
    try:
        return now.astimezone(ZoneInfo(timezone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return now.astimezone(ZoneInfo("UTC")).date()


def refusal(caps: Caps, used: DayUse, *, tokens: int, cost_usd: float) -> str:
    """Why a call of at most `tokens` and `cost_usd` is not allowed any more today; empty where it is."""
    if used.calls >= caps.calls:
        return f"the day's {caps.calls:,} calls of a language model are used up"
    if used.tokens + tokens > caps.tokens:
        return (
            f"{used.tokens:,} of the day's {caps.tokens:,} language model tokens are used, "
            f"and this call may need {tokens:,}"
        )
    if caps.cost_usd is not None and used.cost_usd + cost_usd > caps.cost_usd:
        return (
            f"${used.cost_usd:.2f} of the day's ${caps.cost_usd:.2f} for language models are used, "
            f"and this call may cost ${cost_usd:.2f}"
        )
    return ""
