"""How all that was started on a host under one mark is ended there: text for a POSIX shell.

Every process of such work carries its mark in its environment, MOORLINE_JOB. `FINISH` gives a shell two functions:
`members` finds the work's processes, `finish` ends them, politely at first and some seconds later for good, and returns
how many could not be ended. Before, these are set: K, the mark; sid, the session that is the work's own, or -1; known
and self, empty. The shell itself and what it starts to look are left out.
"""

from __future__ import annotations

VARIABLE = "MOORLINE_JOB"
LEFT_MAX = 100  # `finish` returns at most this

# grep finds the mark, which outlives a change of session; /proc/PID/stat gives parents and sessions. Whatever was once
# found is known by pid and start: it stays ours when its parent has gone. Zombies are no work. What sudo started in it
# is another user's, and sudo alone lets us end it. Before the killing everything is stopped, so that nothing forks on.
FINISH = r"""
members() {
{ grep -sFl "MOORLINE_JOB=$K" /proc/[0-9]*/environ; cat /proc/[0-9]*/stat; } 2>/dev/null |
awk -v sid="$sid" -v me=$$ -v self="$self" -v known=" $known " '
/^\/proc\// { split($0, a, "/"); m[a[3]] = 1; next }
/^[0-9]+ \(/ {
r = $0; while ((j = index(r, ")")) > 0) r = substr(r, j + 1)
split(r, f, " "); s[$1] = f[1]; pp[$1] = f[2]; pg[$1] = f[3]; se[$1] = f[4]; t[$1] = f[20]
}
END {
o[me] = o[self] = 1
do { more = 0; for (p in pp) if (!(p in o) && pp[p] != me && (pp[p] in o)) { o[p] = 1; more = 1 } } while (more)
do {
more = 0
for (p in pp)
if (!(p in m) && !(p in o) &&
(se[p] == sid || pg[p] == sid || (pp[p] in m) || index(known, " " p ":" t[p] " "))) { m[p] = 1; more = 1 }
} while (more)
for (p in m) if ((p in pp) && !(p in o) && s[p] != "Z" && s[p] != "X") printf "%s:%s ", p, t[p]
}'
}
strike() {
kill -s $1 $l
[ -r /proc/1/environ ] || [ $i -gt 2 ] || for x in $l; do
[ -r /proc/$x/environ ] || [ ! -e /proc/$x ] || { sudo -n /bin/sh -c "kill -s $1 $l"; break; }
done
} </dev/null >/dev/null 2>&1
found() {
p=$(members)
known="$known $p"
l=""; for x in $p; do l="$l ${x%%:*}"; done
[ -n "$p" ]
}
finish() {
trap '' USR1
self=$(exec /bin/sh -c 'echo $PPID')
for k in TERM KILL; do
i=0
while found; do
if [ $k = KILL ]; then strike STOP; found; strike KILL; elif [ $i = 0 ]; then strike TERM; strike CONT; fi
i=$((i+1)); [ $i -gt 20 ] && break
sleep 0.1 2>/dev/null || sleep 1
done
[ -n "$p" ] || return 0
done
set -- $p
[ $# -lt 100 ] && return $#
return 100
}
"""
