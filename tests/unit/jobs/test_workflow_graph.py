"""The graph of a workflow: what is wrong with one, and what comes next however nodes come out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.jobs.workflows import graph
from controller.jobs.workflows.schemas import Edge, Node
from controller.jobs.workflows.states import NODE_BAD, NODE_OPEN, NodeState, RunState

DONE, BAD, OPEN = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.WAITING


def nodes(*keys: str, every: str = "") -> list[Node]:
    """Templates by their keys; those in `every` converge on all their ways."""
    return [Node(key=key, template_id=1, converge="all" if key in every.split() else "any") for key in keys]


def edges(*words: str) -> list[Edge]:
    """ "a b failure" is the way from a to b on failure."""
    found = []
    for word in words:
        source, target, *when = word.split()
        found.append(Edge(source, target, when[0] if when else "success"))  # type: ignore[arg-type]  # by its words
    return found


def wrong(of: list[Node], ways: list[Edge]) -> list[str]:
    """The fields that are wrong."""
    return [error.field for error in graph.problems(of, ways)]


@pytest.mark.parametrize(
    ("of", "ways", "fields"),
    [
        ([], [], ["nodes"]),
        (nodes("a", "a"), [], ["nodes[0].key", "nodes[1].key"]),
        (nodes("a"), edges("a b"), ["edges[0].to"]),
        (nodes("a"), edges("b a"), ["edges[0].from"]),
        (nodes("a"), edges("a a"), ["edges[0].to"]),
        (nodes("a", "b"), edges("a b", "a b failure"), ["edges[1]"]),
        ([Node(key="a")], [], ["nodes[0].template_id"]),
        ([Node(key="a", kind="approval")], [], ["nodes[0].title"]),
        ([Node(key="a", kind="approval", title="x", template_id=1)], [], ["nodes[0].template_id"]),
        ([Node(key="a", template_id=1, timeout_s=5)], [], ["nodes[0].timeout_s"]),
        (nodes("a", "b", "c", "d"), edges("a b", "b c", "c b", "c d"), ["edges[1]", "edges[2]"]),
        (nodes("a", "b"), edges("a b", "b a"), ["edges[0]", "edges[1]"]),
        # c wants a to have failed, and b, which wants a to have succeeded
        (nodes(*"abcd", every="c"), edges("a b", "a c failure", "b c always", "c d"), ["nodes[2]", "nodes[3]"]),
        (nodes("a", "b", "c"), edges("a b", "a c failure", "b c always"), []),
        (nodes("a", "b", "c", every="c"), edges("a b", "a c", "b c always"), []),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(of: list[Node], ways: list[Edge], fields: list[str]) -> None:
    assert wrong(of, ways) == fields


def walk(of: list[Node], ways: list[Edge], comes_out: dict[str, NodeState], at_once: int = 100) -> dict[str, NodeState]:
    """How every node ended, `at_once` ending at a time."""
    states = {node.key: OPEN for node in of}
    converge = {node.key: node.converge for node in of}
    while True:
        comes = graph.following(converge, ways, states)
        states |= comes
        if not comes and not any(state is NodeState.RUNNING for state in states.values()):
            return states
        for key in [key for key, state in states.items() if state is NodeState.RUNNING][:at_once]:
            states[key] = comes_out.get(key, DONE)


def ran(of: list[Node], ways: list[Edge], comes_out: dict[str, NodeState]) -> str:
    """The keys of those that ran."""
    return "".join(key for key, state in walk(of, ways, comes_out).items() if state is not NodeState.SKIPPED)


def test_ways_are_taken_by_how_a_node_came_out() -> None:
    of, ways = nodes("a", "b", "c", "d"), edges("a b", "a c failure", "a d always")
    assert ran(of, ways, {}) == "abd"
    for state in NODE_BAD:
        assert ran(of, ways, {"a": state}) == "acd"


def test_all_takes_every_way_any_takes_one_and_both_wait_for_all_that_will_run() -> None:
    ways = edges("a c", "b c")
    assert ran(nodes("a", "b", "c"), ways, {"a": BAD}) == "abc"
    assert ran(nodes("a", "b", "c", every="c"), ways, {"a": BAD}) == "ab"
    converge = {"a": "any", "b": "any", "c": "any"}
    half = {"a": DONE, "b": NodeState.RUNNING, "c": OPEN}
    assert graph.following(converge, ways, half) == {}
    assert graph.following(converge, ways, half | {"b": NodeState.SKIPPED}) == {"c": NodeState.RUNNING}


def test_nothing_leads_on_from_what_was_skipped() -> None:
    of, ways = nodes("a", "b", "c"), edges("a b failure", "b c always")
    assert walk(of, ways, {}) == {"a": DONE, "b": NodeState.SKIPPED, "c": NodeState.SKIPPED}


def test_a_run_failed_when_a_node_was_bad_without_a_way_for_it() -> None:
    ways = edges("a b failure", "a c")
    assert graph.outcome(ways, walk(nodes("a", "b", "c"), ways, {"a": BAD})) is RunState.SUCCEEDED
    assert graph.outcome(ways, walk(nodes("a", "b", "c"), ways, {"a": BAD, "b": BAD})) is RunState.FAILED
    assert graph.outcome(ways, walk(nodes("a", "b", "c"), ways, {"c": BAD})) is RunState.FAILED
    assert graph.outcome([], {"a": NodeState.INTERRUPTED}) is RunState.FAILED


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    """Of up to six nodes, without circles."""
    keys = "abcdef"[: draw(st.integers(1, 6))]
    of = [Node(key=key, template_id=1, converge=draw(st.sampled_from(["any", "all"]))) for key in keys]
    pairs = [(a, b) for at, a in enumerate(keys) for b in keys[at + 1 :]]
    some = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=9)) if pairs else []
    return of, [Edge(a, b, draw(st.sampled_from(["success", "failure", "always"]))) for a, b in some]


@given(graphs(), st.data())
def test_every_node_ends_and_the_order_of_ends_changes_nothing(
    made: tuple[list[Node], list[Edge]], data: st.DataObject
) -> None:
    of, ways = made
    out = {node.key: data.draw(st.sampled_from([DONE, *NODE_BAD])) for node in of}
    whole = walk(of, ways, out)
    assert not any(state in NODE_OPEN for state in whole.values())
    assert walk(of, ways, out, at_once=1) == whole
    for node in of:
        before = [edge for edge in ways if edge.target == node.key]
        led = [graph.taken(edge, whole) for edge in before]
        begins = not led or (all(led) if node.converge == "all" else any(led))
        assert (whole[node.key] is not NodeState.SKIPPED) == begins


@settings(max_examples=60)
@given(graphs())
def test_what_is_said_to_be_unreachable_runs_in_no_outcome_at_all(made: tuple[list[Node], list[Edge]]) -> None:
    of, ways = made
    said = {of[int(field.removeprefix("nodes[").removesuffix("]"))].key for field in wrong(of, ways)}
    reached = set[str]()
    for outcomes in product([DONE, BAD], repeat=len(of)):
        states = walk(of, ways, dict(zip([node.key for node in of], outcomes, strict=True)))
        reached |= {key for key, state in states.items() if state is not NodeState.SKIPPED}
    assert not said & reached
