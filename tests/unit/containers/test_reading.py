"""What engines say of a container, read: Docker's form, Podman's, and anything else."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.containers import masks
from controller.containers.errors import EngineAway
from controller.containers.reading import Port, container, moment

DOCKER: dict[str, Any] = {
    "Id": "4f" * 32,
    "Name": "/web",
    "Created": "2026-11-24T10:00:00.123456789Z",
    "Path": "nginx",
    "Args": ["-g", "daemon off;"],
    "Image": "sha256:" + "ab" * 32,
    "RestartCount": 3,
    "State": {
        "Status": "running",
        "Pid": 4711,
        "ExitCode": 0,
        "OOMKilled": False,
        "StartedAt": "2026-11-24T10:00:01Z",
        "FinishedAt": "0001-01-01T00:00:00Z",
        "Health": {"Status": "healthy"},
    },
    "Config": {
        "Image": "nginx:1.27",
        "Tty": False,
        "Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": "front", "api_token": "x1"},
    },
    "HostConfig": {"NetworkMode": "shop_default", "RestartPolicy": {"Name": "unless-stopped"}},
    "NetworkSettings": {
        "Ports": {
            "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
            "53/udp": None,
        }
    },
}


def changed(**places: Any) -> dict[str, Any]:
    """The same with other values: keys are paths with __ between."""
    found = copy.deepcopy(DOCKER)
    for path, value in places.items():
        *way, last = path.split("__")
        at = found
        for step in way:
            at = at[step]
        at[last] = value
    return found


def test_dockers_form_is_read() -> None:
    found = container(DOCKER)
    assert (found.name, found.state, found.health, found.restarts) == ("web", "running", "healthy", 3)
    assert (found.image, found.command) == ("nginx:1.27", "nginx -g daemon off;")
    assert (found.project, found.service, found.restart_policy) == ("shop", "front", "unless-stopped")
    assert found.started_at == datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC)
    assert (found.finished_at, found.exit_code, found.pid, found.running) == (None, None, 4711, True)
    assert found.ports == (Port(53, None, "udp", ""), Port(80, 8080, "tcp", "0.0.0.0"), Port(80, 8080, "tcp", "::"))
    assert found.labels["api_token"] == masks.HIDDEN


@pytest.mark.parametrize(
    ("said", "meant"), [("configured", "created"), ("stopped", "exited"), ("initialized", "created")]
)
def test_podmans_states_are_dockers(said: str, meant: str) -> None:
    assert container(changed(State__Status=said, Name="web")).state == meant


def test_what_ended_says_how() -> None:
    found = container(changed(State__Status="exited", State__ExitCode=137, State__OOMKilled=True))
    assert (found.exit_code, found.oom_killed, found.running, found.pid) == (137, True, False, 0)


@pytest.mark.parametrize(
    "wrong", [changed(Id="short"), changed(Id="../" * 20), changed(Name="/a b"), changed(Name="-rf"), [], "x", None, {}]
)
def test_what_is_no_container_is_refused(wrong: Any) -> None:
    with pytest.raises(EngineAway):
        container(wrong)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_anything_at_any_place_is_borne(data: st.DataObject) -> None:
    found = copy.deepcopy(DOCKER)
    for _ in range(data.draw(st.integers(1, 4))):
        at = found
        key = data.draw(st.sampled_from(sorted(at)))
        while isinstance(at.get(key), dict) and at[key] and data.draw(st.booleans()):
            at = at[key]
            key = data.draw(st.sampled_from(sorted(at)))
        at[key] = data.draw(JSON)
    try:
        made = container(found)
    except EngineAway:
        return
    assert made.state in {"running", "paused", "restarting", "created", "exited", "dead", "removing"}
    masks.document(found)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-24T10:00:00.123456789+02:00", datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)),
        (1_795_000_000, datetime.fromtimestamp(1_795_000_000, UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        (10**30, None),
        (None, None),
    ],
)
def test_times_are_read_in_the_forms_that_engines_have(said: Any, meant: datetime | None) -> None:
    assert moment(said) == meant


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("DB_PASSWORD", "x", True),
        ("AWS_SECRET_ACCESS_KEY", "x", True),
        ("API_KEY", "x", True),
        ("SSH_KEY", "x", True),
        ("GITHUB_TOKEN", "x", True),
        ("DATABASE_URL", "postgres://me:secret@db/x", True),
        ("PATH", "/usr/bin", False),
        ("KEYBOARD", "de", False),
        ("MONKEY", "see", False),
        ("PASSWORD", "", False),
    ],
)
def test_what_looks_like_a_secret_is_hidden(name: str, value: str, hidden: bool) -> None:
    shown, masked = masks.variable(name, value)
    assert masked is hidden
    assert ("secret" in shown or shown == value) is not hidden


def test_nothing_of_a_document_escapes() -> None:
    found = {
        "Env": ["TOKEN=hunter2", "A=b"],
        "Cmd": ["app", "--password", "hunter2", "--token=hunter2"],
        "Labels": {"secret": "hunter2"},
        "Deep": [{"Auth": "hunter2", "url": "redis://:hunter2@cache"}],
    }
    shown = masks.document(found)
    assert "hunter2" not in str(shown)
    assert "A=b" in shown["Env"]


def test_what_an_engine_says_can_be_sent_on_whatever_it_is() -> None:
    deep: dict[str, Any] = {}
    at = deep
    for _ in range(200):
        at["in"] = at = {}
    found = {"lone \ud800": "\udfff", "many": 2**70, "less": -(2**63), "not": float("nan"), "deep": deep, "a": [None]}
    for said in (masks.clean(found), masks.document(masks.clean(found))):
        assert msgspec.json.decode(msgspec.json.encode(said))["a"] == [None]
