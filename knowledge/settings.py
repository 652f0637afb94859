"""One Settings for the whole product, read once at a face and passed down."""

from __future__ import annotations

import getpass
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from knowledge.errors import SettingsError

SETTINGS_FILE = "vciso.toml"
_OWNER = "local owner"


def _default_actor() -> str:
    """The login name; an account that is a machine's and no person's is called the home's owner."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container without a user entry
        return _OWNER
    return _OWNER if name in ("root", "nobody") else name


class Settings(BaseSettings):
    """Every setting. The environment (`VCISO_…`) wins over `vciso.toml` in the home, which wins over the defaults."""

    model_config = SettingsConfigDict(
        env_prefix="VCISO_", frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True
    )

    home: Path = Field(default_factory=lambda: user_data_path("vciso", appauthor=False))
    """Folder that holds the shared place and every client's place."""
    actor: Annotated[str, Field(min_length=1, max_length=100)] = Field(default_factory=_default_actor)
    """Who the audit chain names as acting."""
    open_clients: Annotated[int, Field(ge=1, le=256)] = 8
    """How many clients' places are kept open at once."""
    lock_wait_seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    """How long to wait for another process to let go of a place."""
    fetch_workers: Annotated[int, Field(ge=1, le=32)] = 8
    """Sources fetched at once."""
    proxy: str = ""
    """`http://host:port` of a proxy for sources; proxy variables of the environment are ignored on purpose."""
    ca_file: str = ""
    """PEM file of further authorities to trust for sources (an inspecting proxy of the house)."""
    nvd_api_key: SecretStr | None = None
    """Raises NVD's rate limit from 5 to 50 requests in 30 seconds."""
    lookup_limit: Annotated[int, Field(ge=0, le=2_000)] = 60
    """How many CVE records one refresh looks up by id."""
    embedding_model: Path | None = None
    """Folder of another sentence-transformers model (safetensors only); unset: the packaged all-MiniLM-L6-v2."""
    reranker_model: Path | None = None
    """Folder of a cross-encoder (safetensors only) that reads the best hits once more; unset: none."""
    pdf_fonts: tuple[Path, ...] = ()
    """Font files (a JSON list) for scripts that the PDF typeface lacks (Chinese, Hebrew); asked before the system's."""
    model: Annotated[str, Field(max_length=500)] = ""
    """`openai:`, `anthropic:`, `ollama:`, `openai-compatible:` and a name; `gguf:` and a path; `fake:`; empty: none."""
    model_base_url: str = ""
    """Address of an OpenAI-compatible or Ollama server; one on loopback counts as local."""
    model_api_key: SecretStr | None = None
    """Key of the OpenAI-compatible server, where it asks for one."""
    openai_api_key: SecretStr | None = None
    """Key for `openai:` models."""
    anthropic_api_key: SecretStr | None = None
    """Key for `anthropic:` models."""
    model_timeout_seconds: Annotated[float, Field(gt=0, le=3_600)] = 120.0
    """Longest wait for one reply of a model."""
    model_retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Tries after the first one where a model's server is busy or unreachable."""
    model_context_tokens: Annotated[int, Field(ge=1_024, le=1_000_000)] = 8_192
    """Prompt and reply together; also what an embedded or Ollama model sets aside memory for."""
    model_output_tokens: Annotated[int, Field(ge=64, le=32_768)] = 1_024
    """Longest reply."""
    model_threads: Annotated[int, Field(ge=0, le=256)] = 0
    """Processor threads of an embedded model; 0: one for each core."""
    model_calls_per_day: Annotated[int, Field(ge=0)] = 500
    """Most calls of a model for one client on one of its days."""
    model_tokens_per_day: Annotated[int, Field(ge=0)] = 500_000
    """Most tokens, in and out, for one client on one of its days."""
    model_cost_per_day: Annotated[float, Field(ge=0)] | None = None
    """Most US dollars for one client on one of its days, by the two prices below; local models cost nothing."""
    model_price_input: Annotated[float, Field(ge=0)] | None = None
    """US dollars for a million input tokens, from the provider's price list."""
    model_price_output: Annotated[float, Field(ge=0)] | None = None
    """US dollars for a million output tokens."""
    oidc_issuer: str = ""
    """`iss` of the OpenID provider whose sign-ins the app accepts; with it set, or a user added, it asks for one."""
    sign_in_hours: Annotated[float, Field(gt=0, le=720)] = 12.0
    """How long a sign-in to the app holds."""
    triage_model: bool = False
    """Show products that news names in passing to the language model, which may raise a question about them."""
    smtp_host: str = ""
    """Mail server that takes the briefs; empty: no mail is sent."""
    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    """587 with STARTTLS, 465 with TLS from the first byte."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; the certificate is checked. `none` is allowed for a server on this machine."""
    smtp_user: str = ""
    """Account at the mail server, where it asks for one."""
    smtp_password: SecretStr | None = None
    """Its password."""
    mail_from: str = ""
    """Address that the mails come from."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        file = settings_cls.model_config.get("toml_file")
        toml = (TomlConfigSettingsSource(settings_cls, toml_file=Path(str(file))),) if file else ()
        return (init_settings, env_settings, *toml)


def load_settings(home: Path | None = None) -> Settings:
    """Reads the settings for `home` (argument, else `VCISO_HOME`, else the platform's data folder).

    Raises:
        SettingsError: the file is not TOML, a name is unknown or a value is out of range; names the setting.
    """
    chosen = home or (Path(os.environ["VCISO_HOME"]) if os.environ.get("VCISO_HOME") else None)
    base = (chosen or user_data_path("vciso", appauthor=False)).expanduser().absolute()
    file = base / SETTINGS_FILE
    has_file = file.is_file()

    class _Bound(Settings):
        model_config = SettingsConfigDict(toml_file=file if has_file else None, defer_build=False)

    try:
        bound = _Bound(home=base)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("is not valid TOML", subject=str(file), hint=str(error)) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(
            f"cannot be used: {first['msg']}",
            subject=f"setting {name}",
            hint=f"Set VCISO_{name.upper()} or edit {file}; `vciso settings` lists every setting.",
        ) from None
    return Settings.model_construct(**{name: getattr(bound, name) for name in Settings.model_fields})
