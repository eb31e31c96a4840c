"""The graph of a workflow: what is wrong with one, and which nodes come next. Pure.

A node begins once every node before it that will run has come to its end. Then `any` takes one way that was taken,
`all` takes every one. A node to which no way leads is skipped, and no way leads on from it. (As AWX does it.)
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from controller.core.errors import FieldError
from controller.jobs.workflows.schemas import Edge, Node
from controller.jobs.workflows.states import NODE_BAD, NODE_OPEN, NodeState, RunState

OUTCOMES = {
    "success": frozenset({"success"}),
    "failure": frozenset({"failure"}),
    "always": frozenset({"success", "failure"}),
}
Needs = dict[str, frozenset[str]]  # what has to come out of which node, for one to be reached


def problems(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[FieldError]:
    """Everything that is wrong with the graph itself, by field."""
    if not nodes:
        return [FieldError("nodes", "Add a node.")]
    found = [*_of_nodes(nodes), *_of_edges(nodes, edges)]
    if found:
        return found
    circle = _circle(nodes, edges)
    if circle:
        names = ", ".join(circle)
        wrong = [at for at, edge in enumerate(edges) if edge.source in circle and edge.target in circle]
        return [FieldError(f"edges[{at}]", f"These go round in a circle: {names}.") for at in wrong]
    return _unreachable(nodes, edges)


def _of_nodes(nodes: Sequence[Node]) -> Iterable[FieldError]:
    seen = Counter(node.key for node in nodes)
    for at, node in enumerate(nodes):
        where = f"nodes[{at}]"
        if seen[node.key] > 1:
            yield FieldError(f"{where}.key", f"{node.key} is there twice.")
        if node.kind == "template" and node.template_id is None:
            yield FieldError(f"{where}.template_id", "Choose a template.")
        if node.kind == "template" and node.timeout_s:
            yield FieldError(f"{where}.timeout_s", "Only an approval has this; a task's limits are its template's.")
        if node.kind == "approval" and (node.template_id is not None or node.params or node.targets is not None):
            yield FieldError(f"{where}.template_id", "An approval launches nothing.")
        if node.kind == "approval" and not node.title.strip():
            yield FieldError(f"{where}.title", "Say what is to be approved.")


def _of_edges(nodes: Sequence[Node], edges: Sequence[Edge]) -> Iterable[FieldError]:
    keys = {node.key for node in nodes}
    pairs: set[tuple[str, str]] = set()
    for at, edge in enumerate(edges):
        for name, key in (("from", edge.source), ("to", edge.target)):
            if key not in keys:
                yield FieldError(f"edges[{at}].{name}", f"There is no node {key}.")
        if edge.source == edge.target:
            yield FieldError(f"edges[{at}].to", f"{edge.source} cannot follow itself.")
        if (edge.source, edge.target) in pairs:
            words = "There is an edge between these two already; one that always leads on has `always`."
            yield FieldError(f"edges[{at}]", words)
        pairs.add((edge.source, edge.target))


def into(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    """The ways into each node."""
    found: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[edge.target].append(edge)
    return found


def order(keys: Iterable[str], edges: Sequence[Edge]) -> list[str]:
    """Those that can be brought into an order, each after all before it; what is in or behind a circle is left out."""
    ways, left, found = into(edges), list(keys), list[str]()
    done: set[str] = set()
    while ready := [key for key in left if all(edge.source in done for edge in ways[key])]:
        found += ready
        done.update(ready)
        left = [key for key in left if key not in done]
    return found


def _circle(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[str]:
    """The nodes of circles, without those that only follow one."""
    keys = [node.key for node in nodes]
    back = [Edge(edge.target, edge.source) for edge in edges]
    outside = {*order(keys, edges), *order(keys, back)}
    return [key for key in keys if key not in outside]


def _unreachable(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[FieldError]:
    """Nodes that never run, however those before them come out: the ways into them exclude each other."""
    by_key = {node.key: (at, node) for at, node in enumerate(nodes)}
    ways, needs, found = into(edges), dict[str, Needs | None](), list[FieldError]()
    for key in order(by_key, edges):
        at, node = by_key[key]
        before = [_through(edge, needs[edge.source]) for edge in ways[key]]
        whole = _all(before) if node.converge == "all" else _any(before)
        needs[key] = whole
        if whole is None:
            words = "Nothing ever leads here: the ways into it exclude each other."
            found.append(FieldError(f"nodes[{at}]", words))
    return found


def _through(edge: Edge, needs: Needs | None) -> Needs | None:
    return None if needs is None else _all([needs, {edge.source: OUTCOMES[edge.when]}])


def _all(several: Sequence[Needs | None]) -> Needs | None:
    """What is needed when each of them is; None when that cannot be."""
    whole: Needs = {}
    for needs in several:
        if needs is None:
            return None
        for key, outcomes in needs.items():
            whole[key] = whole.get(key, outcomes) & outcomes
    return whole if all(whole.values()) else None


def _any(several: Sequence[Needs | None]) -> Needs | None:
    """What is needed whichever of them is; None when none can be."""
    possible = [needs for needs in several if needs is not None]
    if not possible:
        return None if several else {}
    common = set.intersection(*(set(needs) for needs in possible))
    return {key: frozenset[str]().union(*(needs[key] for needs in possible)) for key in common}


# while it runs


def taken(edge: Edge, states: Mapping[str, NodeState]) -> bool:
    """Does this way lead on, by how its beginning came out?"""
    state = states[edge.source]
    if state is NodeState.SUCCEEDED:
        return edge.when != "failure"
    return state in NODE_BAD and edge.when != "success"


def following(
    converge: Mapping[str, str], edges: Sequence[Edge], states: Mapping[str, NodeState]
) -> dict[str, NodeState]:
    """What becomes of the nodes that wait, by those before them: RUNNING (it begins now) or SKIPPED. `converge` names
    all nodes. What follows a skipped one is decided with it."""
    known, found, ways = dict(states), dict[str, NodeState](), into(edges)
    for key in order(converge, edges):
        if known[key] is not NodeState.WAITING or any(known[edge.source] in NODE_OPEN for edge in ways[key]):
            continue
        led = [taken(edge, known) for edge in ways[key]]
        begins = not led or (all(led) if converge[key] == "all" else any(led))
        found[key] = NodeState.RUNNING if begins else NodeState.SKIPPED
        known[key] = found[key]
    return found


def outcome(edges: Sequence[Edge], states: Mapping[str, NodeState]) -> RunState:
    """How a run came out whose nodes have all ended: failed when a node was bad and no way for that led on."""
    bad = any(uncaught(key, state, edges) for key, state in states.items())
    return RunState.FAILED if bad else RunState.SUCCEEDED


def uncaught(key: str, state: NodeState, edges: Iterable[Edge]) -> bool:
    """Was this node bad, and does no way for that lead on from it?"""
    return state in NODE_BAD and not any(edge.source == key and edge.when != "success" for edge in edges)


def behind(keys: Iterable[str], edges: Sequence[Edge]) -> set[str]:
    """These nodes and all that follow them."""
    found, new = set[str](), set(keys)
    while new:
        found |= new
        new = {edge.target for edge in edges if edge.source in new} - found
    return found
