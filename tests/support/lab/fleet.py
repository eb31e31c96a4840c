"""The lab itself: the hub's network, the hosts on it, and the end of both."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.lab import base, cgroups, tools
from tests.support.lab.host import LabHost
from tests.support.lab.spec import HostSpec
from tests.support.lab.wire import lay

STATE = Path(os.environ.get("MOORLINE_LAB_STATE", "/run/moorline-lab"))
HUB_ADDRESS = "10.77.255.1"
HUB_MAC = "02:77:ff:ff:00:01"
PER_NET = 250


class Lab:
    """A hub and its hosts, which end with this process. `adopted`: gets the process ids of what runs for them.

    Raise and end it from the main thread: the kernel ends the hosts with the thread that started them.
    """

    def __init__(self, adopted: set[int] | None = None) -> None:
        self.hosts: dict[str, LabHost] = {}
        self.client_key = ""
        self.folder = Path()
        self._adopted = adopted if adopted is not None else set()
        self._hub: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._jumps: set[int] = set()  # numbers of the hosts that others are behind

    def __enter__(self) -> Self:
        """Raises LabUnavailable where there can be none."""
        tools.check()
        sweep()
        self.folder = STATE / secrets.token_hex(4)
        self.folder.mkdir(parents=True, mode=0o755)
        (self.folder / "owner").write_text(f"{os.getpid()} {tools.started_at(os.getpid())}")
        try:
            self._raise_hub()
            key = self.folder / "client_key"
            tools.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key)])
            self.client_key = key.read_text()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def hub(self) -> int:
        """The process whose network namespace is the hub."""
        assert self._hub is not None, "the lab is not raised"
        return self._hub.pid

    def inside(self) -> list[str]:
        """Words before a command that is to run where all hosts can be reached; it ends with us."""
        return ["setpriv", "--pdeathsig", "TERM", *tools.in_network(self.hub)]

    def up(self, hosts: int | Iterable[HostSpec]) -> list[LabHost]:
        """Raise hosts, all at once, and wait until their SSH servers listen. Raises RuntimeError with the reason.

        A number makes so many plain ones: web-1, web-2, …
        """
        specs = [HostSpec(f"web-{i + 1}") for i in range(hosts)] if isinstance(hosts, int) else list(hosts)
        for flavour in {spec.flavour for spec in specs}:
            base.provision(flavour)
        made = [self._place(spec) for spec in specs]
        with ThreadPoolExecutor(8) as side_by_side:
            key = (self.folder / "client_key.pub").read_text().strip()
            list(side_by_side.map(lambda host: host.lay_out(key), made))
        self.start(made)
        return made

    def start(self, hosts: Sequence[LabHost]) -> None:
        """Switch these hosts on."""
        assert threading.current_thread() is threading.main_thread(), "hosts end with the thread that starts them"
        for host in hosts:
            self._adopted.add(host.boot())
        for host in hosts:
            host.find_first_process()
        for host in hosts:
            self._connect(host)
        for host in hosts:
            host.connected()
        for host in hosts:
            host.wait_for_sshd()
        self._tell()

    def stop(self, host: LabHost) -> None:
        """Switch a host off; its cable is out at once, though the kernel may take its time over the rest."""
        host.stop()
        for cable in (host.link, f"w{host.number}"):
            with suppress(RuntimeError):  # there is none, or the kernel was quicker
                tools.ip(self.hub, f"link del {cable}")

    def remove(self, *hosts: LabHost) -> None:
        """Take hosts away for good."""
        for host in hosts:
            self.stop(host)
            del self.hosts[host.name]
            shutil.rmtree(host.folder, ignore_errors=True)
        self._tell()

    def close(self) -> None:
        """End every host and the hub."""
        for host in self.hosts.values():
            host.stop()
        self.hosts.clear()
        if self._hub is not None:
            self._hub.kill()
            self._hub.wait(10)
            self._hub = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _raise_hub(self) -> None:
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c", "echo; exec sleep infinity"]
        self._hub = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=tools.environment(),
            start_new_session=True,
        )
        self._adopted.add(self._hub.pid)
        assert self._hub.stdout is not None
        with self._hub.stdout as words:
            if not words.readline():
                raise RuntimeError("no network namespace can be made here")
        tools.ip(
            self.hub,
            "link set lo up",
            f"link add br0 address {HUB_MAC} type bridge",
            f"addr add {HUB_ADDRESS}/16 dev br0",
            "link set br0 up",
        )

    def _place(self, spec: HostSpec) -> LabHost:
        """A place in the network for a host. Raises ValueError for a name twice or a jump host that there is not."""
        if spec.name in self.hosts:
            raise ValueError(f"there is a host {spec.name} already")
        jump = None
        if spec.behind is not None:
            jump = self.hosts.get(spec.behind)
            if jump is None:
                raise ValueError(f"{spec.name} is to be behind {spec.behind}, which is not up")
        number, self._count = self._count, self._count + 1
        net = 77 if jump is None else 78
        address = f"10.{net}.{1 + number // PER_NET}.{1 + number % PER_NET}"
        host = LabHost(spec, address, number, self.folder / "hosts" / spec.name, jump)
        self.hosts[spec.name] = host
        return host

    def _connect(self, host: LabHost) -> None:
        """Cable between the host and the hub, or between it and the host it is behind."""
        mac = f"02:77:00:00:{host.number >> 8:02x}:{host.number & 255:02x}"
        bridge = "br0" if host.jump is None else self._bridge_behind(host.jump)
        if host.spec.wire is not None:
            host.wire = lay(self.hub, host.pid, host.link, mac, host.spec.wire)
            self._adopted.add(host.wire.pid)
            hub_side = []
        else:
            hub_side = [f"link add {host.link} type veth peer name eth0 netns {host.pid} address {mac}"]
        hub_side += [f"link set {host.link} master {bridge} up"]
        host_side = ["link set lo up", f"addr add {host.address}/16 dev eth0", "link set eth0 up"]
        if host.jump is None:
            # fixed entries: the table of neighbours is one for the whole machine, and full at 1,024
            hub_side += [f"neigh replace {host.address} lladdr {mac} dev br0 nud permanent"]
            host_side += [
                f"route add default via {HUB_ADDRESS}",
                f"neigh replace {HUB_ADDRESS} lladdr {HUB_MAC} dev eth0 nud permanent",
            ]
        tools.ip(self.hub, *hub_side)
        tools.ip(host.pid, *host_side)
        if host.number in self._jumps:  # it comes back
            self._connect_behind(host)

    def _bridge_behind(self, jump: LabHost) -> str:
        """A bridge that the jump host is on and the hub itself has no address at."""
        name = f"j{jump.number}"
        if jump.number not in self._jumps:
            self._jumps.add(jump.number)
            tools.ip(self.hub, f"link add {name} type bridge", f"link set {name} up")
            self._connect_behind(jump)
        return name

    def _connect_behind(self, jump: LabHost) -> None:
        cable = f"w{jump.number}"
        tools.ip(
            self.hub,
            f"link add {cable} type veth peer name eth1 netns {jump.pid}",
            f"link set {cable} master j{jump.number} up",
        )
        tools.ip(jump.pid, f"addr add 10.78.255.{jump.number % PER_NET + 1}/16 dev eth1", "link set eth1 up")

    def _tell(self) -> None:
        """Write down who is there, for the command line in another terminal."""
        rows = [
            {"name": host.name, "address": host.address, "flavour": host.spec.flavour, "pid": host.pid}
            for host in self.hosts.values()
        ]
        draft = self.folder / "hosts.json.new"
        draft.write_text(json.dumps({"hub": self.hub, "hosts": rows}))
        draft.rename(self.folder / "hosts.json")


def sweep() -> None:
    """Take away what labs left whose process was killed; their namespaces went with it."""
    for folder in STATE.glob("*"):
        try:
            pid, started = (folder / "owner").read_text().split()
        except (OSError, ValueError):
            continue  # it is just being made
        if tools.started_at(int(pid)) != started:
            cgroups.sweep(folder.name)
            shutil.rmtree(folder, ignore_errors=True)
