"""Settings come from the environment, then the home's file, then the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import SettingsError
from knowledge.settings import load_settings


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.home == tmp_path
    assert settings.open_clients == 8
    assert settings.nvd_api_key is None


def test_environment_wins_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vciso.toml").write_text('open_clients = 3\nactor = "ana"\n')
    assert load_settings(tmp_path).open_clients == 3
    monkeypatch.setenv("VCISO_OPEN_CLIENTS", "5")
    settings = load_settings(tmp_path)
    assert (settings.open_clients, settings.actor) == (5, "ana")


def test_home_by_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCISO_HOME", str(tmp_path / "there"))
    assert load_settings().home == tmp_path / "there"
    assert load_settings(tmp_path / "here").home == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("open_clients = 0", "open_clients"),
        ("no_such = 1", "no_such"),
        ("open_clients = ", "valid TOML"),
        ('actor = ""', "actor"),
    ],
)
def test_a_bad_file_is_named_in_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "vciso.toml").write_text(text)
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(tmp_path)
    assert caught.value.hint


def test_a_secret_does_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCISO_NVD_API_KEY", "s3cr3t-key")
    settings = load_settings(tmp_path)
    assert settings.nvd_api_key is not None
    assert settings.nvd_api_key.get_secret_value() == "s3cr3t-key"
    assert "s3cr3t-key" not in repr(settings) + str(settings)
    monkeypatch.setenv("VCISO_OPEN_CLIENTS", "s3cr3t-key")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert "s3cr3t-key" not in str(caught.value)


@pytest.mark.parametrize(("login", "actor"), [("robin", "robin"), ("root", "local owner"), ("nobody", "local owner")])
def test_the_audit_chain_names_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: str, actor: str
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: login)
    assert load_settings(tmp_path).actor == actor
