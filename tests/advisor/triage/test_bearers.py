"""Which rows bear a name: the same as a look at every row, whoever comes, comes again or goes."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from advisor.triage.bearers import Bearers

Rows = Sequence[tuple[str, ...]]

NAMES = ("agent", "relay", "valve", "pump")
CLIENTS = ("north", "south", "east")
rows = st.lists(st.lists(st.sampled_from(NAMES), max_size=3).map(tuple), max_size=6)
steps = st.lists(st.tuples(st.sampled_from(CLIENTS), st.none() | rows), max_size=12)


def test_a_name_leads_to_its_rows() -> None:
    bearers: Bearers[tuple[str, ...], str] = Bearers(tuple)
    change = bearers.put("north", [("agent", "acme"), ("relay", "acme"), ()])
    assert change.new == ("agent", "acme", "relay")
    assert list(bearers.rows("acme")) == [("north", 0), ("north", 1)]
    assert bearers.put("south", [("agent",)]).new == ()
    assert list(bearers.rows("agent")) == [("north", 0), ("south", 0)]
    assert list(bearers.positions("agent", "south")) == [0]
    assert list(bearers.positions("agent", "nobody")) == []
    gone = bearers.drop("north").gone
    assert sorted(gone) == ["acme", "relay"]
    assert bearers.clients() == ("south",)
    assert list(bearers.rows("acme")) == []


def test_a_row_that_bears_a_name_twice_is_one_row() -> None:
    bearers: Bearers[tuple[str, ...], str] = Bearers(tuple)
    bearers.put("north", [("agent", "agent")])
    assert list(bearers.rows("agent")) == [("north", 0)]


def test_a_client_that_left_leaves_no_name() -> None:
    bearers: Bearers[tuple[str, ...], str] = Bearers(tuple)
    bearers.put("south", [("agent",)])
    bearers.put("north", [("secretproduct",)])
    bearers.drop("north")
    assert "secretproduct" not in repr(vars(bearers))
    assert "north" not in repr(vars(bearers))


@given(steps)
def test_nothing_is_found_or_lost_against_the_plain_loop(steps: list[tuple[str, Rows | None]]) -> None:
    bearers: Bearers[tuple[str, ...], str] = Bearers(tuple)
    held: dict[str, Rows] = {}
    for client_id, mine in steps:
        before = {name for found in held.values() for row in found for name in row}
        held.pop(client_id, None)
        if mine is None:
            change = bearers.drop(client_id)
        else:
            held[client_id] = mine
            change = bearers.put(client_id, mine)
        after = {name for found in held.values() for row in found for name in row}
        assert (set(change.new), set(change.gone)) == (after - before, before - after)
        assert bearers.clients() == tuple(held)
        for name in NAMES:
            wanted = [(c, position) for c, found in held.items() for position, row in enumerate(found) if name in row]
            assert list(bearers.rows(name)) == wanted
            for other in CLIENTS:
                assert list(bearers.positions(name, other)) == [p for c, p in wanted if c == other]
