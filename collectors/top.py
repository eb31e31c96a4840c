"""The ten busiest and the ten biggest processes, measured over a second when somebody looks.

Processor time is what /proc/PID/stat counts in clock ticks (proc(5): words 14 and 15), 100 % being one core. Command
lines may hold passwords, so that the value of whatever looks like one is left out before it is shown to anybody.
"""

from __future__ import annotations

import re

from collectors.figures import count, number, text
from collectors.spec import Cadence, Collector, ParseError, Reading

SCRIPT = r"""
LC_ALL=C; PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"; export LC_ALL PATH
ticks=$(getconf CLK_TCK 2>/dev/null)
page=$(getconf PAGESIZE 2>/dev/null || awk '/^KernelPageSize:/ { print $2 * 1024; exit }' /proc/self/smaps 2>/dev/null)
awk '/^MemTotal:/ { print "total " $2 }' /proc/meminfo
{ cat /proc/uptime; cat /proc/[0-9]*/stat; sleep 1; cat /proc/uptime; cat /proc/[0-9]*/stat; } 2>/dev/null |
awk -v ticks="${ticks:-100}" -v page="${page:-4096}" '
NF == 2 { now = $1; turn++; next }
{
  pid = $1; rest = $0; while (i = index(rest, ")")) rest = substr(rest, i + 1)
  split(rest, w, " "); used = w[12] + w[13]
  if (turn == 1) { was[pid] = used; born[pid] = w[20]; began = now; next }
  if ((pid in was) && born[pid] == w[20] && now > began) cpu[pid] = (used - was[pid]) / ticks / (now - began) * 100
  else cpu[pid] = 0
  name = $0; sub(/^[0-9]+ \(/, "", name); sub(/\) [A-Za-z] .*$/, "", name); names[pid] = name; rss[pid] = w[22] * page
}
function pick(values, word,   k, best, pid, done) {
  for (k = 0; k < 10; k++) {
    best = ""
    for (pid in values) {
      if (pid in done) continue
      if (best == "" || values[pid] > values[best] || (values[pid] == values[best] && pid + 0 < best + 0)) best = pid
    }
    if (best == "") return
    done[best] = 1
    printf "%s %d %.2f %.0f %s\n", word, best, cpu[best], rss[best], names[best]
  }
}
END { pick(cpu, "cpu"); pick(rss, "memory") }' |
while read -r word pid rest; do
  user=$(stat -c %U "/proc/$pid" 2>/dev/null); user=${user%% *}
  line=$(tr '\000\n\r\t' '    ' 2>/dev/null <"/proc/$pid/cmdline" | cut -c 1-300)
  printf '%s %s %s %s\n@ %s\n' "$word" "$pid" "${user:-?}" "$rest" "$line"
done
exit 0
"""
SECRET = re.compile(
    r"((?:^|[^a-z0-9])[\w-]*(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|auth)[\w-]*[\"']?[=:\s]\s*)"
    r"(?!-)(?:(?:basic|bearer|digest|token)\s+)?\S+",
    re.IGNORECASE,
)
USERINFO = re.compile(r"(\w://[^\s:/@]*:)\S+@")  # to the last @: a password may hold one
LENGTH = 200
MOST = 10


def parse(contents: dict[str, bytes | None]) -> Reading:
    """Facts `by_cpu` and `by_memory`: lists of processes, the largest first; memory in bytes. Raises ParseError."""
    found: dict[bytes, list[dict[str, object]]] = {b"cpu": [], b"memory": []}
    total = 0
    last: dict[str, object] = {}
    for line in (contents.get("") or b"").splitlines():
        word, _, rest = line.partition(b" ")
        if word == b"total":
            total = count(rest.strip()) * 1024
        elif word == b"@":
            last["command"] = covered(text(rest, LENGTH))
        elif word in found and len(found[word]) < MOST:
            last = _process(rest, total)
            found[word].append(last)
    if not found[b"memory"]:
        raise ParseError("the host lists no process")
    return Reading({}, {"by_cpu": found[b"cpu"], "by_memory": found[b"memory"]})


def covered(command: str) -> str:
    """A command line without the values of what looks like a password."""
    return USERINFO.sub(r"\1•••@", SECRET.sub(r"\1•••", command))


def _process(line: bytes, total: int) -> dict[str, object]:
    words = line.split(b" ", 4)
    if len(words) < 4:
        raise ParseError(f"{line[:80]!r} does not describe a process")
    memory = count(words[3])
    return {
        "pid": count(words[0]),
        "user": text(words[1]),
        "name": text(words[4]) if len(words) > 4 else "",
        "command": "",
        "cpu_percent": number(words[2], 1e6),
        "memory_bytes": memory,
        "memory_percent": round(100 * memory / total, 2) if total else None,
    }


COLLECTOR = Collector(
    name="top",
    help="The busiest and the biggest processes.",
    cadence=Cadence.DEMAND,
    tables=(),
    parse=parse,
    script=SCRIPT,
    timeout_s=15.0,
)
