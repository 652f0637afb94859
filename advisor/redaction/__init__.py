"""Takes names and addresses out of text before it leaves the machine, and puts them back into the reply."""

from advisor.redaction.names import Kind, KnownName, known_names
from advisor.redaction.redactor import Redactor

__all__ = ["Kind", "KnownName", "Redactor", "known_names"]
