"""Prompts as files: front matter, a system and a user part; foreign text goes in as marked data, never as template."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import TypeAlias

from pydantic import Field, ValidationError

from advisor.llm.spotlight import DataBlock, inert, new_mark, spotlight
from knowledge.errors import BadInputError
from knowledge.records.base import Record

DATA_RULES = "_data"
"""The prompt whose system part is put before that of every prompt with data."""

_FORM = re.compile(r"\A---\n(?P<head>.*?)\n---\n# System\n(?P<system>.*?)\n# User\n(?P<user>.*)\Z", re.DOTALL)

Variables: TypeAlias = Mapping[str, "str | DataBlock | Sequence[DataBlock]"]
"""Values for a prompt's variables: text for those that its front matter lists as `inputs`, blocks for its `data`."""


class _Head(Record):
    name: str = Field(pattern=r"^[a-z_][a-z0-9_-]{0,39}$")
    version: int = Field(ge=1)
    inputs: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """One prompt file.

    `inputs` are texts that the person or our code wrote, `data` those that anybody may have written. The body names
    them as `$name` (a dollar sign is `$$`); data may stand in the user part only.
    """

    name: str
    version: int
    sha256: str
    """Over the file and, where it takes data, the file of the data rules."""
    inputs: tuple[str, ...]
    data: tuple[str, ...]
    system: str
    user: str

    @property
    def label(self) -> str:
        """`name@version:` and 12 digits of the hash, as every output records it."""
        return f"{self.name}@{self.version}:{self.sha256[:12]}"


@dataclass(frozen=True)
class Rendered:
    """What is sent: one system and one user message."""

    system: str
    user: str
    mark: str
    """The data mark of this request."""


@cache
def load_prompt(name: str) -> Prompt:
    """The prompt of a file `advisor/prompts/NAME.md`.

    Raises:
        BadInputError: there is none, or it is not of the form; a fault of the package, not of a person.
    """
    file = resources.files("advisor") / "prompts" / f"{name}.md"
    if not name.replace("-", "").replace("_", "").isalnum() or not file.is_file():
        raise BadInputError("no such prompt", subject=name[:60], hint="The files in advisor/prompts name them.")
    prompt = parse_prompt(file.read_text(encoding="utf-8"))
    if prompt.name != name:
        raise BadInputError("its front matter gives another name", subject=f"{name}.md", hint="Make them agree.")
    return prompt


def parse_prompt(text: str) -> Prompt:
    """A prompt of a file's text.

    Raises:
        BadInputError: not of the form, or a variable in the body that the front matter does not list (or the reverse).
    """
    found = _FORM.match(text)
    if found is None:
        raise BadInputError("needs front matter, `# System` and `# User`", subject="prompt")
    import yaml  # noqa: PLC0415 - an answer without a model reads no prompt

    try:
        head = _Head.model_validate(yaml.safe_load(found["head"]))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadInputError(f"front matter cannot be used: {error}", subject="prompt") from None
    system, user = found["system"].strip(), found["user"].strip()
    in_system, in_user = _names(system, head.name), _names(user, head.name)
    if (in_system | in_user) - {"mark"} != {*head.inputs, *head.data} or in_system & set(head.data):
        raise BadInputError(
            "variables of front matter and body differ, or data stands in the system part", subject=head.name
        )
    material = text
    if head.data:
        rules = load_prompt(DATA_RULES)
        system = f"{rules.system}\n\n{system}"
        material += rules.sha256
    return Prompt(
        name=head.name,
        version=head.version,
        sha256=hashlib.sha256(material.encode()).hexdigest(),
        inputs=head.inputs,
        data=head.data,
        system=system,
        user=user,
    )


def render(prompt: Prompt, variables: Variables, *, mark: str | None = None) -> Rendered:
    """The two messages. Values are put in once and never looked at again as template.

    Args:
        prompt: of `load_prompt`.
        variables: exactly the prompt's inputs (text) and data (blocks).
        mark: the data mark of an earlier request, to replay it; new for each request otherwise.

    Raises:
        BadInputError: a variable is missing, unknown or of the wrong kind: a fault of the caller.
    """
    if set(variables) != {*prompt.inputs, *prompt.data}:
        raise BadInputError(
            f"takes {', '.join((*prompt.inputs, *prompt.data))}, got {', '.join(variables)}", subject=prompt.name
        )
    blocks: dict[str, tuple[DataBlock, ...]] = {}
    values: dict[str, str] = {}
    for name in prompt.inputs:
        value = variables[name]
        if not isinstance(value, str):
            raise BadInputError(f"{name} is an input and takes text", subject=prompt.name)
        values[name] = inert(value)
    for name in prompt.data:
        value = variables[name]
        given = (value,) if isinstance(value, DataBlock) else tuple(value) if not isinstance(value, str) else ()
        if not all(isinstance(block, DataBlock) for block in given) or isinstance(value, str):
            raise BadInputError(f"{name} is data and takes blocks", subject=prompt.name)
        blocks[name] = given
    texts = [text for given in blocks.values() for block in given for text in (block.title, *block.lines)]
    used = mark or new_mark((*texts, *values.values()))
    values |= {name: spotlight(given, used) for name, given in blocks.items()} | {"mark": used}
    return Rendered(
        system=Template(prompt.system).substitute(values), user=Template(prompt.user).substitute(values), mark=used
    )


def _names(part: str, prompt: str) -> set[str]:
    template = Template(part)
    if not template.is_valid():
        raise BadInputError("a dollar sign that is no variable is written $$", subject=prompt)
    return set(template.get_identifiers())
