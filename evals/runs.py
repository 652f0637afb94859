"""What a log says about its run: code, rules, prompts, packages, model and seed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from advisor.llm.prompts import load_prompt
from evals.stats import SEED

PACKAGES = (
    "bm25s",
    "chromadb",
    "feedparser",
    "langchain-core",
    "pdfminer.six",
    "python-docx",
    "pydantic",
    "pytrec-eval-terrier",
    "rapidfuzz",
    "scikit-learn",
    "sentence-transformers",
    "textstat",
    "torch",
    "univers",
    "xllamacpp",
)
"""Packages whose version can move a figure."""
ROOT = Path(__file__).resolve().parents[1]


def head(suite: str, data: Path | None, model: str) -> dict[str, Any]:
    """The first line of a log."""
    return {
        "suite": suite,
        "data": str(data) if data else "",
        "model": model_name(model),
        "model_sha256": _file_hash(model),
        "seed": SEED,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": {"cores": os.cpu_count() or 1, "load": _load()},
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "code_sha256": tree_hash(ROOT, ("advisor", "ingest", "knowledge"), ".py"),
        "rules_sha256": tree_hash(ROOT, ("advisor", "knowledge"), ".yaml", ".csv", ".txt"),
        "prompts": dict(prompts()),
    }


def model_name(model: str) -> str:
    """A model as reports name it: of a file its name, not where it is."""
    return Path(model.partition(":")[2]).name if model.startswith("gguf:") else model


def file_name(model: str) -> str:
    """A model's name as the name of a file."""
    return (model_name(model) or "none").replace(":", "-").replace("/", "-")


def _load() -> float:
    """Processes that waited for a processor in the last minute; 0 where a system does not tell."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def prompts() -> Iterable[tuple[str, str]]:
    """Each shipped prompt: name -> label with version and hash."""
    folder = resources.files("advisor") / "prompts"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".md"):
            name = file.name.removesuffix(".md")
            yield name, load_prompt(name).label


def tree_hash(root: Path, folders: Iterable[str], *suffixes: str) -> str:
    """SHA-256 over names and contents of the files with these endings."""
    total = hashlib.sha256()
    for folder in folders:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in suffixes and file.is_file():
                total.update(f"{file.relative_to(root)}\0".encode())
                total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _file_hash(model: str) -> str:
    """SHA-256 of a model that is a file; a provider's model has none that could be told."""
    path = Path(model.removeprefix("gguf:")).expanduser()
    if not model.startswith("gguf:") or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
