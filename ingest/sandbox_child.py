"""The child side of the sandbox: takes its limits, closes the doors, parses, answers with JSON lines."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from knowledge.errors import VcisoError
from knowledge.masking import hide_secrets

# Prefixes of audit events (docs.python.org/3/library/audit_events.html).
_REFUSED: tuple[str, ...] = ("socket.", "subprocess.", "shutil.", "pty.", "webbrowser.", "ftplib.", "http.", "urllib.")
_REFUSED += ("os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "os.kill")
_REFUSED += ("os.ch", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate")
_READY = b'"ready"'
_READABLE_DATA = ("/usr/share/", "/etc/mime.types", "/etc/localtime", "/etc/apache", "/etc/httpd")
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    """Read the header and the documents from standard input, write one JSON line per document.

    The first line says that the child is ready. A further one is `{"value": ...}` or
    `{"error": sentence, "hint": sentence, "last": bool}`; `last` says that this child is spent (out of memory) and the
    documents after it need another one.
    """
    source, answers = sys.stdin.buffer, _take_stdout()
    header = json.loads(source.readline())
    limits = header["limits"]
    spent = json.dumps({"error": f"needs more than {limits['memory_mb']} MB of memory to read", "last": True}).encode()
    _limit_memory(limits)
    try:
        module, _, function = header["target"].partition(":")
        parse = getattr(importlib.import_module(module), function)
    except ImportError as error:
        _write(answers, _READY)
        _write(answers, json.dumps({"error": f"has no parser here ({error})", "last": True}).encode())
        return
    _close_doors()
    _write(answers, _READY)
    for size in header["sizes"]:
        data = source.read(size)
        _limit_cpu(limits)
        try:
            line = _answer(parse, data, header["options"])
        except MemoryError:
            _write(answers, spent)
            return
        _write(answers, line)
        del data, line
        gc.collect()


def _answer(parse: Any, data: bytes, options: dict[str, Any]) -> bytes:
    try:
        return json.dumps({"value": parse(data, options)}, allow_nan=False).encode("ascii")
    except MemoryError:
        raise
    except VcisoError as error:
        return _error(error.message, error.hint)
    except RecursionError:
        return _error("is nested too deeply to be read")
    except UnicodeError:
        return _error("is not text in the encoding that it claims to have")
    except Exception as error:  # noqa: BLE001 - whatever a parser library raises on hostile bytes becomes one sentence
        detail = hide_secrets(" ".join(str(error).split()))[:160]
        return _error(f"could not be read ({type(error).__name__}{': ' + detail if detail else ''})")


def _error(message: str, hint: str = "") -> bytes:
    return json.dumps({"error": message, "hint": hint}).encode("ascii")


def _write(answers: BinaryIO, line: bytes) -> None:
    answers.write(line + b"\n")
    answers.flush()


def _take_stdout() -> BinaryIO:
    """Keep the real standard output for answers; what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    return answers


def _limit_memory(limits: dict[str, Any]) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - POSIX only

    bound = int(limits["memory_mb"]) * 1024 * 1024
    for kind, value in ((resource.RLIMIT_AS, bound), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS; the wall limit still holds
            continue


def _limit_cpu(limits: dict[str, Any]) -> None:
    """Give the next document its own processor time: the soft limit moves on with what is already used."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - POSIX only

    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + int(limits["cpu_seconds"])
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _close_doors() -> None:
    """Refuse network, processes, writes, and reads outside the installed code from here on.

    An audit hook is a second fence, not a jail: it stops a parser that was talked into opening a file or an address.
    """
    sys.dont_write_bytecode = True
    places = [Path(p) for p in (*sys.path, sys.prefix, sys.base_prefix) if p]
    roots = {str(p) for place in places for p in (place.absolute(), place.resolve())}
    allowed = (*(root.rstrip(os.sep) + os.sep for root in roots if len(root) > 1), *_READABLE_DATA)

    def guard(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"a parser may not do this: {event}")
        if event == "open":
            path, _, flags = args
            if isinstance(path, int):
                return
            name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path.resolve() would itself open things
            if (isinstance(flags, int) and flags & _WRITE_FLAGS) or not name.startswith(allowed):
                raise PermissionError("a parser may not open files")

    sys.addaudithook(guard)
