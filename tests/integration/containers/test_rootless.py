"""Podman as an account of its own runs it: no root on its side, seen by that account and by root."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from tests.integration.containers.conftest import IMAGE, Watched, one
from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.lab.base import OPS_UID

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(240)]
RUNTIME = f"/run/user/{OPS_UID}"
SOCKET = f"{RUNTIME}/podman/podman.sock"
MAKE_IMAGE = (
    "mkdir -p /tmp/box/bin /tmp/box/tmp && cp /bin/busybox /tmp/box/bin/"
    " && for name in sh sleep; do ln -s busybox /tmp/box/bin/$name; done"
    f' && tar -C /tmp/box -c . | podman import -c \'CMD ["sleep","3600"]\' - {IMAGE}'
)
# a session of systemd's makes that folder; a kernel lets an account mount /proc only where one lies bare
GROUND = (
    f"mkdir -p -m 700 {RUNTIME} /run/bare/proc && chmod 700 /run/bare && chown {OPS_UID}:{OPS_UID} {RUNTIME}"
    " && mount -t proc proc /run/bare/proc"
)
# what comes by `exec` is in the control groups of this test, which the host does not see
AS_OPS = (
    "for file in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do echo $$ >$file; done 2>/dev/null;"
    f" XDG_RUNTIME_DIR={RUNTIME} exec setpriv --reuid ops --regid ops --init-groups env HOME=/home/ops sh -c "
)


def as_ops(host: LabHost, script: str) -> str:
    """What the script prints that the account `ops` runs in its home."""
    return host.exec(AS_OPS + shlex.quote(f"cd; {script}"))


@pytest.fixture
def pod(lab: Lab) -> Iterator[LabHost]:
    """A host where the account `ops` runs a container."""
    session = {"Match": "User ops", "SetEnv": f"XDG_RUNTIME_DIR={RUNTIME}"}
    (host,) = lab.up([HostSpec("rootless", flavour="podman", disk_mib=512, sshd=session)])
    try:
        host.exec(GROUND)
        as_ops(host, MAKE_IMAGE)
        as_ops(
            host,
            f"podman run -d --name web --network none -e SECRET=hunter2 {IMAGE}"
            " sh -c 'echo ready; trap exit TERM; while :; do :; done'",
        )
        yield host
    finally:
        as_ops(host, "podman rm -fa -t 0")
        lab.remove(host)


@pytest.mark.parametrize(("account", "way"), [("ops", "cli"), ("ops", "socket"), ("root", "socket")])
async def test_an_accounts_own_podman_is_listed_followed_and_told_what_to_do(
    watched: Watched, pod: LabHost, account: str, way: str
) -> None:
    assert as_ops(pod, "podman info --format '{{.Host.Security.Rootless}}'").strip() == "true"
    if way == "socket":
        as_ops(pod, f"mkdir -p {RUNTIME}/podman; podman system service --time 0 unix://{SOCKET} >/dev/null 2>&1 &")
        pod.exec(f"while ! [ -S {SOCKET} ]; do sleep 0.1; done")
    host_id = await watched.add(pod, username=account)
    key = f"podman-{OPS_UID}"
    shelf = await watched.shelf(
        host_id, lambda now: bool(one(now, "web")) and key in {e["key"] for e in now["engines"]}, 30
    )
    (engine,) = [each for each in shelf["engines"] if each["key"] == key]
    said = (engine["kind"], engine["state"], engine["transport"], engine["version"][:2])
    assert said == ("podman", "up", way, "4.")
    assert engine["name"] == f"Podman (rootless, {'ops' if account == 'ops' else f'uid {OPS_UID}'})"
    web = one(shelf, "web")
    assert (web["state"], web["engine"], web["image"]) == ("running", key, f"localhost/{IMAGE}:latest")
    path = f"/hosts/{host_id}/containers/web"
    assert [line["text"] for line in (await watched.api.call("GET", f"{path}/logs"))["lines"]] == ["ready"]
    assert "hunter2" not in str(await watched.api.call("GET", path))
    top = await watched.api.call("GET", f"{path}/top")
    assert any("echo ready" in " ".join(row) for row in top["processes"]), top
    assert IMAGE in str(await watched.api.call("GET", f"/hosts/{host_id}/images"))
    stopped = await watched.api.call("POST", f"{path}/actions", {"action": "stop", "timeout_s": 2})
    assert stopped["state"] == "exited"
    started = await watched.api.call("POST", f"{path}/actions", {"action": "start"})
    assert started["state"] == "running"
    as_ops(pod, "podman kill web")
    await watched.shelf(host_id, lambda now: one(now, "web")["state"] == "exited", 3)
    await watched.api.call("DELETE", path)
    await watched.shelf(host_id, lambda now: not one(now, "web"), 3)
    assert "web" not in as_ops(pod, "podman ps -a --format '{{.Names}}'")


async def test_figures_of_a_rootless_container_are_true_or_absent(watched: Watched, pod: LabHost) -> None:
    """Without control groups of version 2 an account's engine has none of its own: then no figure is made up."""
    own = web_group(pod)
    host_id = await watched.add(pod, username="ops")
    await watched.shelf(host_id, lambda now: bool(one(now, "web")), 30)
    if own:
        await watched.shelf(host_id, lambda now: bool((one(now, "web").get("figures") or {}).get("cpu_percent")), 60)
        return
    seen = await watched.api.call("GET", f"/hosts/{host_id}")
    assert seen["state"] == "up"
    with pytest.raises(AssertionError, match="not within"):
        await watched.shelf(host_id, lambda now: any((one(now, "web").get("figures") or {}).values()), 12)


def web_group(host: LabHost) -> bool:
    """Whether the container is in a control group that bears its name."""
    identity, pid = as_ops(host, "podman inspect --format '{{.Id}} {{.State.Pid}}' web").split()
    return identity in host.exec(f"cat /proc/{pid}/cgroup")
