"""Caps of a client's day: counted before a call, by the client's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.budget import Caps, Price, caps_of, client_day, price_of, refusal
from knowledge.errors import SettingsError
from knowledge.records.model import DayUse
from knowledge.settings import Settings

CAPS = Caps(calls=3, tokens=1_000, cost_usd=0.10)


@pytest.mark.parametrize(
    ("used", "tokens", "cost", "words"),
    [
        (DayUse(), 1_000, 0.10, ""),
        (DayUse(calls=3), 1, 0.0, "3 calls"),
        (DayUse(calls=1, tokens=900), 101, 0.0, "900 of the day's 1,000"),
        (DayUse(calls=1, tokens=900), 100, 0.0, ""),
        (DayUse(calls=1, cost_usd=0.08), 1, 0.03, "$0.08 of the day's $0.10"),
    ],
)
def test_a_call_that_would_pass_a_cap_is_refused_with_its_figures(
    used: DayUse, tokens: int, cost: float, words: str
) -> None:
    reason = refusal(CAPS, used, tokens=tokens, cost_usd=cost)
    assert words in reason
    assert bool(reason) is bool(words)


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 0.05)), max_size=30))
def test_what_is_let_through_never_passes_the_caps(calls: list[tuple[int, float]]) -> None:
    used = DayUse()
    for tokens, cost in calls:
        if not refusal(CAPS, used, tokens=tokens, cost_usd=cost):
            used = DayUse(calls=used.calls + 1, tokens=used.tokens + tokens, cost_usd=used.cost_usd + cost)
    assert used.calls <= CAPS.calls
    assert used.tokens <= CAPS.tokens
    assert used.cost_usd <= 0.10 + 1e-9


def test_a_cap_of_nothing_refuses_everything() -> None:
    assert refusal(Caps(calls=0, tokens=0), DayUse(), tokens=1, cost_usd=0.0)


def test_the_day_is_the_clients() -> None:
    late = datetime(2026, 8, 7, 23, 30, tzinfo=UTC)
    assert client_day(late, "Europe/Berlin") == date(2026, 8, 8)
    assert client_day(late, "America/Chicago") == date(2026, 8, 7)
    assert client_day(late, "No/Such") == date(2026, 8, 7)


def test_prices_are_for_a_million_tokens_and_local_is_free(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, model_price_input=3.0, model_price_output=15.0, model_cost_per_day=1.0)
    assert price_of(settings, local=False) == Price(3.0, 15.0)
    assert price_of(settings, local=False).of(1_000_000, 100_000) == pytest.approx(4.5)
    assert price_of(settings, local=True).of(1_000_000, 1_000_000) == 0.0
    assert caps_of(settings).cost_usd == 1.0


def test_a_cost_cap_without_prices_is_no_cap(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, model_price_input=3.0, model_cost_per_day=1.0)
    with pytest.raises(SettingsError, match="needs the model's prices"):
        price_of(settings, local=False)
