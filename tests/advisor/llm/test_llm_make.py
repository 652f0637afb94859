"""One factory: the right class with our limits, no variable of the environment in between, the pip line."""

from __future__ import annotations

import builtins
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from advisor.llm import make
from advisor.llm.interface import NoModelError
from advisor.llm.make import make_chat_model
from advisor.llm.masking import secrets_of
from knowledge.errors import SettingsError
from knowledge.settings import Settings

KEYS = {"openai_api_key": SecretStr("sk-test-openai"), "anthropic_api_key": SecretStr("sk-test-anthropic")}

Set = Callable[..., Settings]


@pytest.fixture
def set_to(tmp_path: Path) -> Set:
    def make_settings(model: str, **values: Any) -> Settings:
        return Settings(home=tmp_path, model=model, model_timeout_seconds=33, model_retries=4, **values)

    return make_settings


@pytest.fixture
def _hostile_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that providers' packages read by themselves."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL", "OLLAMA_HOST"):
        monkeypatch.setenv(name, "https://elsewhere.example")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LANGSMITH_API_KEY"):
        monkeypatch.setenv(name, "sk-of-somebody-else")
    monkeypatch.setenv("LANGSMITH_GATEWAY", "https://gateway.example")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")


@pytest.mark.usefixtures("_hostile_environment")
@pytest.mark.parametrize(
    ("model", "url", "address"),
    [
        ("openai:gpt-x", "", "https://api.openai.com/v1"),
        ("openai-compatible:m", "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1"),
    ],
)
def test_openai_goes_where_the_settings_say(set_to: Set, model: str, url: str, address: str) -> None:
    chat: Any = make_chat_model(set_to(model, model_base_url=url, **KEYS))
    assert chat.openai_api_base == address
    assert (chat.request_timeout, chat.max_retries, chat.cache) == (33, 4, False)
    assert str(chat.root_client.base_url).startswith(address)
    assert chat.root_client._client.follow_redirects is False
    assert "sk-of-somebody-else" not in secrets_of(chat)
    proxied = {pattern.pattern for pattern in chat.root_client._client._mounts}
    assert bool(proxied) is (model == "openai:gpt-x"), "a proxy variable is for models elsewhere, never for local ones"


@pytest.mark.usefixtures("_hostile_environment")
def test_anthropic_goes_where_the_settings_say(set_to: Set) -> None:
    chat: Any = make_chat_model(set_to("anthropic:claude-x", **KEYS))
    assert chat.anthropic_api_url == "https://api.anthropic.com"
    assert (chat.default_request_timeout, chat.max_retries) == (33, 4)
    assert secrets_of(chat) == {"sk-test-anthropic"}


@pytest.mark.usefixtures("_hostile_environment")
def test_ollama_goes_where_the_settings_say(set_to: Set) -> None:
    chat: Any = make_chat_model(set_to("ollama:qwen3:4b"))
    client = chat._client._client
    assert str(client.base_url).startswith("http://127.0.0.1:11434")
    assert client.follow_redirects is False
    assert not client._mounts
    assert (chat.num_ctx, chat.num_predict) == (8_192, 1_024)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("openai:gpt-x", "VCISO_OPENAI_API_KEY"),
        ("anthropic:claude-x", "VCISO_ANTHROPIC_API_KEY"),
        ("gguf:/no/such/file.gguf", "no such model file"),
    ],
)
def test_what_is_missing_is_named(set_to: Set, model: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        make_chat_model(set_to(model))


@pytest.mark.parametrize(
    ("model", "package", "line"),
    [
        ("openai:gpt-x", "langchain_openai", "pip install 'vciso-copilot[models]'"),
        ("anthropic:claude-x", "langchain_anthropic", "pip install 'vciso-copilot[models]'"),
        ("ollama:m", "langchain_ollama", "pip install 'vciso-copilot[models]'"),
        ("gguf:FILE", "xllamacpp", "pip install 'vciso-copilot[local]'"),
    ],
)
def test_a_missing_extra_gives_the_pip_line(
    set_to: Set, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, package: str, line: str
) -> None:
    real_import = make.importlib.import_module

    def absent(name: str) -> Any:
        if name == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real_import(name)

    monkeypatch.setattr(make.importlib, "import_module", absent)
    monkeypatch.setattr(make, "find_spec", lambda name: None if name == package else builtins.object())
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises(NoModelError) as caught:
        make_chat_model(set_to(model.replace("FILE", str(file)), **KEYS))
    assert line in caught.value.hint
    assert package.replace("_", "-") in caught.value.message


def test_nothing_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys\n"
        "import advisor.llm.session, advisor.llm.interface, advisor.llm.prompts, advisor.redaction, advisor.budget\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"langchain_core", "langchain", "langsmith", "openai", "anthropic", "ollama", "xllamacpp", "torch", "httpx"}
    assert not heavy & set(done.stdout.split())
