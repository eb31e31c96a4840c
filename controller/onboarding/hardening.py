"""Turning password logins off so that nobody is locked out: a clock on the host takes it back unless we come back.

`arm` starts that clock, writes the setting where sshd reads it first, has sshd check it and read it again. Then a login
by the key alone and a look at what the host still takes decide: `disarm` stops the clock, `undo` takes all of it back
at once, and whoever does neither (we were killed, the network broke, the key no longer does) leaves it to the clock.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

ROLLBACK_S = 90  # two logins and a look, over a slow line
NAME = "00-moorline.conf"  # sshd takes the first value it reads, and cloud images bring a 50-cloud-init.conf

_LISTENER = r"""
LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"; export LC_ALL PATH
p=$$; l=
while [ "${p:-0}" -gt 1 ] 2>/dev/null; do
  case $(cat "/proc/$p/comm" 2>/dev/null) in sshd*|dropbear*) l=$p ;; esac
  p=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$p/status" 2>/dev/null)
done
title=$(tr '\0' ' ' <"/proc/$l/cmdline" 2>/dev/null)
exe=$(readlink "/proc/$l/exe" 2>/dev/null | sed 's/ (deleted)$//')
case $exe in
  *dropbear*|*busybox*) echo "problem dropbear"; exit 4 ;;
  */sshd) ;;
  *) exe=$(command -v sshd) || { echo "problem no_sshd"; exit 4; } ;;
esac
# one that is started for each connection by itself reads its settings anew, and a signal would end our session
case $title in *' -i '*|*'[priv]'*|*@*) l= ;; esac
conf=$(echo "$title" | sed -n 's/.* -f *\([^ ]*\).*/\1/p'); conf=${conf:-/etc/ssh/sshd_config}
[ -w "$conf" ] || { echo "problem no_settings"; exit 4; }
"""
_ARM = (
    _LISTENER
    + r"""
effective() {
  "$exe" -T -f "$conf" -C "user=$user,host=localhost,addr=127.0.0.1" 2>/dev/null |
    awk '$1=="passwordauthentication"&&$2!="no"{b=1}
         ($1=="kbdinteractiveauthentication"||$1=="challengeresponseauthentication")&&$2!="no"{b=1}
         $1=="passwordauthentication"{s=1} END{exit !(s&&!b)}'
}
if effective; then echo already; exit 0; fi
umask 077
state=$(mktemp -d /run/moorline.XXXXXX 2>/dev/null || mktemp -d) || { echo "problem full"; exit 4; }
# the first folder that the settings include; without one, the lines go to the top of the settings themselves
folder=$(sed -n '/^[[:space:]]*[Mm]atch/q
  s/^[[:space:]]*[Ii]nclude[[:space:]]*"\{0,1\}\([^" ]*\)\/\*\.conf.*/\1/p' "$conf" | head -n 1)
case $folder in ''|/*) ;; *) folder=/etc/ssh/$folder ;; esac
cat >"$state/lines" <<'X'
# Moorline: no login by password. Delete this to take them again.
PasswordAuthentication no
KbdInteractiveAuthentication no
ChallengeResponseAuthentication no
X
if [ -n "$folder" ] && mkdir -p "$folder"; then
  place=$folder/"""
    + NAME
    + r"""
  printf 'rm -f "%s"\n' "$place" >"$state/undo"
else
  place=$conf
  cp -p "$conf" "$state/before" || { echo "problem full"; exit 4; }
  printf 'cp -p "%s/before" "%s"\n' "$state" "$conf" >"$state/undo"
fi
{
  echo "\"$exe\" -t -f \"$conf\" && [ -n \"$l\" ] && kill -HUP \"$l\""
  echo "rm -rf \"$state\""
} >>"$state/undo"
: >"$state/armed"
wait_and_undo="sleep $seconds; [ ! -e \"$state/armed\" ] || sh \"$state/undo\""
if command -v setsid >/dev/null 2>&1; then setsid sh -c "$wait_and_undo" </dev/null >/dev/null 2>&1 &
else nohup sh -c "$wait_and_undo" </dev/null >/dev/null 2>&1 & fi
echo $! >"$state/clock"
stop() { kill -- "-$(cat "$state/clock")" 2>/dev/null || kill "$(cat "$state/clock")" 2>/dev/null; sh "$state/undo"; }
if [ "$place" = "$conf" ]; then cat "$state/lines" "$state/before" >"$conf"
else cat "$state/lines" >"$place" && chmod 644 "$place"; fi || { stop; echo "problem full"; exit 4; }
if ! said=$("$exe" -t -f "$conf" 2>&1); then stop; echo "problem test $(echo "$said" | head -n 1)"; exit 4; fi
effective || { stop; echo "problem overridden"; exit 4; }
[ -z "$l" ] || kill -HUP "$l" || { stop; echo "problem reload"; exit 4; }
echo "armed $state"
echo "place $place"
"""
)
_END = r"""
case $state in /run/moorline.*|/tmp/*|/var/*) ;; *) exit 4 ;; esac
[ -e "$state/armed" ] || { echo "problem late"; exit 4; }
if [ "$what" = disarm ]; then rm -f "$state/armed"; fi
kill -- "-$(cat "$state/clock")" 2>/dev/null || kill "$(cat "$state/clock")" 2>/dev/null
if [ "$what" = disarm ]; then rm -rf "$state"; else sh "$state/undo"; fi
echo "done"
"""
PROBLEMS = {
    "dropbear": "This host runs dropbear, whose password logins are a matter of how it is started: start it with "
    "-s (on "
    "OpenWrt: uci set dropbear.@dropbear[0].PasswordAuth=off; uci commit; /etc/init.d/dropbear reload). The key works; "
    "password logins are still on.",
    "no_sshd": "The host's SSH server is none that we know how to set. The key works; password logins are still on.",
    "no_settings": "The settings of the host's SSH server cannot be written. The key works; password logins are "
    "still on.",
    "full": "The host's disk is full or read-only, so that nothing was changed. Make room and go on.",
    "overridden": "Another place in the host's SSH settings (a Match block, or one before ours) keeps password "
    "logins on. "
    "Everything is as it was; look at sshd_config and go on, or leave password logins as they are.",
    "reload": "The host's SSH server could not be told to read its settings again. Everything is as it was.",
    "late": "The host has taken the change back by itself, because we came back too late. Password logins are "
    "still on; "
    "go on to try once more.",
}


class HardeningError(Exception):
    """Password logins are as they were; the sentence says why and what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Armed:
    """What waits on the host: the folder of its clock (empty: there was nothing to change), and the file written."""

    state: str
    place: str


def arm(user: str, seconds: int = ROLLBACK_S) -> str:
    """The script, for root. `user`: who logs in; `seconds`: until the host takes it back by itself."""
    return f"user={shlex.quote(user)} seconds={int(seconds)}\n{_ARM}"


def disarm(armed: Armed) -> str:
    """The script that stops the clock and leaves the setting."""
    return f"state={shlex.quote(armed.state)} what=disarm\n{_END}"


def undo(armed: Armed) -> str:
    """The script that takes the setting back now."""
    return f"state={shlex.quote(armed.state)} what=undo\n{_END}"


def read(output: str) -> Armed:
    """What `arm` said. Raises HardeningError."""
    words = dict(line.split(" ", 1) for line in output.splitlines() if " " in line)
    if "problem" in words:
        code, _, more = words["problem"].partition(" ")
        if code == "test":
            sentence = (
                f"The host's SSH settings do not pass sshd's own check ({more[:200]}). Nothing was changed; mend "
                "that on the "
                "host and go on."
            )
            raise HardeningError(code, sentence)
        raise HardeningError(code, PROBLEMS.get(code, "Password logins could not be turned off; nothing was changed."))
    if "armed" in words:
        return Armed(words["armed"], words.get("place", ""))
    if "already" in output.splitlines():
        return Armed("", "")
    raise HardeningError("unreadable", "The host did not say whether its settings were changed; it takes them back.")
