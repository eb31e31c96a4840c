"""What can go wrong with a host, on demand, and how each of it is made good again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.lab import tools
from tests.support.lab.fleet import Lab
from tests.support.lab.host import LabHost
from tests.support.lab.spec import BOOTED

HUNG = "/mnt/hung"
OPENSSH = "/usr/sbin/sshd -E /var/log/sshd.log"
DROPBEAR = "/usr/sbin/dropbear -E -p 22 -r /etc/dropbear/host_key"
TABLE = "table inet lab_fault"
REJECTS = {"refuse": "reject with tcp reset", "prohibit": "reject with icmpx type admin-prohibited"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind: what it does, how it is done and undone."""

    help: str
    strike: Callable[[Lab, LabHost], None]
    heal: Callable[[Lab, LabHost], None]


def fault(lab: Lab, name: str, kind: str) -> None:
    """Let that fault strike the host. Raises ValueError for an unknown host or kind, or one that is in force."""
    host, found = _find(lab, name, kind)
    if kind in host.faults:
        raise ValueError(f"{name} has that already: {kind}")
    found.strike(lab, host)
    if found.heal is not _nothing:
        host.faults.setdefault(kind, 0)


def heal(lab: Lab, name: str, kind: str | None = None) -> None:
    """Undo a fault of the host, or all of them. Raises ValueError."""
    host, _ = _find(lab, name, kind or next(iter(FAULTS)))
    for each in [kind] if kind else list(host.faults):
        if each not in host.faults:
            raise ValueError(f"{name} does not have that: {each}")
        FAULTS[each].heal(lab, host)
        host.faults.pop(each, None)


def _find(lab: Lab, name: str, kind: str) -> tuple[LabHost, Fault]:
    if name not in lab.hosts:
        raise ValueError(f"there is no host {name}; there are {', '.join(lab.hosts) or 'none'}")
    if kind not in FAULTS:
        raise ValueError(f"there is no fault {kind}; there are {', '.join(FAULTS)}")
    return lab.hosts[name], FAULTS[kind]


def _cut(lab: Lab, host: LabHost) -> None:
    tools.ip(lab.hub, f"link set {host.link} down")


def _join(lab: Lab, host: LabHost) -> None:
    tools.ip(lab.hub, f"link set {host.link} up")


def _reject(answer: str) -> Callable[[Lab, LabHost], None]:
    def strike(_: Lab, host: LabHost) -> None:
        chain = "{ type filter hook input priority 0; }"
        rules = f"add {TABLE}\nadd chain inet lab_fault in {chain}\nadd rule inet lab_fault in tcp dport 22 {answer}\n"
        tools.run([*tools.in_network(host.pid), "nft", "-f", "-"], text=rules)

    return strike


def _accept(_: Lab, host: LabHost) -> None:
    tools.run([*tools.in_network(host.pid), "nft", "delete", *TABLE.split()])


def _freeze_sshd(_: Lab, host: LabHost) -> None:
    host.signal(host.daemons(), signal.SIGSTOP)


def _freeze(_: Lab, host: LabHost) -> None:
    host.signal(tools.namespace_members(host.pid), signal.SIGSTOP)


def _thaw(_: Lab, host: LabHost) -> None:
    host.signal(tools.namespace_members(host.pid), signal.SIGCONT)


def _kill_sshd(_: Lab, host: LabHost) -> None:
    if host.spec.flavour in BOOTED:  # it would start another at once
        host.exec("systemctl kill --signal=KILL ssh; systemctl stop ssh")
    while pids := host.daemons():  # a session may just be beginning
        host.signal(pids, signal.SIGKILL)
        time.sleep(0.01)


def _start_sshd(_: Lab, host: LabHost) -> None:
    booted = "systemctl start ssh" if host.spec.flavour in BOOTED else OPENSSH
    start = DROPBEAR if host.spec.flavour == "tiny" else booted
    host.exec(f"exec {start} >/dev/null 2>&1")
    host.wait_for_sshd()


def _off(lab: Lab, host: LabHost) -> None:
    lab.stop(host)


def _on(lab: Lab, host: LabHost) -> None:
    host.faults.clear()  # they went with what they had struck
    lab.start([host])


def _reboot(lab: Lab, host: LabHost) -> None:
    _off(lab, host)
    _on(lab, host)


def _change_key(lab: Lab, host: LabHost) -> None:
    host.make_host_key()
    for name in ("etc/ssh/ssh_host_ed25519_key", "etc/dropbear/host_key"):
        new = host.folder / "seed" / name
        if new.exists():
            (host.root / name).write_bytes(new.read_bytes())
    _kill_sshd(lab, host)
    _start_sshd(lab, host)


def _fill(_: Lab, host: LabHost) -> None:
    host.exec("dd if=/dev/zero of=/var/fill bs=1M 2>/dev/null; df / >/dev/null")


def _empty(_: Lab, host: LabHost) -> None:
    (host.root / "var/fill").unlink(missing_ok=True)


def _hang(_: Lab, host: LabHost) -> None:
    """Mount a file system whose server never answers, as an NFS server that is away."""
    device = os.open("/dev/fuse", os.O_RDWR)
    os.set_inheritable(device, True)
    host.exec(f"mkdir -p {HUNG}")
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
    enter = ["nsenter", f"--mount=/proc/{host.pid}/ns/mnt", "--"]
    try:
        tools.run([*enter, "mount", "-i", "-t", "fuse", "-o", options, "lab-hung", HUNG], fds=[device])
    except RuntimeError:
        os.close(device)
        raise
    host.faults["hang"] = device


def _release(_: Lab, host: LabHost) -> None:
    os.close(host.faults.pop("hang"))  # which ends the connection: whoever waits gets an error
    host.exec(f"umount -l {HUNG}")


def _nothing(_: Lab, host: LabHost) -> None:
    raise ValueError(f"{host.name}: there is nothing to undo")


FAULTS = {
    "cut": Fault("the cable is out: packets vanish", _cut, _join),
    "refuse": Fault("port 22 answers with a reset", _reject(REJECTS["refuse"]), _accept),
    "prohibit": Fault("port 22 answers that it is prohibited", _reject(REJECTS["prohibit"]), _accept),
    "freeze-sshd": Fault("sshd and its sessions stand still; the kernel still accepts", _freeze_sshd, _thaw),
    "freeze": Fault("every process stands still", _freeze, _thaw),
    "kill-sshd": Fault("sshd and its sessions are killed", _kill_sshd, _start_sshd),
    "off": Fault("the power is off", _off, _on),
    "reboot": Fault("off and on again, with a new boot_id", _reboot, _nothing),
    "hostkey": Fault("sshd comes back with another host key", _change_key, _nothing),
    "fill": Fault("the disk is full", _fill, _empty),
    "hang": Fault(f"a file system at {HUNG} does not answer, and `df` hangs", _hang, _release),
}
