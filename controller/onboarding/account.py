"""An account of its own on the host: a locked password, a login by key, and no more of sudo than was asked for."""

from __future__ import annotations

import re
import shlex
from typing import Literal

Sudo = Literal["none", "limited", "all"]
NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # useradd's own rule (NAME_REGEX of Debian's adduser, shadow's useradd(8))

# `limited`: whole commands with their arguments and no wildcard, as far as the host has them
_SCRIPT = r"""
LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"; export LC_ALL PATH
had=1
if ! grep -q "^$name:" /etc/passwd; then
  had=0
  if command -v useradd >/dev/null 2>&1; then useradd -m -s /bin/sh "$name"
  elif command -v adduser >/dev/null 2>&1; then adduser -D -s /bin/sh "$name"
  else echo "problem no_tool"; exit 5; fi || { echo "problem not_made"; exit 5; }
fi
[ "$(grep "^$name:" /etc/passwd | cut -d: -f3)" != 0 ] || { echo "problem is_root"; exit 5; }
# "!" locks the account for keys, too, where sshd does not ask PAM; "*" is no password and nothing more
case $(grep "^$name:" /etc/shadow | cut -d: -f2) in
  '!'|'!!'|'!*')
    if command -v usermod >/dev/null 2>&1; then usermod -p '*' "$name"
    else
      sed "s/^$name:![^:]*:/$name:*:/" /etc/shadow >/etc/shadow.moorline && cat /etc/shadow.moorline >/etc/shadow
      rm -f /etc/shadow.moorline
    fi ;;
esac
rules=/etc/sudoers.d/moorline-$name
if [ "$sudo" = none ]; then rm -f "$rules" 2>/dev/null; [ "$had" = 1 ] && echo kept || echo made; exit 0; fi
command -v sudo >/dev/null 2>&1 || { echo "problem no_sudo"; exit 5; }
mkdir -p /etc/sudoers.d; umask 227
draft=/etc/sudoers.d/.moorline.$$  # sudo reads no name with a dot
trap 'rm -f "$draft"' EXIT
echo "# Moorline: what the account $name may do" >"$draft" || { echo "problem full"; exit 5; }
chmod 640 "$draft"
if [ "$sudo" = all ]; then echo "$name ALL=(ALL) NOPASSWD: ALL" >>"$draft"
else
  allow() { tool=$(command -v "$1") || return 0; shift; echo "$name ALL=(root) NOPASSWD: $tool${*:+ $*}" >>"$draft"; }
  allow reboot '""'; allow systemctl reboot
  allow apt-get update; allow apt-get -y upgrade; allow dnf -y upgrade
  allow apk update; allow apk upgrade; allow pacman -Syu --noconfirm
fi
chmod 440 "$draft"
if command -v visudo >/dev/null 2>&1 && ! visudo -cf "$draft" >/dev/null 2>&1; then echo "problem rules"; exit 5; fi
mv -f "$draft" "$rules"; trap - EXIT
[ "$had" = 1 ] && echo kept || echo made
"""
PROBLEMS = {
    "no_tool": "The host has neither useradd nor adduser. Make the account by hand, or go on with the one you have.",
    "not_made": "The host refused to make the account. Choose another name, or make it by hand.",
    "is_root": "That account is root under another name. Choose another one.",
    "no_sudo": "The host has no sudo. Install it, or make the account without rights of its own.",
    "rules": "sudo's own check does not pass the rules of the account, so that they were not put in place.",
    "full": "The host's disk is full or read-only. Make room and go on.",
}


class AccountError(Exception):
    """The account is not as it was asked for."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.sentence = PROBLEMS.get(code, "The account could not be made; the host did not say why.")
        super().__init__(self.sentence)


def making(name: str, sudo: Sudo) -> str:
    """The script, for root, that makes the account or brings it into that form. Raises ValueError for no legal name."""
    if not NAME.fullmatch(name) or name == "root":
        raise ValueError("An account's name has up to 32 small letters, digits, - and _, and begins with a letter.")
    return f"name={shlex.quote(name)} sudo={shlex.quote(sudo)}\n{_SCRIPT}"


def read(output: str) -> bool:
    """Was it made (or was it there already)? Raises AccountError."""
    lines = output.splitlines()
    for line in lines:
        if line.startswith("problem "):
            raise AccountError(line.removeprefix("problem ").strip())
    if "made" not in lines and "kept" not in lines:
        raise AccountError("unreadable")
    return "made" in lines
