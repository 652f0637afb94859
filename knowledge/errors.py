"""The one family of errors that a face translates: what happened, to what, and what to do next."""

from __future__ import annotations

from typing import ClassVar


class VcisoError(Exception):
    """An error that a person can act on.

    Args:
        message: what went wrong, one sentence without a full stop at the end.
        subject: the thing it happened to (a file name, a client id, a URL); never a secret.
        hint: what to do next, one sentence.

    `exit_code` is what the command line ends with; the table in docs/guide/errors.md lists them all.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, subject: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.subject}: {self.message}" if self.subject else self.message
        return f"{head}. {self.hint}" if self.hint else head


class UsageError(VcisoError):
    """The call itself is off: a missing argument, two options that exclude each other."""

    exit_code = 2


class NotFoundError(VcisoError):
    """A client, item, source or file that does not exist (or that the caller may not see)."""

    exit_code = 3


class BusyError(VcisoError):
    """Another process holds the place."""

    exit_code = 4


class BadInputError(VcisoError):
    """A file or value that cannot be read as what it claims to be, or that breaks a limit."""

    exit_code = 5


class SourceError(VcisoError):
    """A source could not be fetched or read; other sources go on."""

    exit_code = 6


class StoreError(VcisoError):
    """The database or the disk refused: full, read-only, of a newer schema."""

    exit_code = 7


class IntegrityError(VcisoError):
    """Stored data is not what it was: a broken audit chain, a failed deletion proof, a bad hash."""

    exit_code = 8


class ConflictError(VcisoError):
    """Something of that name or key exists already, or was changed meanwhile."""

    exit_code = 9


class SettingsError(VcisoError):
    """A setting that cannot be used; names the setting and where it came from."""

    exit_code = 10


class ModelError(VcisoError):
    """A language model is not set, not allowed, out of reach or replied with nonsense; work goes on without it."""

    exit_code = 11


class PermissionDeniedError(VcisoError):
    """Whoever acts may see the thing but not do this with it, is not a user, or has to sign in first."""

    exit_code = 12
