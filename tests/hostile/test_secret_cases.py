"""Case 31: a fault at each layer whose message has a secret in it; no face, log, file or prompt shows it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NoReturn

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from advisor.morning import run_morning
from advisor.service import Advisor
from evals.made import AT
from evals.obeying import ObeyingStub
from ingest.catalogue import new_source
from ingest.pipeline import refresh
from knowledge.errors import SettingsError, VcisoError
from knowledge.places import Places
from knowledge.records.source import Source
from knowledge.settings import Settings, load_settings
from ui.cli.main import app

SECRET = "sk-KANARI0123456789secretsecret"


def everything(home: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_c31_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "vciso.toml").write_text(f'openai_api_key = ["{SECRET}"]\nmodel_retries = "{SECRET}"\n')
    with pytest.raises(SettingsError) as failed:
        load_settings(tmp_path)
    assert SECRET not in str(failed.value)


def test_c31_settings_show_no_key() -> None:
    settings = Settings(openai_api_key=SecretStr(SECRET), model_api_key=SecretStr(SECRET))
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()


def test_c31_a_source_address_with_a_password() -> None:
    with pytest.raises(VcisoError) as failed:
        new_source(f"https://user:{SECRET}@feeds.example/x.xml", kept=(), source_id="x", title="x")
    assert SECRET not in str(failed.value)


def test_c31_a_fault_while_fetching(firms: Places, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    class Faulty:
        def fetch(self, url: str, **_options: Any) -> NoReturn:
            raise RuntimeError(f"proxy said: Authorization: Bearer {SECRET}")

    source = Source(id="feed", kind="feed", title="Feed", url="https://feeds.example/x.xml")
    with firms.shared().write() as unit:
        unit.sources.put(source)
    report = refresh(firms.shared().facts(AT), [source], now=AT, fetcher=Faulty())
    assert SECRET not in report.model_dump_json()
    assert SECRET not in caplog.text
    assert SECRET.encode() not in everything(firms.home)


@pytest.mark.parametrize("layer", ["advisor.morning.compose_brief", "advisor.morning.read_world"])
def test_c31_a_fault_in_the_morning(
    firms: Places, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, layer: str
) -> None:
    caplog.set_level(logging.DEBUG)

    def faulty(*_arguments: Any, **_options: Any) -> NoReturn:
        raise VcisoError("cannot go on", subject="a client")

    monkeypatch.setattr(layer, faulty)
    monkeypatch.setenv("VCISO_OPENAI_API_KEY", SECRET)
    try:
        run_morning(firms, now=AT)
    except VcisoError as error:
        assert SECRET not in str(error)
    assert SECRET not in caplog.text
    assert SECRET.encode() not in everything(firms.home)


@pytest.mark.parametrize("debug", [False, True])
def test_c31_a_fault_of_ours_on_the_command_line(
    firms: Places, monkeypatch: pytest.MonkeyPatch, debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    home = firms.home
    firms.close()
    monkeypatch.setenv("VCISO_OPENAI_API_KEY", SECRET)

    def faulty(*_arguments: Any, **_options: Any) -> NoReturn:
        held = Settings()
        assert held.openai_api_key is not None
        raise VcisoError("the provider refused", subject=f"request with {held.openai_api_key}")

    monkeypatch.setattr("advisor.morning.compose_brief", faulty)
    result = CliRunner().invoke(app, ["--home", str(home), *(["--debug"] if debug else []), "brief", "acme"])
    assert SECRET not in result.output + repr(result.exception)
    assert SECRET not in caplog.text


def test_c31_no_prompt_has_a_key_of_the_environment(
    asking: Advisor, stub: ObeyingStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCISO_OPENAI_API_KEY", SECRET)
    answer = asking.ask("acme", "How long are backups kept?", now=AT)
    assert stub.requests
    assert SECRET not in repr(stub.requests) + answer.model_dump_json()


def test_c31_the_app_shows_no_error_details() -> None:
    from ui.cli import web

    options: dict[str, Any] = next(
        value for value in vars(web).values() if isinstance(value, dict) and "client.showErrorDetails" in value
    )
    assert options["client.showErrorDetails"] == "none"
