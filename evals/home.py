"""Settings of a run's own home: the environment's keys and addresses, but none of its limits a day."""

from __future__ import annotations

from pathlib import Path

from knowledge.settings import Settings

UNCAPPED = 1_000_000_000
"""Calls and tokens a day; a run asks more in an hour than a client does."""


def eval_settings(home: Path, model: str = "") -> Settings:
    """Settings for a home that a run makes and removes.

    Args:
        home: an empty folder.
        model: as VCISO_MODEL takes it; empty for none, whatever the environment says.
    """
    changed = {
        "home": home,
        "actor": "evals",
        "model": model,
        "model_calls_per_day": UNCAPPED,
        "model_tokens_per_day": UNCAPPED,
    }
    return Settings().model_copy(update=changed)
