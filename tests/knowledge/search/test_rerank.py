"""The optional cross-encoder, with a tiny one made here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge.errors import SettingsError
from knowledge.records.search import Hit, Passage, Reason
from knowledge.search.encoder import model_folder
from knowledge.search.rerank import rerank


def hit(rank: int, text: str, ranker: str = "lexical") -> Hit:
    passage = Passage(id=f"p{rank}", partition="client", kind="document", title="T", locator="L", text=text)
    return Hit(passage=passage, rank=rank, score=0.5, reasons=(Reason(ranker=ranker, rank=rank, score=1.0),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A random cross-encoder of one layer, saved as safetensors."""
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=30_522,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    transformers.set_seed(7)
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        shutil.copy(model_folder() / name, tmp_path / name)
    return tmp_path


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_is_named_stays_in_front_and_the_rest_is_ordered_by_its_scores(folder: Path) -> None:
    hits = [hit(1, "named", "id"), hit(2, "backups every day"), hit(3, "fire doors"), hit(4, "a long talk about cats")]
    found = rerank("how often are backups made", hits, folder)
    assert found[0].passage.id == "p1"
    assert [one.rank for one in found] == [1, 2, 3, 4]
    scores = [one.reasons[0].score for one in found[1:]]
    assert all(one.reasons[0].ranker == "rerank" for one in found[1:])
    assert scores == sorted(scores, reverse=True)
    assert {one.passage.id for one in found} == {"p1", "p2", "p3", "p4"}


def test_a_folder_without_a_model_or_with_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cross-encoder"):
        rerank("q", [hit(1, "x")], tmp_path / "none")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "modeling.py").write_text("")
    with pytest.raises(SettingsError, match="never code"):
        rerank("q", [hit(1, "x")], tmp_path)
