"""The child process keeps its limits, whatever the parser does."""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path

import pytest

from ingest import sandbox
from ingest.sandbox import Limits, run_parser, run_parser_many
from knowledge.errors import BadInputError

PARSER = """
import json, os, socket, subprocess, sys, time
from knowledge.errors import BadInputError

def parse(data, options):
    what = data.decode()
    if what == "echo": return {"options": options, "n": len(data)}
    if what == "refuse": raise BadInputError("is not one of ours", subject="ignored", hint="Try another.")
    if what == "memory": return len(bytearray(3_000_000_000))
    if what == "spin":
        while True: pass
    if what == "sleep": time.sleep(60)
    if what == "deep":
        def f(): return f()
        return f()
    if what == "deep-answer":
        v = []
        for _ in range(100_000): v = [v]
        return v
    if what == "output": return "x" * 5_000_000
    if what == "print": print("noise" * 1000); sys.stdout.flush(); os.write(1, b"more noise"); return 1
    if what == "crash": os.kill(os.getpid(), 11)
    if what == "abort": os.abort()
    if what == "exit": os._exit(0)
    if what == "nan": return float("nan")
    if what == "key": raise KeyError("a" * 5000)
    if what == "connect": return str(socket.create_connection(("127.0.0.1", 9), timeout=1))
    if what == "resolve": return socket.getaddrinfo("localhost", 80)
    if what == "spawn": return subprocess.run(["true"]).returncode
    if what == "open": return open("/etc/passwd").read()
    if what == "write": open(options["path"], "w").write("x"); return 1
    if what == "env": return dict(os.environ)
    if what == "import":
        import tomllib
        return tomllib.__name__
    if what == "surrogate": return "\\ud800"
    raise AssertionError(what)
"""


@pytest.fixture(autouse=True)
def misbehaving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "misbehaving_parser.py").write_text(PARSER)
    monkeypatch.setitem(sandbox.PARSERS, "test", "misbehaving_parser:parse")
    boot = sandbox._BOOT.replace("; from", f"; sys.path.append({str(tmp_path)!r}); from", 1)
    monkeypatch.setattr(sandbox, "_BOOT", boot)


QUICK = Limits(cpu_seconds=1, wall_seconds=3, output_mb=1)


def sentence(what: str, limits: Limits = QUICK, **options: object) -> str:
    with pytest.raises(BadInputError) as caught:
        run_parser("test", what.encode(), subject="file.x", options=options, limits=limits)
    assert caught.value.subject == "file.x"
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return caught.value.message


def test_value_and_options_come_back() -> None:
    assert run_parser("test", b"echo", subject="f", options={"a": [1]}) == {"options": {"a": [1]}, "n": 4}


def test_refusal_keeps_message_and_hint_and_names_the_file() -> None:
    with pytest.raises(BadInputError) as caught:
        run_parser("test", b"refuse", subject="file.x")
    assert str(caught.value) == "file.x: is not one of ours. Try another."


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("memory", "MB of memory"),
        ("spin", "1 s of processor time"),
        ("sleep", "took more than 3 s"),
        ("deep", "nested too deeply"),
        ("deep-answer", "nested too deeply"),
        ("output", "more than 1 MB of content"),
        ("crash", "may not do this: os.kill"),
        ("abort", "signal 6"),
        ("exit", "stopped the parser"),
        ("nan", "could not be read"),
        ("key", "KeyError"),
        ("connect", "may not do this: socket"),
        ("resolve", "may not do this: socket"),
        ("spawn", "may not"),
        ("open", "may not open files"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="kernel limits exist on POSIX only")
def test_each_breach_is_one_sentence_in_time(what: str, words: str) -> None:
    start = time.monotonic()
    said = sentence(what)
    # Where other work takes most of the processor, the wall-clock limit is reached before one second of our own.
    assert words in said or (what == "spin" and "took more than 3 s" in said)
    assert time.monotonic() - start < 20


def test_a_parser_cannot_write(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    assert "may not open files" in sentence("write", path=str(target))
    assert not target.exists()


def test_c31_the_environment_with_its_keys_stays_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCISO_NVD_API_KEY", "secret-value")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    env = run_parser("test", b"env", subject="f")
    assert "secret-value" not in env.values()
    assert "PYTHONPATH" not in env


def test_prints_do_not_disturb_the_answer_and_lazy_imports_work() -> None:
    assert run_parser("test", b"print", subject="f") == 1
    assert run_parser("test", b"import", subject="f") == "tomllib"
    assert run_parser("test", b"surrogate", subject="f") == "\ud800"


def test_too_large_an_input_is_refused_before_a_child_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_start", lambda spool: pytest.fail("no child is needed"))
    assert sentence("x" * 2_000_000, Limits(input_mb=1)) == "is larger than 1 MB"


@pytest.mark.skipif(os.name != "posix", reason="kernel limits exist on POSIX only")
def test_one_bad_document_never_takes_the_others_along() -> None:
    order = ["echo", "refuse", "spin", "echo", "memory", "abort", "x" * 2_000_000, "echo", "sleep", "echo"]
    limits = Limits(cpu_seconds=1, wall_seconds=3, input_mb=1)
    results = run_parser_many("test", [(f"{i}", w.encode()) for i, w in enumerate(order)], limits=limits)
    assert len(results) == len(order)
    good = [i for i, r in enumerate(results) if not isinstance(r, BadInputError)]
    assert good == [0, 3, 7, 9]
    assert [r.subject for r in results if isinstance(r, BadInputError)] == ["1", "2", "4", "5", "6", "8"]


@pytest.mark.skipif(os.name != "posix", reason="kernel limits exist on POSIX only")
def test_a_broken_limit_is_told_apart_from_a_broken_format() -> None:
    for what in ("memory", "spin"):
        with pytest.raises(sandbox.TooCostlyError):
            run_parser("test", what.encode(), subject="f", limits=QUICK)
    for what in ("refuse", "key", "deep"):
        with pytest.raises(BadInputError) as caught:
            run_parser("test", what.encode(), subject="f", limits=QUICK)
        assert not isinstance(caught.value, sandbox.TooCostlyError)


def test_unknown_parser_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        run_parser("no.such", b"", subject="f")


def test_every_registered_parser_is_a_function_of_ours() -> None:
    for name, target in sandbox.PARSERS.items():
        if name != "test":
            module, _, function = target.partition(":")
            assert module.startswith("ingest.")
            assert callable(getattr(importlib.import_module(module), function)), name
