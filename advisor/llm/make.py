"""Makes the chat model that the settings name; each provider's package is imported only when it is the one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.llm.interface import NoModelError
from advisor.llm.spec import ModelSpec, Provider, read_spec
from knowledge.errors import SettingsError
from knowledge.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from pydantic import SecretStr


def make_chat_model(settings: Settings) -> BaseChatModel:
    """The chat model of `settings.model`, ready to be asked; nothing is sent and no model is loaded yet.

    Which client's text it may see, names and caps are the business of `advisor.llm.session`.

    Raises:
        NoModelError: none is set, or its package is not installed (the hint is the pip line).
        SettingsError: the setting cannot be used, a key is missing, a model file does not exist.
    """
    spec = read_spec(settings)
    return _MAKERS[spec.provider](spec, settings)


def _package(name: str, extra: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or name).partition(".")[0].replace("_", "-")
        raise _missing(missing, extra) from None


def _missing(package: str, extra: str) -> NoModelError:
    return NoModelError(
        f"the package {package} is not installed",
        subject="VCISO_MODEL",
        hint=f"pip install 'vciso-copilot[{extra}]'",
    )


def _key(value: SecretStr | None, variable: str) -> SecretStr:
    if value is None or not value.get_secret_value():
        raise SettingsError("is not set and the model needs it", subject=variable, hint=f"Set {variable}.")
    return value


def _openai(spec: ModelSpec, settings: Settings) -> BaseChatModel:
    return _openai_client(spec, settings, _key(settings.openai_api_key, "VCISO_OPENAI_API_KEY").get_secret_value())


def _openai_compatible(spec: ModelSpec, settings: Settings) -> BaseChatModel:
    # Servers without keys still want the header; the word is no secret.
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else "none"
    return _openai_client(spec, settings, key)


def _openai_client(spec: ModelSpec, settings: Settings, key: str) -> BaseChatModel:
    provider = _package("langchain_openai", "models")
    library = _package("openai", "models")
    # A local server's text must not leave by a proxy variable, and no server may send it elsewhere by a redirect.
    http = library.DefaultHttpxClient(
        trust_env=not spec.local, follow_redirects=False, timeout=settings.model_timeout_seconds
    )
    chat: BaseChatModel = provider.ChatOpenAI(
        model=spec.name,
        base_url=spec.base_url,
        api_key=key,
        timeout=settings.model_timeout_seconds,
        max_retries=settings.model_retries,
        max_tokens=settings.model_output_tokens,
        temperature=None if spec.provider == "openai" else 0.0,  # reasoning models of OpenAI refuse the parameter
        stream_usage=True,
        http_client=http,
        cache=False,
    )
    return chat


def _anthropic(spec: ModelSpec, settings: Settings) -> BaseChatModel:
    chat: BaseChatModel = _package("langchain_anthropic", "models").ChatAnthropic(
        model=spec.name,
        base_url=spec.base_url,
        api_key=_key(settings.anthropic_api_key, "VCISO_ANTHROPIC_API_KEY").get_secret_value(),
        timeout=settings.model_timeout_seconds,
        max_retries=settings.model_retries,
        max_tokens=settings.model_output_tokens,
        cache=False,
    )
    return chat


def _ollama(spec: ModelSpec, settings: Settings) -> BaseChatModel:
    chat: BaseChatModel = _package("langchain_ollama", "models").ChatOllama(
        model=spec.name,
        base_url=spec.base_url,
        temperature=0.0,
        num_ctx=settings.model_context_tokens,  # its own default cuts longer prompts without a word
        num_predict=settings.model_output_tokens,
        client_kwargs={
            "timeout": settings.model_timeout_seconds,
            "trust_env": not spec.local,
            "follow_redirects": False,
        },
        metadata={_package("advisor.llm.propose", "models").RETRIES: settings.model_retries},
        cache=False,
    )
    return chat


def _gguf(spec: ModelSpec, settings: Settings) -> BaseChatModel:
    path = Path(spec.name).expanduser()
    if not path.is_file():
        raise SettingsError("no such model file", subject=f"VCISO_MODEL gguf:{path}", hint="Give the path of a GGUF.")
    _package("langchain_core", "local")
    if find_spec("xllamacpp") is None:  # asked for, not imported: OMP_WAIT_POLICY has to be set first
        raise _missing("xllamacpp", "local")
    chat: BaseChatModel = _package("advisor.llm.gguf", "local").EmbeddedChat(
        path=str(path.absolute()),
        context_tokens=settings.model_context_tokens,
        output_tokens=settings.model_output_tokens,
        threads=settings.model_threads,
        timeout_seconds=settings.model_timeout_seconds,
        cache=False,
    )
    return chat


def _fake(spec: ModelSpec, settings: Settings) -> BaseChatModel:
    del spec, settings
    _package("langchain_core", "models")
    chat: BaseChatModel = _package("advisor.llm.fake", "models").FakeChat(cache=False)
    return chat


_MAKERS: dict[Provider, Callable[[ModelSpec, Settings], BaseChatModel]] = {
    "openai": _openai,
    "openai-compatible": _openai_compatible,
    "anthropic": _anthropic,
    "ollama": _ollama,
    "gguf": _gguf,
    "fake": _fake,
}
