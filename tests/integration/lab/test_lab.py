"""The lab is what it says: real hosts, apart from each other and from this machine, that break and heal on demand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab import HostSpec, Lab, LabHost, cgroups
from tests.support.lab.faults import FAULTS, fault, heal
from tests.support.lab.spec import Wire
from tests.support.lab.tools import started_at
from tests.support.sshd import wait_until

pytestmark = pytest.mark.root
GREETING = """
import socket, sys
line = socket.create_connection((sys.argv[1], 22), timeout=1.5)
line.settimeout(1.5)
sys.stdout.write(line.recv(4).decode())
"""
CLI = [sys.executable, "-m", "tests.support.lab"]


@pytest.fixture(scope="module")
def fleet(lab: Lab) -> Iterator[dict[str, LabHost]]:
    """One of each kind that the tests look at."""
    files, figures = {"etc/motd": "hello\n"}, {"loadavg": "1.25 0.5 0.25 1/9 77\n"}
    specs = [
        HostSpec("plain", sshd={"MaxSessions": "3"}, files=files, disk_mib=64, proc=figures),
        HostSpec("tiny", flavour="tiny"),
        HostSpec("far", wire=Wire(delay_ms=60)),
        HostSpec("gate"),
    ]
    hosts = lab.up(specs)
    hosts += lab.up([HostSpec("inner", behind="gate")])
    yield {host.name: host for host in hosts}
    lab.remove(*hosts)


def greets(words: list[str], address: str) -> str:
    """What a first look at port 22 shows from there: "SSH-", or the name of the error."""
    done = subprocess.run(
        [*words, sys.executable, "-c", GREETING, address], capture_output=True, text=True, check=False
    )
    return done.stdout or done.stderr.strip().splitlines()[-1].partition(":")[0]


def ssh(lab: Lab, host: LabHost, command: str, user: str = "root") -> str:
    """Run a command over a real SSH login with the lab's key."""
    known = lab.folder / "known_hosts"
    known.write_text(f"{host.address} {host.host_key}\n")
    options = ["-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"]
    words = ["ssh", "-F", "none", "-i", str(lab.folder / "client_key"), *options, f"{user}@{host.address}", command]
    done = subprocess.run([*lab.inside(), *words], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["plain", "tiny", "far", "gate"])
def test_host_is_reached_by_its_own_key_and_is_its_own_machine(lab: Lab, fleet: dict[str, LabHost], name: str) -> None:
    host = fleet[name]
    said = ssh(lab, host, "hostname; cat /proc/sys/kernel/random/boot_id; echo $$")
    hostname, boot_id, pid = said.split()
    assert hostname == name
    assert boot_id != Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert int(pid) < 1000


def test_settings_files_figures_and_disk_are_as_asked_for(lab: Lab, fleet: dict[str, LabHost]) -> None:
    host = fleet["plain"]
    assert ssh(lab, host, "cat /etc/motd /proc/loadavg", user="ops") == "hello\n1.25 0.5 0.25 1/9 77\n"
    assert "maxsessions 3" in host.exec("/usr/sbin/sshd -T 2>&1")
    assert host.exec("df -Pm / | tail -n 1").split()[1] == "64"


def test_hosts_change_nothing_of_this_machine(fleet: dict[str, LabHost]) -> None:
    host = fleet["plain"]
    host.exec("echo 77 > /proc/sys/net/ipv4/ip_default_ttl")  # of its own network
    assert Path("/proc/sys/net/ipv4/ip_default_ttl").read_text().strip() != "77"
    with pytest.raises(RuntimeError, match="ead-only"):
        host.exec("echo 1 > /proc/sys/vm/drop_caches")


def test_no_host_is_reached_from_this_machines_own_network(fleet: dict[str, LabHost]) -> None:
    assert (
        str(fleet["plain"].address)
        not in subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
    )


def test_host_behind_another_is_reached_by_that_alone(lab: Lab, fleet: dict[str, LabHost]) -> None:
    inner = fleet["inner"].address
    assert greets(lab.inside(), inner) != "SSH-"
    look = f"bash -c 'exec 3<>/dev/tcp/{inner}/22; head -c 4 <&3'"
    assert ssh(lab, fleet["gate"], look) == "SSH-"
    fault(lab, "gate", "reboot")
    assert ssh(lab, fleet["gate"], look) == "SSH-"


def test_wire_delays_each_way(lab: Lab, fleet: dict[str, LabHost]) -> None:
    def greeting_s(name: str) -> float:
        began = time.monotonic()
        assert greets(lab.inside(), fleet[name].address) == "SSH-"
        return time.monotonic() - began

    # one round trip to connect, half a one for the greeting
    assert greeting_s("far") - greeting_s("gate") > 0.12


SEEN = {
    "cut": {"TimeoutError"},
    "refuse": {"ConnectionRefusedError", "ConnectionResetError"},
    "prohibit": {"OSError", "PermissionError", "ConnectionRefusedError"},
    "freeze-sshd": {"TimeoutError"},
    "freeze": {"TimeoutError"},
    "kill-sshd": {"ConnectionRefusedError"},
    "off": {"TimeoutError", "OSError"},
    "fill": {"SSH-"},
    "hang": {"SSH-"},
}


@pytest.mark.parametrize("name", ["plain", "tiny"])
@pytest.mark.parametrize("kind", SEEN)
def test_fault_is_seen_and_heals(lab: Lab, fleet: dict[str, LabHost], kind: str, name: str) -> None:
    host = fleet[name]
    fault(lab, name, kind)
    try:
        assert greets(lab.inside(), host.address) in SEEN[kind]
        with pytest.raises(ValueError, match="already"):
            fault(lab, name, kind)
    finally:
        heal(lab, name)
    assert greets(lab.inside(), host.address) == "SSH-"


def test_every_fault_is_tried() -> None:
    assert set(FAULTS) == {*SEEN, "reboot", "hostkey"}


def test_full_disk_takes_nothing_more_until_it_is_emptied(lab: Lab, fleet: dict[str, LabHost]) -> None:
    host = fleet["plain"]
    fault(lab, "plain", "fill")
    with pytest.raises(RuntimeError, match="No space left"):
        host.exec("dd if=/dev/zero of=/root/more bs=64k count=1")
    heal(lab, "plain", "fill")
    host.exec("dd if=/dev/zero of=/root/more bs=64k count=1 && rm /root/more")


def test_df_hangs_on_a_file_system_that_does_not_answer(lab: Lab, fleet: dict[str, LabHost]) -> None:
    host = fleet["plain"]
    fault(lab, "plain", "hang")
    with pytest.raises(subprocess.TimeoutExpired):
        host.exec("exec df", within_s=1)
    heal(lab, "plain", "hang")
    host.exec("exec df", within_s=10)


@pytest.mark.parametrize("name", ["plain", "tiny"])
def test_reboot_keeps_the_key_and_changes_the_boot_id(lab: Lab, fleet: dict[str, LabHost], name: str) -> None:
    host = fleet[name]
    before, boot = host.fingerprint, ssh(lab, host, "cat /proc/sys/kernel/random/boot_id")
    fault(lab, name, "reboot")
    assert host.fingerprint == before
    assert ssh(lab, host, "cat /proc/sys/kernel/random/boot_id") != boot


@pytest.mark.parametrize("name", ["plain", "tiny"])
def test_changed_host_key_is_shown(lab: Lab, fleet: dict[str, LabHost], name: str) -> None:
    host = fleet[name]
    before = host.host_key
    fault(lab, name, "hostkey")
    assert host.host_key != before
    assert ssh(lab, host, "echo $0")  # known_hosts has the new key alone


@pytest.mark.parametrize(
    ("name", "kind", "complaint"), [("nobody", "cut", "no host nobody"), ("plain", "rust", "no fault rust")]
)
def test_unknown_names_are_said_so(lab: Lab, fleet: dict[str, LabHost], name: str, kind: str, complaint: str) -> None:
    assert fleet
    with pytest.raises(ValueError, match=complaint):
        fault(lab, name, kind)


RELEASES = {"bullseye": ("11", "OpenSSH_8.4"), "trixie": ("13", "OpenSSH_10"), "bookworm": ("12", "OpenSSH_9.2")}


@pytest.mark.long
@pytest.mark.parametrize("flavour", RELEASES)
def test_debian_of_each_release(lab: Lab, flavour: str) -> None:
    (host,) = lab.up([HostSpec(f"deb-{flavour}", flavour=flavour)])
    try:
        said = ssh(lab, host, ". /etc/os-release; echo $VERSION_ID; ssh -V 2>&1")
        version, program = RELEASES[flavour]
        assert said.split("\n")[0] == version
        assert program in said
    finally:
        lab.remove(host)


def test_a_host_with_a_service_manager_has_its_load_and_faults_as_the_others(lab: Lab) -> None:
    (host,) = lab.up([HostSpec("busy", flavour="managed", load="exec sleep 77001")])
    try:
        wait_until(lambda: "sleep 77001" in host.exec("ps -eo args"), what="its load")
        before = host.fingerprint
        fault(lab, "busy", "hostkey")
        assert host.fingerprint != before
        assert ssh(lab, host, "systemctl is-active ssh") == "active\n"
    finally:
        lab.remove(host)


@pytest.mark.long
def test_service_manager_and_docker_engine_are_real(lab: Lab) -> None:
    hosts = lab.up([HostSpec("svc", flavour="systemd"), HostSpec("dock", flavour="docker", disk_mib=512)])
    service, docker = hosts
    try:
        assert ssh(lab, service, "systemctl is-system-running --wait; ps -o comm= 1").split() == ["running", "systemd"]
        fault(lab, "svc", "kill-sshd")
        heal(lab, "svc")
        assert ssh(lab, service, "systemctl is-active ssh") == "active\n"
        image = 'tar -C / -c bin/busybox | docker import -c \'CMD ["/bin/busybox","sleep","600"]\' - lab/box >/dev/null'
        ssh(lab, docker, f"{image}; docker run -d --name box lab/box >/dev/null; docker exec box /bin/busybox true")
        assert ssh(lab, docker, "docker ps --format '{{.Names}} {{.State}}'") == "box running\n"
        groups = [
            group for place in cgroups.hierarchies() for group in place.glob(f"{cgroups.PREFIX}{lab.folder.name}-*")
        ]
        assert groups
    finally:
        lab.remove(*hosts)
    assert not any(group.exists() for group in groups)
    assert not list(Path("/sys/fs/cgroup").glob("*/docker/*"))


@pytest.fixture
def state(lab: Lab, tmp_path: Path) -> Path:
    """A place for labs of the command line that no other on this machine sees."""
    assert lab.folder.is_dir()  # where there can be none, the test is skipped
    return tmp_path / "labs"


def begun(state: Path, count: int) -> subprocess.Popen[str]:
    """A lab raised by the command line, up."""
    process = subprocess.Popen([*CLI, "up", "-n", str(count)], stdout=subprocess.PIPE, text=True, env=placed(state))
    assert process.stdout is not None
    for line in process.stdout:
        if " hosts after " in line:
            return process
    raise AssertionError(f"it ended with status {process.wait()}")


def placed(state: Path) -> dict[str, str]:
    """The environment of a command whose labs are kept there."""
    return {**os.environ, "MOORLINE_LAB_STATE": str(state)}


def told(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the lab's, and what it said."""
    return subprocess.run([*CLI, *words], capture_output=True, text=True, timeout=60, check=False, env=placed(state))


def test_command_line_raises_breaks_heals_and_ends_a_fleet(state: Path) -> None:
    process = begun(state, 2)
    try:
        listed = told(state, "list").stdout.splitlines()
        assert [line.split()[0] for line in listed] == ["web-1", "web-2"]
        assert told(state, "fault", "web-2", "kill-sshd").returncode == 0
        again = told(state, "fault", "web-2", "kill-sshd")
        assert (again.returncode, "already" in again.stderr) == (1, True)
        assert told(state, "heal", "web-2").returncode == 0
        assert told(state, "exec", "web-1", "hostname").stdout == "web-1\n"
        assert told(state, "down").returncode == 0
        assert process.wait(30) == 0
        assert told(state, "list").stdout == ""
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_its_parent_ends(state: Path, sign: signal.Signals) -> None:
    process = begun(state, 3)
    try:
        (folder,) = [
            folder for folder in state.glob("*") if (folder / "owner").read_text().split()[0] == str(process.pid)
        ]
        known = json.loads((folder / "hosts.json").read_text())
        pids = [known["hub"], *(host["pid"] for host in known["hosts"])]
        assert all(started_at(pid) for pid in pids)
        os.kill(process.pid, sign)
        process.wait(30)
        wait_until(lambda: not any(started_at(pid) for pid in pids), what="the hosts to end with their parent")
        assert told(state, "list").stdout == ""  # which sweeps
        assert not folder.exists()
        assert str(folder) not in Path("/proc/self/mounts").read_text()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
