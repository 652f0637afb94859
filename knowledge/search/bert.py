"""A BERT sentence encoder in NumPy: a question has its vector in milliseconds, and torch is not loaded for it."""

from __future__ import annotations

import json
import mmap
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float32]

TOKENS = "embeddings.word_embeddings.weight"
"""The token table, half of a small model."""

POOLING = "1_Pooling/config.json"
OTHER_POOLING = frozenset(
    f"pooling_mode_{name}"
    for name in ("cls_token", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")
)


def supported(folder: Path) -> bool:
    """Whether a folder's model has the one shape that is computed here: BERT, GELU, mean of tokens, unit length."""
    try:
        config = json.loads((folder / "config.json").read_text())
        pooling = json.loads((folder / POOLING).read_text())
        listed = json.loads((folder / "modules.json").read_text())
        modules = [str(module["type"]).rsplit(".", 1)[-1] for module in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and pooling.get("pooling_mode_mean_tokens") is True
        and not any(value for name, value in pooling.items() if name in OTHER_POOLING)
        and modules == ["Transformer", "Pooling", "Normalize"]
        and (folder / "model.safetensors").is_file()
        and (folder / "tokenizer.json").is_file()
    )


class NumpyBert:
    """The encoder of one model folder; its weights stay in the file, of which the pages that a text needs are read.

    The arithmetic is that of Devlin et al. 2018 (arXiv:1810.04805) as `transformers.BertModel` does it in evaluation.
    """

    def __init__(self, folder: Path) -> None:
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text())
        self._weights = weights(folder / "model.safetensors")
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self.dimensions = int(config["hidden_size"])
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens(folder))
        # One text is too little work to share: on a busy machine BLAS threads that spin make it 20 times slower.
        self._threads: Any = ThreadpoolController()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, one row a text; rows are computed one by one, which suits questions and not corpora."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        with self._threads.limit(limits=1, user_api="blas"):
            return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Floats:
        ids = np.array(self._tokenizer.encode(text).ids)
        w = self._weights
        x = w[TOKENS][ids]
        x = x + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(self._layers):
            name = f"encoder.layer.{layer}."
            x = self._norm(x + self._attention(x, name), name + "attention.output.LayerNorm")
            inner = gelu(self._linear(x, name + "intermediate.dense"))
            x = self._norm(x + self._linear(inner, name + "output.dense"), name + "output.LayerNorm")
        mean = x.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def _attention(self, x: Floats, name: str) -> Floats:
        length, width = x.shape
        size = width // self._heads

        def split(part: str) -> Floats:
            projected = self._linear(x, f"{name}attention.self.{part}")
            return projected.reshape(length, self._heads, size).transpose(1, 0, 2)

        scores = split("query") @ split("key").transpose(0, 2, 1) / np.float32(np.sqrt(size))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ split("value")).transpose(1, 0, 2).reshape(length, width)
        return self._linear(mixed, name + "attention.output.dense")

    def _linear(self, x: Floats, name: str) -> Floats:
        return np.asarray(x @ self._weights[name + ".weight"].T + self._weights[name + ".bias"], np.float32)

    def _norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + self._epsilon)
        return np.asarray(centred / scale * self._weights[name + ".weight"] + self._weights[name + ".bias"], np.float32)


def weights(file: Path) -> Mapping[str, Floats]:
    """The tensors of a safetensors file by name, mapped and not copied where they are float32 as numpy has them.

    The format: 8 bytes of the header's length, the header as JSON, the tensors (github.com/huggingface/safetensors).
    """
    from safetensors import safe_open

    opened: Any = safe_open(file, framework="numpy")  # refuses a file whose header or sizes do not fit
    with file.open("rb") as raw:
        content = mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ)
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])
    found: dict[str, Floats] = {}
    for name in opened.keys():  # noqa: SIM118 - it is no mapping
        mapped = _mapped(content, begin, header[name])
        found[name] = opened.get_tensor(name) if mapped is None else mapped
    return found


def _mapped(content: mmap.mmap, begin: int, told: Mapping[str, Any]) -> Floats | None:
    if told["dtype"] != "F32" or sys.byteorder != "little":
        return None
    start, end = told["data_offsets"]
    return np.frombuffer(content, np.float32, (end - start) // 4, begin + start).reshape(told["shape"])


def gelu(x: Floats) -> Floats:
    """x * Phi(x); the error function by Abramowitz and Stegun 7.1.26, off by at most 1.5e-7."""
    y = np.abs(x) / np.float32(np.sqrt(2.0))
    t = 1.0 / (1.0 + 0.3275911 * y)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    error = np.sign(x) * (1.0 - series * np.exp(-y * y))
    return np.asarray(0.5 * x * (1.0 + error), np.float32)


def max_tokens(folder: Path) -> int:
    """How many tokens of a text the model reads, as its folder says; 256 where it does not."""
    try:
        return int(json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"])
    except (OSError, ValueError, KeyError, TypeError):
        return 256
