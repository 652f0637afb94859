"""A cross-encoder that reads question and passage together, where its folder is set: a second look at first hits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.errors import SettingsError
from knowledge.records.search import Hit, Reason
from knowledge.search.encoder import INSTALL, refuse_code

DEPTH = 30
"""How many hits are read again; those behind keep their order."""


def rerank(query: str, hits: Sequence[Hit], folder: Path) -> tuple[Hit, ...]:
    """Hits by what a cross-encoder says of question and passage; hits that the question names stay in front.

    Raises:
        SettingsError: the folder holds no cross-encoder, or code, or pickled weights.
    """
    front = [hit for hit in hits if any(reason.ranker in {"id", "crosswalk"} for reason in hit.reasons)]
    rest = [hit for hit in hits if hit not in front]
    read, behind = rest[:DEPTH], rest[DEPTH:]
    if not read:
        return tuple(hits)
    scores = _load(folder).predict([(query, f"{hit.passage.title}\n{hit.passage.text}") for hit in read])
    ordered = sorted(zip(read, map(float, scores), strict=True), key=lambda pair: -pair[1])
    seen = []
    for place, (hit, score) in enumerate(ordered, 1):
        reason = Reason(ranker="rerank", rank=place, score=round(score, 4), detail="the cross-encoder's reading")
        seen.append(hit.model_copy(update={"reasons": (reason, *hit.reasons)}))
    return tuple(hit.model_copy(update={"rank": place}) for place, hit in enumerate((*front, *seen, *behind), 1))


@cache
def _load(folder: Path) -> Any:
    if not (folder / "config.json").is_file():
        raise SettingsError(
            "is not the folder of a cross-encoder", subject=str(folder), hint="Unset VCISO_RERANKER_MODEL."
        )
    refuse_code(folder)
    try:
        from sentence_transformers import CrossEncoder
    except ImportError:
        raise SettingsError("sentence-transformers is not installed", subject="search", hint=INSTALL) from None
    try:
        return CrossEncoder(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise SettingsError(
            f"cannot be loaded ({' '.join(str(error).split())[:160]})",
            subject=str(folder),
            hint="Check VCISO_RERANKER_MODEL.",
        ) from None
