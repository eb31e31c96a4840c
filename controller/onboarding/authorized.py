"""Lines of authorized_keys, and the sh script that puts one in or takes one out without ever losing the others.

The file is written beside itself and renamed, so that a host that dies in the middle has the old one. A line is known
by the key in it, whatever options stand before it: the same key is never there twice, and a key that comes with other
options replaces itself.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

COMMENT = "moorline"

# Says "file PATH" and then "added", "replaced", "same", "removed" or "absent". The file is found by sshd's settings.
_SCRIPT = r"""
LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"; export LC_ALL PATH
umask 077
user=${user:-$(id -un)}
row=$(getent passwd "$user" 2>/dev/null || grep "^$user:" /etc/passwd) || { echo "problem no_account"; exit 3; }
home=$(echo "$row" | cut -d: -f6); uid=$(echo "$row" | cut -d: -f3); gid=$(echo "$row" | cut -d: -f4)
listener() { # the sshd that listens: the last one up from here
  p=$$; l=
  while [ "${p:-0}" -gt 1 ] 2>/dev/null; do
    case $(cat "/proc/$p/comm" 2>/dev/null) in sshd*|dropbear*) l=$p ;; esac
    p=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$p/status" 2>/dev/null)
  done
  echo "$l"
}
settings() { # sshd's own view of its settings for this user, where we may ask it
  l=$(listener); exe=$(readlink "/proc/$l/exe" 2>/dev/null)
  case $exe in *sshd) ;; *) exe=$(command -v sshd) || return 1 ;; esac
  conf=$(tr '\0' ' ' <"/proc/$l/cmdline" 2>/dev/null | sed -n 's/.* -f *\([^ ]*\).*/\1/p')
  "$exe" -T -f "${conf:-/etc/ssh/sshd_config}" -C "user=$user,host=localhost,addr=127.0.0.1" 2>/dev/null
}
find_file() {
  if [ -e /etc/openwrt_release ] && [ "$uid" = 0 ]; then echo /etc/dropbear/authorized_keys; return; fi
  # from a file that we may read, where sshd itself is not to be asked
  set -- $(settings | sed -n 's/^authorizedkeysfile //p') \
    $(sed -n '/^[[:space:]]*[Mm]atch/q; s/^[[:space:]]*[Aa]uthorized[Kk]eys[Ff]ile[[:space:]]*//p' \
      /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config 2>/dev/null) .ssh/authorized_keys
  for f; do [ "$f" != none ] && break; done
  f=$(echo "$f" | sed "s|%%|\\x01|g; s|%h|$home|g; s|%u|$user|g; s|%U|$uid|g; s|\\x01|%|g")
  case $f in /*) echo "$f" ;; *) echo "$home/$f" ;; esac
}
file=$(find_file)
[ ! -L "$file" ] || file=$(readlink -f "$file")
echo "file $file"
folder=$(dirname "$file")
if [ ! -d "$folder" ]; then
  [ "$what" = add ] || { echo absent; exit 0; }
  mkdir -p "$folder" || { echo "problem unwritable"; exit 3; }
  case $folder in "$home"/*) [ "$(id -u)" != 0 ] || chown "$uid:$gid" "$folder" ;; esac
fi
old=/dev/null; [ ! -e "$file" ] || old=$file
# awk gives each line its end, so that a last line without one is mended
there=$(awk -v k="$key" '{for(i=1;i<=NF;i++)if($i==k){print;exit}}' "$old" 2>/dev/null)
if [ "$what" = add ]; then
  [ "$there" != "$line" ] || { echo same; exit 0; }
else
  [ -n "$there" ] || { echo absent; exit 0; }
fi
if [ -n "$like" ]; then # options that stand before the key whose place it takes
  line=$(awk -v k="$like" -v n="$line" '{at=0;for(i=1;i<=NF;i++)if($i==k)at=i
    if(at){p=index($0,$(at-1)" "k);if(p>1)printf "%s",substr($0,1,p-1);exit}} END{print n}' "$old")
fi
new="$file.moorline.$$"
trap 'rm -f "$new"' EXIT
if [ "$old" = "$file" ]; then cp -p "$file" "$new" || { echo "problem unwritable"; exit 3; }
else : >"$new" || { echo "problem unwritable"; exit 3; }
  chmod 600 "$new"; [ "$(id -u)" != 0 ] || chown "$uid:$gid" "$new"
fi
{ awk -v k="$key" '{for(i=1;i<=NF;i++)if($i==k)next;print}' "$old" &&
  { [ "$what" != add ] || printf '%s\n' "$line"; }; } >"$new.2" || { rm -f "$new.2"; echo "problem full"; exit 3; }
cat "$new.2" >"$new" || { rm -f "$new.2"; echo "problem full"; exit 3; }
rm -f "$new.2"
mv -f "$new" "$file" || { echo "problem unwritable"; exit 3; }
trap - EXIT
# a file below the home of somebody else's folder is refused by sshd: say so rather than wonder
case $folder in "$home"/.ssh) chmod go-w "$folder" 2>/dev/null ;; esac
if command -v restorecon >/dev/null 2>&1; then restorecon -F "$folder" "$file" 2>/dev/null; fi
if [ "$what" != add ]; then echo removed; elif [ -n "$there" ]; then echo replaced; else echo added; fi
"""
PROBLEMS = {
    "no_account": "There is no account of that name on the host.",
    "unwritable": "The file with the account's keys cannot be written: it, or its folder, belongs to somebody else "
    "or the "
    "disk is read-only. Log in as root, or mend that on the host.",
    "full": "The file with the account's keys cannot be written: the disk is full. Make room on the host, then go on.",
}


class KeyFileError(Exception):
    """The key could not be put in or taken out; the file is as it was. `code` is one of PROBLEMS or "unreadable"."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done: the file's path, and added, replaced, same, removed or absent."""

    path: str
    outcome: str


def line(public_key: str, options: str = "") -> str:
    """A line for the public key ("ssh-ed25519 AAAA…"), with options before it where there are any."""
    kind, body = public_key.split()[:2]
    return f"{options + ' ' if options else ''}{kind} {body} {COMMENT}"


def adding(public_key: str, *, options: str = "", user: str = "", like: str = "") -> str:
    """The script that puts the key in. `user`: whose file, where that is not who runs it; `like`: a key there whose
    options it takes over."""
    return _script("add", public_key, line(public_key, options), user, like)


def removing(public_key: str, *, user: str = "") -> str:
    """The script that takes the key out, wherever it stands in the file."""
    return _script("remove", public_key, "", user, "")


def _script(what: str, public_key: str, text: str, user: str, like: str) -> str:
    body = like.split()[1] if like else ""
    given = {"what": what, "key": public_key.split()[1], "line": text, "user": user, "like": body}
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in given.items()) + _SCRIPT


def read(output: str) -> Edit:
    """What the script said. Raises KeyFileError."""
    lines = output.split("\n")
    path = next((text.removeprefix("file ") for text in lines if text.startswith("file ")), "")
    for text in lines:
        if text.startswith("problem "):
            code = text.removeprefix("problem ").strip()
            raise KeyFileError(code, PROBLEMS.get(code, "The file with the account's keys could not be changed."))
    outcome = next((text for text in reversed(lines) if text in {"added", "replaced", "same", "removed", "absent"}), "")
    if not outcome or not path:
        raise KeyFileError(
            "unreadable",
            "The host did not say whether the key is in place: its shell or /bin/sh does not do what is usual. "
            "Put the public key into the account's authorized_keys by hand and add the host with that key.",
        )
    return Edit(path, outcome)
