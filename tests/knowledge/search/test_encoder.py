"""The model: found, checked by hash, and computed in NumPy as sentence-transformers does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import save_file

from knowledge.errors import IntegrityError, SettingsError
from knowledge.search import encoder
from knowledge.search.bert import gelu, supported, weights
from knowledge.search.encoder import PACKAGED_DIGEST, Model, checked_folder, model_digest, model_folder
from knowledge.search.partition import shipped_packs
from knowledge.search.shipped import gather, shipped
from knowledge.search.static import static_table

TEXTS = (
    "Who may approve a privileged account, and how often is access reviewed?",
    "MFA",
    "Backups are restored every quarter. " * 60,
    "§ 164.308(a)(1) — Zugriffsrechte, naïve café",
)


def test_the_packaged_model_is_the_one_that_was_packaged() -> None:
    folder, digest = checked_folder()
    assert digest == PACKAGED_DIGEST
    assert supported(folder)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the packaged model that may be harmed."""
    target = tmp_path / "model"
    shutil.copytree(model_folder(), target)
    return target


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_c38_one_changed_byte_is_refused(copied: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(encoder, "model_folder", lambda setting=None: copied)
    assert checked_folder()[1] == PACKAGED_DIGEST
    data = bytearray((copied / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / name).write_bytes(data)
    with pytest.raises(IntegrityError, match="changed"):
        checked_folder()


def test_another_folder_has_another_digest(copied: Path) -> None:
    config = json.loads((copied / "sentence_bert_config.json").read_text())
    (copied / "sentence_bert_config.json").write_text(json.dumps(config | {"max_seq_length": 128}))
    assert model_digest(copied) != PACKAGED_DIGEST
    assert checked_folder(copied)[0] == copied


@pytest.mark.parametrize("name", ["modeling.py", "pytorch_model.bin", "weights.pkl"])
def test_code_and_pickles_are_refused(copied: Path, name: str) -> None:
    (copied / name).write_bytes(b"")
    with pytest.raises(SettingsError, match="safetensors"):
        model_folder(copied)


def test_remote_code_and_missing_folders_are_refused(copied: Path, tmp_path: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(SettingsError, match="code of its own"):
        model_folder(copied)
    with pytest.raises(SettingsError, match="VCISO_EMBEDDING_MODEL"):
        model_folder(tmp_path / "nowhere")


def test_weights_are_mapped_as_they_stand_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    made = {
        "wide": np.arange(12, dtype=np.float32).reshape(3, 4),
        "half": np.arange(5, dtype=np.float16),
        "one": np.array([1.5], np.float32),
    }
    save_file(made, file)
    read = weights(file)
    assert read.keys() == made.keys()
    for name, tensor in made.items():
        assert read[name].dtype == tensor.dtype
        assert np.array_equal(read[name], tensor)
    assert not read["wide"].flags.writeable
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(SafetensorError):
        weights(file)


def test_gelu_is_exact_enough() -> None:
    from math import erf, sqrt

    x = np.linspace(-6, 6, 241, dtype=np.float32)
    exact = np.array([0.5 * v * (1 + erf(v / sqrt(2))) for v in x])
    assert np.abs(gelu(x) - exact).max() < 1e-6


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_numpy_and_sentence_transformers_agree() -> None:
    model = Model()
    ours = np.stack([model.encode_question(text) for text in TEXTS])
    theirs = model.encode(TEXTS)
    assert (ours * theirs).sum(axis=1).min() > 0.9999
    assert model.dimensions == theirs.shape[1]


def test_token_vectors_know_what_is_near() -> None:
    table = static_table(model_folder())
    assert table is not None
    rows = table.encode(["multi-factor authentication", "strong authentication of users", "fire doors", ""])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1
    assert not rows[3].any()


def test_every_text_of_every_pack_has_a_shipped_vector_of_this_model() -> None:
    from knowledge.search.entries import requirement_entry

    texts = [
        text for pack in shipped_packs() for row in pack.requirements for text in requirement_entry(pack, row).sentences
    ]
    _, have = shipped().find(texts)
    missing = [text for text, there in zip(texts, have, strict=True) if not there]
    assert not missing, f"{len(missing)} texts: run python scripts/make_search_vectors.py"
    assert shipped().model == PACKAGED_DIGEST


def test_shipped_vectors_are_close_to_computed_ones() -> None:
    text = shipped_packs()[0].assessable[0].question
    row, have = shipped().find([text])
    assert have[0]
    assert float(row[0] @ Model().encode_question(text)) > 0.999


def test_one_byte_a_component_keeps_cosines() -> None:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((200, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    names = [str(number) for number in range(200)]
    back, have = gather("m", names, rows).find([*names, "none"])
    assert have.tolist() == [True] * 200 + [False]
    assert not back[200].any()
    assert np.abs(rows @ back[:200].T - rows @ rows.T).max() < 0.005
