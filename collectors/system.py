"""What kind of machine it is: distribution, kernel, processor, addresses, which interfaces are its own, its clock.

Everything is read from files that any account may read; a command is used only where there is one.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

from collectors.figures import text
from collectors.spec import Cadence, Collector, ParseError, Reading

SCRIPT = r"""
LC_ALL=C; PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"; export LC_ALL PATH
say() { printf '%s=%s\n' "$1" "$2"; }
first() { # FILE NAME: its first line, which need not have an end
  line=; [ -r "$1" ] && { read -r line <"$1" || [ -n "$line" ]; } && [ -n "$line" ] && say "$2" "$line"
}
say clock "$(date +%s.%N)"
say hostname "$(uname -n)"; say kernel "$(uname -r)"; say arch "$(uname -m)"
for file in /etc/os-release /usr/lib/os-release; do
  [ -r "$file" ] || continue
  sed -n 's/^NAME=/os_&/p; s/^PRETTY_NAME=/os_&/p; s/^ID=/os_&/p; s/^VERSION_ID=/os_&/p' "$file"; break
done
[ -r /etc/os-release ] || [ -r /usr/lib/os-release ] || first /etc/redhat-release os_PRETTY_NAME
awk -F: '/^(model name|Model|Hardware|cpu model|Processor)[ \t]*:/ {
  sub(/^[ \t]+/, "", $2); print "cpu_model=" $2; exit
}' /proc/cpuinfo
say cores "$(grep -c '^processor' /proc/cpuinfo)"
say localtime "$(readlink /etc/localtime)"; first /etc/timezone timezone; say zone "$(date +%Z)"
[ -e /proc/user_beancounters ] && [ ! -d /proc/bc ] && say container openvz
first /run/systemd/container container
[ -e /.dockerenv ] && say container docker
[ -e /run/.containerenv ] && say container podman
awk '$5 == "/proc/meminfo" && / - fuse[.]lxcfs / { print "container=lxc"; exit }' /proc/self/mountinfo 2>/dev/null
command -v systemd-detect-virt >/dev/null 2>&1 && say detected "$(systemd-detect-virt)"
first /sys/class/dmi/id/sys_vendor vendor; first /sys/class/dmi/id/product_name product
first /sys/hypervisor/type hypervisor
grep -qw hypervisor /proc/cpuinfo && say guest 1
{ [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; } && say reboot 1
first /proc/sys/kernel/random/boot_id boot_id
awk 'NR > 1 && $1 != "*" && $2 == "00000000" && $8 == "00000000" { print "route=" $1 }' /proc/net/route
awk '$1 ~ /^0+$/ && $2 == "00" && $10 != "lo" { print "route=" $10 }' /proc/net/ipv6_route 2>/dev/null
for link in /sys/class/net/*; do
  [ -e "$link/device" ] && say wired "${link##*/}"
  for lower in "$link"/lower_*; do [ -e "$lower" ] && say upper "${link##*/} ${lower##*/lower_}"; done
done
if command -v ip >/dev/null 2>&1; then
  ip -o addr show scope global 2>/dev/null | awk '{ print "address=" $4 }'
elif command -v ifconfig >/dev/null 2>&1; then
  ifconfig 2>/dev/null | awk '$1 ~ /^inet6?$/ { a = $2; sub(/^addr:/, "", a); if (a == "") a = $3; print "address=" a }'
fi
exit 0
"""
LISTS = ("address", "route", "wired", "upper")
MOST = 64
# What a vendor writes into the machine's DMI tables, and what systemd-detect-virt calls it (src/basic/virt.c there)
VENDORS = {
    "qemu": "kvm",
    "kvm": "kvm",
    "amazon ec2": "amazon",
    "google": "google",
    "digitalocean": "kvm",
    "hetzner": "kvm",
    "vmware": "vmware",
    "microsoft corporation": "microsoft",
    "xen": "xen",
    "innotek gmbh": "oracle",
    "bochs": "bochs",
    "openstack": "kvm",
}


def parse(contents: dict[str, bytes | None]) -> Reading:
    """Facts of the names that the API shows; what a host does not tell is left out. Raises ParseError."""
    said: dict[str, str] = {}
    lists: dict[str, list[str]] = {each: [] for each in LISTS}
    for line in (contents.get("") or b"").splitlines():
        key, found, value = line.partition(b"=")
        word = key.decode("ascii", "replace")
        if not found:
            continue
        if word in lists:
            if len(lists[word]) < MOST and (each := text(value)) and each not in lists[word]:
                lists[word].append(each)
        else:
            said.setdefault(word, text(value))
    if "kernel" not in said:
        raise ParseError("the host does not tell its kernel")
    facts: dict[str, object] = {name: said[name] for name in ("hostname", "kernel", "arch") if said.get(name)}
    for name, read in READERS.items():
        if (fact := read(said)) is not None:
            facts[name] = fact
    addresses = [one.partition("/")[0] for one in lists["address"]]
    facts["addresses"] = [one for one in addresses if one not in {"127.0.0.1", "::1"} and not one.startswith("fe80:")]
    facts["default_interfaces"] = _lowest(lists["route"], lists["upper"]) or lists["wired"]
    facts["pending_reboot"] = said.get("reboot") == "1"
    return Reading({}, facts)


def _lowest(interfaces: list[str], uppers: list[str]) -> list[str]:
    """The interfaces without those that stand on another of them: its bytes contain theirs."""
    below: dict[str, set[str]] = {}
    for pair in uppers:
        upper, _, lower = pair.partition(" ")
        below.setdefault(upper, set()).add(lower)

    def stands_on(upper: str) -> set[str]:
        found: set[str] = set()
        waiting = [upper]
        while waiting:
            fresh = below.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return found - {upper}

    return [each for each in interfaces if not stands_on(each) & set(interfaces)]


def _os(key: str) -> Callable[[dict[str, str]], str | None]:
    def read(said: dict[str, str]) -> str | None:
        raw = said.get(f"os_{key}", "")
        try:
            return " ".join(shlex.split(raw)) or None
        except ValueError:  # a quote that does not end
            return raw.strip("\"'") or None

    return read


def _cores(said: dict[str, str]) -> int | None:
    cores = said.get("cores", "")
    return int(cores) or None if cores.isascii() and cores.isdecimal() and len(cores) < 7 else None


def _clock(said: dict[str, str]) -> float | None:
    """Epoch seconds; a `date` without fractions means the middle of its second."""
    whole, _, part = said.get("clock", "").partition(".")
    if not (whole.isascii() and whole.isdecimal() and len(whole) < 12):
        return None
    return float(f"{whole}.{part}") if part.isascii() and part.isdecimal() else float(whole) + 0.5


def _timezone(said: dict[str, str]) -> str | None:
    _, found, zone = said.get("localtime", "").rpartition("zoneinfo/")
    return (zone if found else "") or said.get("timezone") or said.get("zone") or None


def _virtualization(said: dict[str, str]) -> str | None:
    if container := said.get("container"):
        return container
    detected = said.get("detected")
    if detected and detected != "none":
        return detected
    named = f"{said.get('vendor', '')} {said.get('product', '')} {said.get('hypervisor', '')}".lower()
    for vendor, kind in VENDORS.items():
        if vendor in named:
            return kind
    return "vm" if said.get("guest") == "1" else None


def _plain(name: str) -> Callable[[dict[str, str]], str | None]:
    return lambda said: said.get(name) or None


READERS: dict[str, Callable[[dict[str, str]], object]] = {
    "os_name": lambda said: _os("PRETTY_NAME")(said) or _os("NAME")(said),
    "os_id": _os("ID"),
    "os_version": _os("VERSION_ID"),
    "cpu_model": _plain("cpu_model"),
    "cores": _cores,
    "timezone": _timezone,
    "virtualization": _virtualization,
    "boot_id": _plain("boot_id"),
    "clock_epoch": _clock,
}

COLLECTOR = Collector(
    name="system",
    help="Distribution, kernel, processor, addresses and clock.",
    cadence=Cadence.FACTS,
    tables=(),
    parse=parse,
    script=SCRIPT,
    timeout_s=20.0,
)
