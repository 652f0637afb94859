"""Case 31: a fault at each layer whose message has a secret in it; no face, log, file or prompt shows it."""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

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


LAYERS = (
    "knowledge.store.engine.Database.transaction",
    "knowledge.places.Places.profile",
    "advisor.triage.judge.Judge.judge",
    "advisor.morning.compose_brief",
    "ui.render.markdown.brief_markdown",
)
"""A function of each layer that `vciso brief acme` comes through."""


def with_secret(kind: type[Exception]) -> Any:
    def faulty(*_arguments: Any, **_options: Any) -> NoReturn:
        raise kind(f"refused: Authorization: Bearer {SECRET}; see https://user:{SECRET}@files.example/x")

    return faulty


@pytest.mark.parametrize(("kind", "debug"), [(RuntimeError, False), (OSError, True), (VcisoError, False)])
@pytest.mark.parametrize("layer", LAYERS)
def test_c31_a_fault_whose_message_has_a_key_in_each_layer(
    firms: Places,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: type[Exception],
    layer: str,
    debug: bool,
) -> None:
    home = firms.home
    firms.close()
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(layer, with_secret(kind))
    result = CliRunner().invoke(app, ["--home", str(home), *(["--debug"] if debug else []), "brief", "acme"])
    said = result.output + result.stderr + repr(result.exception)
    assert result.exit_code != 0
    assert "refused" in said, "the fault was not met"
    assert SECRET not in said
    assert SECRET not in caplog.text
    assert SECRET.encode() not in everything(home)


def test_c31_a_fault_in_the_schedule(firms: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.schedule import loop

    said: list[str] = []
    monkeypatch.setattr(loop, "run_due", with_secret(RuntimeError))
    stop = threading.Event()
    tools = SimpleNamespace(stop=stop, clock=lambda: AT)

    def say(line: str) -> None:
        said.append(line)
        stop.set()

    loop.loop(lambda _now: nullcontext(firms), tools, say, seconds=0.01)  # type: ignore[arg-type]
    assert "refused" in said[0]
    assert SECRET not in "".join(said)


def test_c31_a_fault_of_a_parser_in_its_child() -> None:
    from ingest import sandbox_child

    answer = sandbox_child._answer(with_secret(RuntimeError), b"", {})
    assert b"refused" in answer
    assert SECRET.encode() not in answer


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
