"""Runs a parser over foreign bytes in a child process that has limits on memory, time and output and no network.

A parser is a plain function `parse(data: bytes, options: dict) -> JSON value`, registered by name in `PARSERS`. The
child (`ingest/sandbox_child.py`) reads the bytes from its standard input and answers with JSON lines. On POSIX systems
memory and processor time are limited by the kernel (`RLIMIT_AS`, `RLIMIT_CPU`); elsewhere the wall-clock limit alone
holds.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from knowledge.errors import BadInputError

PARSERS: dict[str, str] = {
    "inventory.csv": "ingest.inventory.csv_file:parse",
    "inventory.xlsx": "ingest.inventory.xlsx_file:parse",
    "inventory.cyclonedx": "ingest.inventory.cyclonedx_file:parse",
    "inventory.spdx": "ingest.inventory.spdx_file:parse",
    "inventory.nmap": "ingest.inventory.nmap_file:parse",
    "source.feed": "ingest.sources.feed:parse",
    "source.kev": "ingest.sources.kev:parse",
    "source.epss": "ingest.sources.epss:parse",
    "source.nvd": "ingest.sources.nvd:parse",
    "source.csaf": "ingest.sources.csaf:parse",
    "source.cve5": "ingest.sources.cve5:parse",
    "source.csaf-index": "ingest.sources.csaf_index:parse",
    "opml": "ingest.opml:parse",
    "documents.docx": "ingest.documents.docx_file:parse",
    "documents.redline": "ingest.documents.redline_file:write",
    "documents.returned": "ingest.documents.redline_file:read",
    "documents.pdf": "ingest.documents.pdf_file:parse",
    "documents.markdown": "ingest.documents.markdown_file:parse",
    "documents.html": "ingest.documents.html_file:parse",
    "documents.text": "ingest.documents.text_file:parse",
    "framework.oscal-peek": "ingest.frameworks.oscal:peek",
    "framework.oscal": "ingest.frameworks.oscal:parse",
    "framework.ciso-assistant": "ingest.frameworks.ciso_assistant:parse",
}

MB = 1024 * 1024

_BOOT = "import sys; sys.path.append(sys.argv[1]); from ingest.sandbox_child import main; main()"
# `-E -P`: no PYTHON* variables and no working directory on the path, so nothing beside the files shadows a module.
_FLAGS = ("-E", "-P", "-X", "utf8")
# One thread per numeric library: each further one reserves address space that the memory limit counts.
_ENV_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH")
_ENV_SET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


class TooCostlyError(BadInputError):
    """A document broke a limit of the sandbox rather than a rule of its format."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost. All but `wall_seconds`, `input_mb` and `output_mb` hold on POSIX systems only."""

    memory_mb: int = 448
    """Address space of the child, interpreter and libraries included (about 120 MB of it)."""
    cpu_seconds: int = 8
    wall_seconds: float = 10.0
    """From the moment that the child is ready, or from the answer before, to the answer."""
    input_mb: float = 25.0
    output_mb: float = 64.0


DEFAULT_LIMITS = Limits()
START_SECONDS = 60.0
"""For the interpreter and its imports: on a busy machine that is no fault of the document."""


def run_parser(
    name: str,
    data: bytes,
    *,
    subject: str,
    options: Mapping[str, Any] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Any:
    """Parse one document in a child process and return the parser's JSON value.

    Args:
        name: key of `PARSERS`.
        data: the whole document.
        subject: what a person calls it (file name, source id); named in the error.
        options: plain JSON handed to the parser.
        limits: what it may cost.

    Raises:
        BadInputError: the parser refused the document; one sentence that names it.
        TooCostlyError: it broke a limit (a BadInputError too).
        KeyError: no parser of that name.
    """
    result = run_parser_many(name, [(subject, data)], options=options, limits=limits)[0]
    if isinstance(result, BadInputError):
        raise result
    return result


def run_parser_many(
    name: str,
    documents: Sequence[tuple[str, bytes]],
    *,
    options: Mapping[str, Any] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> list[Any]:
    """Parse many small documents, in one child where all goes well, each under its own limits.

    A document that kills the child is blamed alone and the rest go on in a new one.

    Args:
        documents: (subject, bytes) pairs.

    Returns:
        One entry per document, in order: the JSON value, or a BadInputError (returned, not raised).
    """
    results: list[Any] = []
    target = PARSERS[name]
    while len(results) < len(documents):
        subject, data = documents[len(results)]
        if len(data) > limits.input_mb * MB:
            results.append(_too_costly(subject, f"is larger than {limits.input_mb:g} MB"))
            continue
        batch = _batch(documents[len(results) :], limits)
        results.extend(_run_child(target, batch, dict(options or {}), limits))
    return results


def _batch(documents: Sequence[tuple[str, bytes]], limits: Limits) -> list[tuple[str, bytes]]:
    """Take documents up to the first oversized one."""
    taken: list[tuple[str, bytes]] = []
    for subject, data in documents:
        if len(data) > limits.input_mb * MB:
            break
        taken.append((subject, data))
    return taken


def _too_costly(subject: str, message: str) -> TooCostlyError:
    return TooCostlyError(message, subject=subject)


def _run_child(
    target: str, documents: Sequence[tuple[str, bytes]], options: dict[str, Any], limits: Limits
) -> Iterator[Any]:
    """Yield a result per document until all are done or the child ended; the document it ended on is blamed."""
    with tempfile.TemporaryFile() as spool:
        header = {
            "target": target,
            "options": options,
            "limits": asdict(limits),
            "sizes": [len(data) for _, data in documents],
        }
        spool.write(json.dumps(header).encode() + b"\n")
        for _, data in documents:
            spool.write(data)
        spool.seek(0)
        process = _start(spool)
        try:
            yield from _read_results(process, documents, limits)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                with contextlib.suppress(OSError):
                    process.stdout.close()


def _start(spool: IO[bytes]) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parent.parent)
    env = {key: os.environ[key] for key in _ENV_KEPT if key in os.environ} | _ENV_SET
    return subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
        [sys.executable, *_FLAGS, "-c", _BOOT, root],
        stdin=spool,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        start_new_session=os.name == "posix",
    )


def _read_results(
    process: subprocess.Popen[bytes], documents: Sequence[tuple[str, bytes]], limits: Limits
) -> Iterator[Any]:
    assert process.stdout is not None
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    stop = threading.Event()
    threading.Thread(target=_pump, args=(process.stdout, lines, int(limits.output_mb * MB), stop), daemon=True).start()
    ready = False
    for subject, _ in documents:
        try:
            if not ready:
                ready = lines.get(timeout=START_SECONDS) is not None
            line = lines.get(timeout=limits.wall_seconds) if ready else None
        except queue.Empty:
            yield _too_costly(subject, f"took more than {limits.wall_seconds:g} s to read and was stopped")
            return
        if line is None:
            yield _too_costly(subject, _how_it_ended(process, limits, overflow=stop.is_set()))
            return
        answer = json.loads(line)
        if "error" in answer:
            if answer.get("last"):
                yield _too_costly(subject, answer["error"])
                return
            yield BadInputError(answer["error"], subject=subject, hint=answer.get("hint", ""))
        else:
            yield answer["value"]


def _pump(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None], bound: int, overflow: threading.Event) -> None:
    """Put each output line on the queue; None at the end, or once a line outgrows the bound."""
    with contextlib.suppress(OSError, ValueError):
        while True:
            line = pipe.readline(bound + 1)
            if len(line) > bound:
                overflow.set()
                break
            if not line.endswith(b"\n"):
                break
            lines.put(line)
    lines.put(None)


def _how_it_ended(process: subprocess.Popen[bytes], limits: Limits, *, overflow: bool) -> str:
    if overflow:
        return f"gave more than {limits.output_mb:g} MB of content and was stopped"
    deadline = time.monotonic() + 2
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    code = process.returncode
    if code is not None and hasattr(signal, "SIGXCPU") and code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"took more than {limits.cpu_seconds} s of processor time to read and was stopped"
    if code is not None and code < 0:
        return f"stopped the parser (signal {-code}); the file may be built to break it"
    return f"needs more than {limits.memory_mb} MB of memory to read, or stopped the parser"
