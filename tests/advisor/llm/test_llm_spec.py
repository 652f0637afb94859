"""Which model, and does text stay here: the one question that policies hang on."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.llm.interface import NoModelError
from advisor.llm.spec import read_spec
from knowledge.errors import SettingsError
from knowledge.settings import Settings


@pytest.mark.parametrize(
    ("model", "url", "local"),
    [
        ("fake:", "", True),
        ("gguf:/models/a.gguf", "", True),
        ("ollama:qwen3:4b", "", True),
        ("ollama:gpt-oss:120b-cloud", "", False),
        ("ollama:kimi-k2:1t-cloud", "http://localhost:11434", False),
        ("ollama:qwen3", "https://box.example:11434", False),
        ("openai-compatible:m", "http://127.0.0.1:8080/v1", True),
        ("openai-compatible:m", "http://[::1]:8080/v1", True),
        ("openai-compatible:m", "http://[::ffff:127.0.0.1]:8080/v1", True),
        ("openai-compatible:m", "http://LOCALHOST/v1", True),
        ("openai-compatible:m", "https://localhost.evil.example/v1", False),
        ("openai-compatible:m", "https://127.0.0.1.evil.example/v1", False),
        ("openai-compatible:m", "https://10.0.0.5/v1", False),
        ("openai:gpt-x", "", False),
        ("openai:gpt-x", "http://127.0.0.1:1/v1", False),
        ("anthropic:claude-x", "", False),
    ],
)
def test_what_counts_as_local(tmp_path: Path, model: str, url: str, local: bool) -> None:
    spec = read_spec(Settings(home=tmp_path, model=model, model_base_url=url))
    assert spec.local is local


def test_no_model_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="no language model is set"):
        read_spec(Settings(home=tmp_path))


@pytest.mark.parametrize(
    ("model", "url", "words"),
    [
        ("gpt-x", "", "is no model"),
        ("mistral:x", "", "is no model"),
        ("openai:", "", "is no model"),
        ("openai-compatible:m", "", "needs the address"),
        ("openai-compatible:m", "127.0.0.1:8080", "is not an address"),
        ("openai-compatible:m", "file:///etc/passwd", "is not an address"),
        ("openai-compatible:m", "http://127.0.0.1:port/v1", "is not an address"),
        ("openai-compatible:m", "http://[::1/v1", "is not an address"),
        ("openai-compatible:m", "http://10.0.0.5/v1", "not encrypted"),
        ("openai-compatible:m", "http://0.0.0.0/v1", "not encrypted"),
        ("openai-compatible:m", "http://127.0.0.1@evil.example/v1", "name or password"),
        ("openai-compatible:m", "https://u:s3cr3t@box.example/v1", "name or password"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, model: str, url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        read_spec(Settings(home=tmp_path, model=model, model_base_url=url))
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.hint


def test_a_label_names_no_folder(tmp_path: Path) -> None:
    assert read_spec(Settings(home=tmp_path, model="gguf:/home/ana/models/q.gguf")).label == "gguf:q.gguf"
