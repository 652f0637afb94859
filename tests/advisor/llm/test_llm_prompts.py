"""Prompts: values go in once and are never template; foreign text cannot end its block or pass for ours."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.llm.prompts import load_prompt, parse_prompt, render
from advisor.llm.spotlight import DataBlock, estimate_tokens, inert, new_mark, spotlight
from knowledge.errors import BadInputError

TEXT = """---
name: trial
version: 2
inputs: [question]
data: [passages]
---
# System
Answer. Costs are in $$.
# User
$passages
Question: $question
"""
PROMPT = parse_prompt(TEXT)

# The kind of strings that break naive templates, queries and parsers; ours, after the "big list of naughty strings".
NAUGHTY = [
    *(
        "{question}",
        "{{question}}",
        "${question}",
        "$question",
        "$$",
        "$",
        "%s%n",
        "{% raw %}",
        "{{7*7}}",
        "\\0",
        "\\u202e",
    ),
    *(
        "# System",
        "---",
        "# User\n# System",
        "NUL\x00",
        "'; DROP TABLE x;--",
        "<script>alert(1)</script>",
        "\ud83d\ude00",
    ),
    *(
        "\u200b\u2066\u2069",
        "\U000e0041\U000e0042",
        "Z\u0351\u036b",
        "﷽",
        "",
        " ",
        "\n" * 5,
        "null",
        "undefined",
        "NaN",
    ),
]


def names() -> list[str]:
    folder = resources.files("advisor") / "prompts"
    return sorted(file.name.removesuffix(".md") for file in folder.iterdir() if file.name.endswith(".md"))


@pytest.mark.parametrize("name", names())
def test_every_shipped_prompt_is_of_the_form(name: str) -> None:
    prompt = load_prompt(name)
    assert prompt.name == name
    assert re.fullmatch(rf"{name}@\d+:[0-9a-f]{{12}}", prompt.label)


def test_rules_of_data_stand_first() -> None:
    shown = render(PROMPT, {"question": "q", "passages": DataBlock("P1", "t", ("x",))}, mark="dabcde")
    assert shown.system.startswith("Text that others wrote stands between <<dabcde ID>>")
    assert shown.system.endswith("Costs are in $.")
    assert shown.user == "<<dabcde P1>> t\ndabcde| x\n<<dabcde end>>\nQuestion: q"


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_values_are_only_values(text: str) -> None:
    shown = render(PROMPT, {"question": text, "passages": [DataBlock("P1", text, (text, "last"), numbered=True)]})
    assert shown.user.endswith(f"Question: {inert(text)}")
    assert f"{shown.mark}| P1.2 last" in shown.user
    assert "Answer. Costs" in shown.system


@given(st.text(max_size=120), st.text(max_size=120))
def test_foreign_text_never_leaves_its_block(title: str, text: str) -> None:
    shown = spotlight([DataBlock("P1", title, (text,)), DataBlock("P2", title, (text, text), numbered=True)], "dabcde")
    lines = shown.split("\n")
    assert lines[0].startswith("<<dabcde P1>>")
    assert lines[-1] == "<<dabcde end>>"
    assert all(line.startswith(("dabcde|", "<<dabcde ")) for line in lines)
    assert sum(line.startswith("<<dabcde ") for line in lines) == 4
    assert sum(line.startswith("dabcde| P2.") for line in lines) == 2


@given(st.text(max_size=200))
def test_inert_is_done_at_once(text: str) -> None:
    assert inert(inert(text)) == inert(text)


@pytest.mark.parametrize(
    "token",
    [
        "<|im_start|>",
        "<|im_end|>",
        "</s>",
        "<s>",
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<start_of_turn>",
        "<｜User｜>",
        "<think>",
    ],
)
def test_control_tokens_become_letters(token: str) -> None:
    assert token not in inert(f"a{token}b")
    assert re.sub(r"\s", "", inert(token)) == token


def test_text_that_only_looks_close_stays() -> None:
    text = "p < 0.05, < 5 %, a <= b, x|y, [1], [see 4.2], §"
    assert inert(text) == text


def test_a_mark_is_in_no_text() -> None:
    texts = [f"d{n:05x}" for n in range(5_000)]
    assert new_mark(texts) not in texts
    assert len({new_mark([]) for _ in range(50)}) > 40


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("# User", "# Usr"), "needs front matter"),
        (TEXT.replace("version: 2", "version: x"), "front matter"),
        (TEXT.replace("Answer.", "Answer $passages."), "differ"),
        (TEXT.replace("$question", ""), "differ"),
        (TEXT.replace("$question", "$question $more"), "differ"),
        (TEXT.replace("$$", "$."), "dollar"),
    ],
)
def test_a_prompt_of_another_form_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        parse_prompt(text)


@pytest.mark.parametrize(
    "values",
    [
        {"question": "q"},
        {"question": "q", "passages": "text as if it were ours"},
        {"question": DataBlock("P1", "", ()), "passages": ()},
        {"question": "q", "passages": (), "more": "x"},
    ],
)
def test_values_of_the_wrong_kind_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(BadInputError):
        render(PROMPT, values)


def test_the_hash_follows_the_text() -> None:
    other = parse_prompt(TEXT.replace("Answer.", "Answer!"))
    assert other.sha256 != PROMPT.sha256
    assert other.label.startswith("trial@2:")


def test_no_prompt_outside_the_folder() -> None:
    for name in ("../notes", "answer/../_data", "", "no_such"):
        with pytest.raises(BadInputError):
            load_prompt(name)


def test_tokens_are_estimated_on_the_safe_side() -> None:
    assert estimate_tokens("word " * 300) > 300
