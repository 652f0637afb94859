"""The shipped templates hold: structure, ids of the catalogue, shared numbers, words."""

from __future__ import annotations

import re
import subprocess
import sys
from time import perf_counter

import pytest

from advisor.policies.templates.library import BLANK, load, shared_parameters, texts_of, titles, together, topics
from advisor.policies.templates.wording import vague_words
from advisor.triage.bod import DAYS
from knowledge.errors import NotFoundError
from knowledge.frameworks.loader import load_pack

PROMISED = {
    "information-security",
    "access-control",
    "acceptable-use",
    "authentication",
    "remote-access",
    "mobile-encryption",
    "asset-management",
    "data-classification",
    "vulnerability-management",
    "change-management",
    "logging-monitoring",
    "incident-response",
    "backup",
    "continuity",
    "vendor-risk",
    "secure-development",
    "cryptography",
    "physical-security",
    "hr-security",
    "awareness-training",
    "privacy",
    "ai-use",
}
CHECKABLE = re.compile(
    r"\d|\{\{|\b(?:no|not|nobody|nothing|none|never|only|each|every|all|any|before|after|same|until|apart|both|own)\b",
    re.I,
)


def test_every_promised_topic_has_a_template() -> None:
    assert set(topics()) >= PROMISED
    assert list(titles()) == list(topics())
    assert len(set(titles().values())) == len(topics())


def test_an_unknown_topic_is_refused_with_the_list() -> None:
    with pytest.raises(NotFoundError) as caught:
        load("../../etc")
    assert "access-control" in caught.value.hint


@pytest.mark.parametrize("topic", topics())
def test_every_reference_is_an_assessable_row_in_force(topic: str) -> None:
    for clause in load(topic).clauses:
        assert not set(clause.requirements) & set(clause.partly), clause.id
        for ref in (*clause.requirements, *clause.partly):
            framework, _, i = ref.partition(":")
            row = load_pack(framework).get(i)
            assert row is not None, f"{clause.id}: {ref}"
            assert row.assessable and not row.withdrawn, f"{clause.id}: {ref}"


@pytest.mark.parametrize("topic", topics())
def test_shape_of_a_template(topic: str) -> None:
    template = load(topic)
    assert 12 <= len(template.clauses) <= 40
    assert template.roles and template.definitions and template.related
    assert {"policy"} < {clause.kind for clause in template.clauses}, "procedures or standards stand behind the policy"
    for clause in template.clauses:
        assert clause.evidence, clause.id
        assert CHECKABLE.search(clause.text), clause.id
        assert 12 <= len(clause.text.split()) <= 110, clause.id
        assert clause.text.rstrip().endswith("."), clause.id


@pytest.mark.parametrize("topic", topics())
def test_words_promise_something_testable(topic: str) -> None:
    assert [words for text in texts_of(load(topic)) if (words := vague_words(text))] == []


def test_patch_days_are_those_of_the_morning_brief() -> None:
    shared = shared_parameters()
    used = [int(shared[name].default) for name in ("patch_exploited_days", "patch_urgent_days", "patch_normal_days")]
    assert used == [DAYS["3-days"], DAYS["14-days"], DAYS["60-days"]]
    assert all(not shared[name].rules for name in ("patch_exploited_days", "patch_urgent_days", "patch_normal_days"))


def test_a_number_that_policies_share_is_written_in_none_of_them() -> None:
    """One blank, one value: log retention, revocation, review and patch days are never typed into a text."""
    typed = {
        r"logs? (?:are|is) kept for \d": "log_months",
        r"(?:revoke|revokes) [^.]{0,60}within \d+ minutes": "revoke_minutes",
        r"reviewed? (?:it )?every \d+ months": "review_months",
        r"fix(?:ed|es)? [^.]{0,40}exploited [^.]{0,30}within \d": "patch_exploited_days",
        r"passwords? [^.]{0,30}at least \d+ characters": "password_length",
        r"locks? after \d": "lock_minutes",
        r"disabled? [^.]{0,30}after \d+ days without": "dormant_days",
    }
    for topic in topics():
        for clause in load(topic).clauses:
            for pattern, name in typed.items():
                assert not re.search(pattern, clause.text, re.I), f"{topic}/{clause.id}: use {{{{{name}}}}}"


def test_names_of_blanks_mean_one_thing_in_the_whole_set() -> None:
    seen: dict[str, str] = dict.fromkeys(shared_parameters(), "shared")
    for topic in topics():
        for parameter in load(topic).parameters:
            other = seen.setdefault(parameter.name, topic)
            if other != topic:
                twin = next(one for one in load(other).parameters if one.name == parameter.name)
                assert (twin.default, twin.rules) == (parameter.default, parameter.rules), (
                    f"{parameter.name}: {topic}, {other}"
                )


def test_every_blank_is_used() -> None:
    texts = [text for topic in topics() for text in texts_of(load(topic))]
    values = [p.default for p in shared_parameters().values()]
    values += [rule.value for p in shared_parameters().values() for rule in p.rules]
    everything = "\n".join((*texts, *values))
    unused = [name for name in shared_parameters() if f"{{{{{name}}}}}" not in everything]
    for topic in topics():
        own = "\n".join([*texts_of(load(topic)), *(p.default for p in load(topic).parameters)])
        unused += [f"{topic}.{p.name}" for p in load(topic).parameters if f"{{{{{p.name}}}}}" not in own]
    assert unused == []


def test_limits_are_of_requirements_that_a_clause_with_the_blank_meets() -> None:
    """A limit on a row that no clause with the number claims would never be seen."""
    claimed: dict[str, set[str]] = {}
    for topic in topics():
        for clause in load(topic).clauses:
            for blank in BLANK.finditer(clause.text):
                if blank["name"]:
                    claimed.setdefault(blank["name"], set()).update(clause.requirements)
    parameters = [*shared_parameters().values(), *(p for topic in topics() for p in load(topic).parameters)]
    for parameter in parameters:
        for limit in parameter.limits:
            assert (limit.at_most is None) != (limit.at_least is None), parameter.name
            missing = set(limit.requirements) - claimed.get(parameter.name, set())
            assert not missing, f"{parameter.name}: {sorted(missing)}"
    assert sum(bool(parameter.limits) for parameter in parameters) > 20


def test_what_clauses_meet_together_names_clauses_that_exist() -> None:
    clauses = {(topic, clause.id) for topic in topics() for clause in load(topic).clauses}
    for ref, one in together().items():
        framework, _, i = ref.partition(":")
        assert load_pack(framework).get(i) is not None, ref
        assert len(one.clauses) >= 1 and set(one.clauses) <= clauses, ref


def test_the_set_is_loaded_and_filled_quickly() -> None:
    """In a process of its own, imports included."""
    code = (
        "from datetime import UTC, datetime\n"
        "from advisor.policies.templates.fill import fill\n"
        "from advisor.policies.templates.library import load, topics\n"
        "from knowledge.records.client import Client\n"
        "client = Client(id='a', ref='c-000000000000', name='A', created_at=datetime(2026, 8, 7, tzinfo=UTC))\n"
        "print(sum(len(fill(load(t), client).clauses) for t in topics()))\n"
    )
    started = perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) > 400
    assert perf_counter() - started < 6  # some 1.2 s alone; the machine may be busy
