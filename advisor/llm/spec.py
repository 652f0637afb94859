"""Reads the model setting: which provider, which model, where it listens, and whether text stays on this machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from advisor.llm.interface import NoModelError
from knowledge.errors import SettingsError
from knowledge.settings import Settings

Provider = Literal["openai", "anthropic", "ollama", "openai-compatible", "gguf", "fake"]

HOME_URL: dict[Provider, str] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://127.0.0.1:11434",
}
"""Where a provider listens unless set otherwise; always passed on, so that no other variable can redirect text."""

FORMS = "openai:NAME, anthropic:NAME, ollama:NAME, openai-compatible:NAME, gguf:PATH or fake:"


@dataclass(frozen=True)
class ModelSpec:
    """One model, as set."""

    provider: Provider
    name: str
    """Model name at the provider; a path for `gguf`; empty for `fake`."""
    base_url: str
    """Empty for models inside this process."""
    local: bool
    """No text leaves this machine."""

    @property
    def label(self) -> str:
        """`provider:name`; of a path the file name alone, because labels are stored and shown."""
        return f"{self.provider}:{Path(self.name).name if self.provider == 'gguf' else self.name}"


def read_spec(settings: Settings) -> ModelSpec:
    """The model that the settings name.

    Raises:
        NoModelError: none is set.
        SettingsError: of no known form; a base URL that is missing, unusable, or remote and not encrypted.
    """
    if not settings.model:
        raise NoModelError("no language model is set", hint=f"Set VCISO_MODEL to {FORMS}.")
    provider, colon, name = settings.model.partition(":")
    if provider not in get_args(Provider) or not colon or (not name and provider != "fake"):
        raise SettingsError("is no model", subject=f"VCISO_MODEL {settings.model[:60]}", hint=f"Use {FORMS}.")
    found: Provider = provider  # type: ignore[assignment] # narrowed by get_args above
    if found in {"gguf", "fake"}:
        return ModelSpec(provider=found, name=name, base_url="", local=True)
    if found in {"ollama", "openai-compatible"}:
        url = settings.model_base_url or HOME_URL.get(found, "")
        if not url:
            raise SettingsError(
                "needs the address of its server",
                subject=f"VCISO_MODEL {settings.model[:60]}",
                hint="Set VCISO_MODEL_BASE_URL, for example http://127.0.0.1:8080/v1.",
            )
        local = _is_loopback(url)
        # An Ollama server passes models whose tag ends in "cloud" on to its maker: https://docs.ollama.com/cloud
        return ModelSpec(found, name, url, local and not (found == "ollama" and name.casefold().endswith("cloud")))
    return ModelSpec(found, name, HOME_URL[found], local=False)


def _is_loopback(url: str) -> bool:
    """Whether a server's address is on this machine.

    Raises:
        SettingsError: not an http(s) address, has a password in it, or is remote and not encrypted.
    """
    subject = f"VCISO_MODEL_BASE_URL {url.rpartition('@')[2][:80]}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"}:
        raise SettingsError("is not an address", subject=subject, hint="Use a form like http://127.0.0.1:8080/v1.")
    if parts.username is not None or parts.password is not None:
        raise SettingsError("has a name or password in it", subject=subject, hint="Set VCISO_MODEL_API_KEY instead.")
    try:
        address = ipaddress.ip_address(host)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        loopback = (mapped or address).is_loopback
    except ValueError:
        loopback = host.casefold() == "localhost"
    if not loopback and parts.scheme != "https":
        raise SettingsError(
            "is another machine and not encrypted",
            subject=subject,
            hint="Use https, or a tunnel that ends on this machine (ssh -L 8080:localhost:8080 HOST).",
        )
    return loopback
