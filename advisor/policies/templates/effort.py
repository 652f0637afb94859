"""Which clauses ask more of a small firm than its frameworks and CIS do (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from advisor.policies.templates.interface import FilledClause
from knowledge.frameworks.loader import load_pack

SMALL = 50
"""People below which a firm counts as small: the line that EU law draws too (Recommendation 2003/361/EC)."""
_CIS = "cis-controls-8.1"


def beyond_small(clauses: Iterable[FilledClause], in_scope: Collection[str]) -> tuple[str, ...]:
    """Numbers of clauses that nothing in scope asks for and that CIS does not expect of small firms.

    Args:
        clauses: of one policy.
        in_scope: ids of the packs that bind the client; a clause that meets or serves a row of one is needed.

    A clause counts when it meets CIS safeguards and all of them lie outside implementation group 1.
    """
    pack = load_pack(_CIS)
    found: list[str] = []
    for clause in clauses:
        if any(ref.partition(":")[0] in in_scope for ref in (*clause.requirements, *clause.partly)):
            continue
        rows = [pack.get(ref.partition(":")[2]) for ref in clause.requirements if ref.startswith(f"{_CIS}:")]
        groups = [row.listed("implementation_groups") for row in rows if row]
        if groups and not any("IG1" in one for one in groups):
            found.append(clause.number)
    return tuple(found)
