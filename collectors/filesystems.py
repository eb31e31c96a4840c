"""Space and inodes of each file system, once however often it is mounted, counted as `df` counts.

The kernel's list of mounts says what there is. Each file system is asked by a process of its own, which is ended after
two seconds and whose answer comes through a pipe of its own: a dead NFS server hides its own mount and nothing else.
Percentages are used / (used + available), so that the blocks kept back for root count neither way (df.c of coreutils).
"""

from __future__ import annotations

import re

from collectors.figures import COUNTER_LIMIT, count, path
from collectors.spec import Cadence, Collector, Kind, Metric, NotApplicable, ParseError, Reading, Rows, Table, Unit

MOST = 64  # rows; a machine with more of them has them made by a program
WORDS = 9

# Of mountinfo (proc(5)): word 3 the device's number, 4 what part of it is mounted, 5 where (with octal escapes), and
# after the separator the type and the source. Left out is what holds no data of its own. Part of a file system, or its
# second mount, counts only while nothing better of the device is known; btrfs has many device numbers but one source;
# data sets of one ZFS pool share its space, and the parser takes the largest.
# A question that no signal ends (an old kernel's NFS) is not put again while the first one waits.
SCRIPT = r"""
LC_ALL=C; PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"; export LC_ALL PATH
[ -r /proc/self/mountinfo ] || exit 3
if timeout -s KILL 2 true 2>/dev/null; then
  limit() { timeout -s KILL "$@"; }
else
  limit() { # SECONDS COMMAND…
    seconds=$1; shift
    {
      "$@" <&3 3<&- & one=$!
      { sleep "$seconds"; kill -s KILL "$one"; } <&- >/dev/null 2>&1 3<&- & two=$!
      wait "$one"; status=$?
      kill "$two"
    } 3<&0 2>/dev/null
    return "$status"
  }
fi
measure() { # PATH: what stat says, or df where there is no stat; nothing where neither comes back
  limit 2 stat -f -c '%S %b %f %a %c %d' "$1"
  case $? in 0 | 124 | 137) return ;; esac
  said=$(limit 2 df -P -k "$1")
  case $? in 124 | 137) return ;; esac
  printf '%s\n' "$said" | awk '
  NR > 1 && match($0, /[0-9]+ +[0-9]+ +-?[0-9]+ +[0-9]+%/) {
    split(substr($0, RSTART, RLENGTH), w, " ")
    printf "1024 %s %.0f %.0f 0 0\n", w[1], w[1] - w[2], (w[3] > 0) ? w[3] : 0; some = 1; exit
  }
  END { if (!some) print "unknown" }'
}
ask() { # TYPE POOL RAW ESCAPED
  path=$(printf '%b.' "$4"); path=${path%.}
  found=
  case $stuck in
    *"%d $path "*) ;;
    *) found=$( (measure "$path" </dev/null 2>/dev/null &) | limit 3 cat) ;;
  esac
  printf '%s %s %s %s\n' "$1" "$2" "$3" "${found:-hung}"
}
stuck=; looked=
look() { # for questions of an earlier time that still wait
  looked=1
  for pid in $(cat /proc/[0-9]*/stat 2>/dev/null | sed -n 's/^\([0-9]*\) (stat) D .*/\1/p'); do
    stuck="$stuck $(tr '\000' ' ' <"/proc/$pid/cmdline")"
  done 2>/dev/null
}
none='autofs|bpf|binfmt_misc|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|fusectl|hugetlbfs|iso9660|mqueue'
none="$none|fuse[.](lxcfs|portal|gvfsd-fuse)|nsfs|overlay|proc|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs"
none="$none|sysfs|tmpfs|tracefs|udf"
hidden='/(proc|sys|dev|snap|run)(/|$)|^/var/lib/(docker|containers|kubelet)/|^/etc/(hostname|hosts|resolv[.]conf)$'
awk -v none="^($none)\$" -v hidden="^$hidden" '
{
  for (s = 6; s <= NF && $s != "-"; s++) continue
  type = $(s + 1); source = $(s + 2)
  if (type == "rootfs" || ($5 != "/" && (type ~ none || $5 ~ hidden))) next
  key = (type == "btrfs") ? source : $3
  if (type == "zfs") { pool = source; sub(/\/.*/, "", pool); if (++sets[pool] > 16) next; key = source }
  rank = ($5 == "/") ? 3 : ($4 == "/" || type == "btrfs" || type == "zfs") ? 2 : 1
  if (!(key in at)) { if (n >= 64) next; order[++n] = key }
  else if (rank <= ranks[key]) next
  at[key] = $5; ranks[key] = rank; types[key] = type; sources[key] = (type == "zfs") ? "zfs:" pool : "-"
}
END {
  for (i = 1; i <= n; i++) {
    raw = path = at[order[i]]; gsub(/\\/, "\\0", path)
    print types[order[i]], sources[order[i]], raw, path
  }
}' /proc/self/mountinfo | {
  asked=0
  while read -r type pool raw path; do
    case $type in
      ext[234] | xfs | btrfs | zfs | vfat | simfs) ;;
      *) [ -n "$looked" ] || look ;;
    esac
    ask "$type" "$pool" "$raw" "$path" &
    asked=$((asked + 1)); [ $((asked % 8)) -ne 0 ] || wait # many dead ones must not take more than the time there is
  done
  wait
}
"""
OCTAL = re.compile(r"\\([0-7]{3})")
COLUMNS = ("used_percent", "used", "available", "total", "inodes_percent")


def _metric(what: str, unit: Unit, text: str, column: str) -> Metric:
    return Metric(f"filesystem_{what}", unit, Kind.GAUGE, text, column)


TABLE = Table(
    "filesystem",
    "mount",
    COLUMNS,
    (
        _metric("used_percent", Unit.PERCENT, "Space used, of what is not kept back for root.", "used_percent"),
        _metric("used_bytes", Unit.BYTES, "Space used.", "used"),
        _metric("available_bytes", Unit.BYTES, "Space that users can still fill.", "available"),
        _metric("total_bytes", Unit.BYTES, "Size.", "total"),
        _metric("inodes_percent", Unit.PERCENT, "Inodes used; none where there is no fixed number.", "inodes_percent"),
    ),
)

Row = tuple[float | int | None, ...]


def parse(contents: dict[str, bytes | None]) -> Reading:
    """Rows by mount point: percent, bytes, bytes, bytes, percent. Fact `hung_mounts`: those that did not answer.

    Raises ParseError, and NotApplicable where no file system counts.
    """
    rows: Rows = {}
    hung: list[str] = []
    unknown = 0
    pools: dict[bytes, tuple[int, str]] = {}
    lines = (contents.get("") or b"").splitlines()
    if len(lines) > 4 * MOST:
        raise ParseError("more file systems than were asked for")
    for line in lines:
        words = line.split()
        if len(words) == 4 and words[3] == b"hung":
            hung.append(_unescaped(words[2]))
        elif len(words) == 4 and words[3] == b"unknown":
            unknown += 1
        elif len(words) == WORDS:
            _take(words, rows, pools)
        else:
            raise ParseError(f"{line[:80]!r} does not describe a file system")
    if unknown and not rows and not hung:
        raise ParseError("no file system tells its size to this account")
    if not rows and not hung:
        raise NotApplicable
    return Reading({"filesystem": rows}, {"hung_mounts": sorted(hung)})


def _take(words: list[bytes], rows: Rows, pools: dict[bytes, tuple[int, str]]) -> None:
    """One file system's row; of a ZFS pool's data sets the largest takes the place of the others.

    Of equal ones it is the first in the order of names, since the answers come in any order.
    """
    pool, mount = words[1], _unescaped(words[2])
    size, blocks, free, available, inodes, inodes_free = map(count, words[3:])
    total = blocks * size
    if not 0 < total < COUNTER_LIMIT:  # pseudo file systems have none, a network's may claim anything
        return
    if pool.startswith(b"zfs:"):
        place = (-total, mount)
        before = pools.setdefault(pool, place)
        if before < place:
            return
        rows.pop(before[1], None)
        pools[pool] = place
    used = max(0, blocks - free) * size
    rows[mount] = (_share(used, available * size), used, available * size, total, _inodes(inodes, inodes_free))


def _share(used: int, available: int) -> float | None:
    whole = used + available
    return 100.0 * used / whole if whole else None


def _inodes(total: int, free: int) -> float | None:
    return 100.0 * max(0, total - free) / total if total else None


def _unescaped(raw: bytes) -> str:
    """A mount point as people write it: mountinfo has spaces and such as octal numbers."""
    text = OCTAL.sub(lambda match: chr(int(match[1], 8) & 0xFF), raw.decode("latin-1"))
    return path(text.encode("latin-1"))


COLLECTOR = Collector(
    name="filesystems",
    help="Space and inodes of each file system.",
    cadence=Cadence.SLOW,
    tables=(TABLE,),
    parse=parse,
    script=SCRIPT,
    timeout_s=30.0,
)
