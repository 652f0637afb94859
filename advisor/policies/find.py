"""Finds what a person or a record means: a policy, a version, a clause, and names for new ones."""

from __future__ import annotations

from advisor.policies.text import free_id, slug
from knowledge.errors import NotFoundError, UsageError
from knowledge.records.policy import OPEN, Policy, PolicyVersion
from knowledge.store.units import ClientUnit


def find_policy(unit: ClientUnit, which: str) -> Policy:
    """The policy that a person means: its id, its topic, or a title that only one has (or begins with).

    Raises:
        NotFoundError: none; the hint lists what there is.
        UsageError: several.
    """
    wanted = " ".join(which.split()).casefold()
    known = unit.policies.list(retired=True)
    started = [one for one in known if wanted and one.title.casefold().startswith(wanted)]
    for found in ([one for one in known if wanted in (one.id, one.topic, one.title.casefold())], started):
        exact = [one for one in found if one.id == wanted] or found
        if len(exact) > 1:
            raise UsageError("several policies are meant", subject=which[:60], hint=", ".join(one.id for one in exact))
        if exact:
            return exact[0]
    names = ", ".join(one.id for one in known[:30])
    raise NotFoundError(
        "no such policy", subject=which[:60], hint=f"There are: {names}." if names else "There is none yet."
    )


def base_version(unit: ClientUnit, policy_id: str) -> PolicyVersion:
    """The version that a change is made against: the open one, else the one in force, else the newest.

    Raises:
        NotFoundError: no such policy.
    """
    versions = unit.policies.versions(policy_id)
    if not versions:
        return unit.policies.version(policy_id, 1)
    by_rank = sorted(versions, key=lambda one: (one.status not in OPEN, one.status != "published", -one.number))
    return by_rank[0]


def newest(unit: ClientUnit, policy_id: str) -> PolicyVersion:
    """The newest version.

    Raises:
        NotFoundError: no such policy.
    """
    versions = unit.policies.versions(policy_id)
    return versions[0] if versions else unit.policies.version(policy_id, 1)


def named_owner(owner: str) -> str:
    """An owner as a sentence names it: `the practice manager`; a name in capitals stays."""
    words = " ".join(owner.split())
    return words if words.casefold().startswith("the ") or words[:1].isupper() else f"the {words}"


def free_policy_id(unit: ClientUnit, topic: str) -> str:
    """The id of the next policy on a topic: the topic, with a number behind it where that is taken."""
    return free_id(slug(topic), (one.id for one in unit.policies.list(retired=True)))


def clause_id(version: PolicyVersion, which: str) -> str:
    """The id of a clause by its id or its number.

    Raises:
        NotFoundError: no such clause.
    """
    wanted = which.strip().rstrip(".")
    for clause in version.text.clauses:
        if wanted in (clause.id, clause.number):
            return clause.id
    numbers = ", ".join(clause.number for clause in version.text.clauses if clause.number)
    raise NotFoundError("no such clause", subject=f"{version.label} {wanted[:40]}", hint=f"It has {numbers[:300]}.")
