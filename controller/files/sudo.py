"""Becoming root for an SFTP server or a shell: a password goes over standard input once sudo has asked for it.

It is never an argument, never in a file, and sent only after sudo's own question, whose words we choose, was seen: a
server that runs without asking would take it for a request and might write it into a log.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, TypeVar

from controller.core.errors import Conflict, Forbidden
from controller.core.secrets import Secret
from controller.ssh.errors import Unreachable
from controller.ssh.fleet import Fleet, Stream

KEPT_S = 900.0
ASK_S = 20.0
PLACES = (
    "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server",
    "/usr/libexec/sftp-server", "/usr/lib/sftp-server", "/usr/local/libexec/sftp-server",
)  # fmt: skip
SERVER = f"for p in {' '.join(PLACES)}; do [ -x $p ] && exec $p; done; echo no sftp-server is installed >&2; exit 127"
SHELL = "exec /bin/sh -s"


class SudoRefused(Forbidden):
    """Sudo lets the account do nothing here."""

    code = "sudo_refused"


class PasswordNeeded(Conflict):
    """Somebody has to type the account's password."""

    code = "sudo_password_needed"


class Talker(Protocol):
    """A receiver whose standard error can be waited for."""

    error_text: bytearray
    on_error: Callable[[], None]
    on_closed: Callable[[Exception | None], None]

    def data(self, data: bytes) -> None:
        """Standard output."""
        ...

    def error(self, data: bytes) -> None:
        """Standard error."""
        ...

    def closed(self, reason: Exception | None) -> None:
        """It has ended."""
        ...


T = TypeVar("T", bound=Talker)


@dataclass(slots=True)
class _Typed:
    secret: Secret
    until: float


class Passwords:
    """What users have typed for a host, for a while and in memory only; and what the host's credential holds."""

    def __init__(self, stored: Callable[[int], Awaitable[Secret | None]]) -> None:
        self._stored = stored
        self._typed: dict[tuple[int, int], _Typed] = {}

    async def of(self, host_id: int, user_id: int) -> list[Secret]:
        """The passwords worth a try, the best first."""
        typed = self._typed.get((host_id, user_id))
        if typed is not None and typed.until < monotonic():
            del self._typed[host_id, user_id]
            typed = None
        stored = await self._stored(host_id)
        return [secret for secret in (typed.secret if typed else None, stored) if secret is not None][:1]

    def keep(self, host_id: int, user_id: int, secret: Secret) -> None:
        """Somebody typed it."""
        self._typed[host_id, user_id] = _Typed(secret, monotonic() + KEPT_S)

    def has(self, host_id: int, user_id: int) -> bool:
        """Has the user typed one that is still kept?"""
        typed = self._typed.get((host_id, user_id))
        return typed is not None and typed.until > monotonic()

    def touch(self, host_id: int, user_id: int) -> None:
        """It is in use: kept on."""
        typed = self._typed.get((host_id, user_id))
        if typed is not None and typed.until > monotonic():
            typed.until = monotonic() + KEPT_S

    def forget(self, host_id: int, user_id: int) -> None:
        """It did not fit, or is wanted no more."""
        self._typed.pop((host_id, user_id), None)


class Known(Protocol):
    """Where passwords come from."""

    async def of(self, host_id: int, user_id: int) -> list[Secret]:
        """Those worth a try, the best first."""
        ...

    def forget(self, host_id: int, user_id: int) -> None:
        """It did not fit."""
        ...


@dataclass(frozen=True, slots=True)
class Who:
    """Whose root is wanted where, and what may open it. `account`: as whom, if not root."""

    fleet: Fleet
    passwords: Known
    host_id: int
    user_id: int
    account: str = "root"


async def become(who: Who, make: Callable[[], T], inner: str, *, bulk: bool = False) -> tuple[Stream, T]:
    """Start `inner` (a line of a POSIX shell) as root: its channel, and the talker that hears it.

    `make` makes a talker: each attempt has its own. Raises SudoRefused, PasswordNeeded, and LineError.
    """
    talker = make()
    begun = await _attempt(who, talker, inner, None, bulk=bulk)
    if isinstance(begun, str):
        known = await who.passwords.of(who.host_id, who.user_id)
        if not known:
            raise _refusal(begun, asked=False)
        talker = make()
        begun = await _attempt(who, talker, inner, known[0], bulk=bulk)
        if isinstance(begun, str):
            who.passwords.forget(who.host_id, who.user_id)
            raise _refusal(begun, asked=True)
    return begun, talker


async def _attempt(who: Who, talker: Talker, inner: str, secret: Secret | None, *, bulk: bool) -> Stream | str:
    """The stream once the command runs as root, or what sudo said instead."""
    done, ask = f"moorline-{secrets.token_hex(8)}", f"moorline-{secrets.token_hex(8)}"
    way = "-n" if secret is None else f"-S -k -p {ask}"
    way += "" if who.account == "root" else f" -H -u {shlex.quote(who.account)}"
    body = shlex.quote(f"echo {done} >&2; {inner}")
    talk = _Talk(talker)
    command = f"exec env LC_ALL=C sudo {way} -- /bin/sh -c {body}"
    stream = await who.fleet.files(who.host_id, talker, command=command, bulk=bulk)
    try:
        async with asyncio.timeout(ASK_S):
            said = await talk.until(done, ask)
            if said.count(ask) == 1 and secret is not None and done not in said:
                stream.write(secret.reveal().encode() + b"\n")
                said = await talk.until(done, ask, seen=1)
    except TimeoutError:
        stream.close()
        raise Unreachable("sudo on the host did not answer in time.", code="timeout") from None
    except BaseException:
        stream.close()
        raise
    if done in said:
        talk.end()
        return stream
    stream.close()  # harmless when it has ended; else it asks again, which means that the password was wrong
    return "incorrect password" if said.count(ask) > 1 else said.replace(ask, "").strip()


class _Talk:
    """Waits for words on standard error."""

    def __init__(self, talker: Talker) -> None:
        self._talker = talker
        self._news = asyncio.Event()
        self._ended: list[Exception | None] = []
        talker.error_text.clear()
        talker.on_error = self._news.set
        talker.on_closed = self._closed

    async def until(self, done: str, ask: str, *, seen: int = 0) -> str:
        """What was said once it holds `done`, or `ask` once more than `seen`, or the command has ended.

        Raises the LineError that ended it.
        """
        while True:
            said = bytes(self._talker.error_text).decode("utf-8", "replace")
            if done in said or said.count(ask) > seen:
                return said
            if self._ended:
                if self._ended[0] is not None:
                    raise self._ended[0]
                return said
            self._news.clear()
            await self._news.wait()

    def end(self) -> None:
        """The talker is somebody else's from now on."""
        self._talker.error_text.clear()
        self._talker.on_error = lambda: None
        self._talker.on_closed = lambda _: None

    def _closed(self, reason: Exception | None) -> None:
        self._ended.append(reason)
        self._news.set()


def _refusal(said: str, *, asked: bool) -> SudoRefused | PasswordNeeded:
    words = said.lower()
    if asked and ("incorrect password" in words or "try again" in words or "authentication" in words):
        return PasswordNeeded("sudo does not take this password. Type the password of the host's account.")
    if "password is required" in words or ("password" in words and not asked):
        return PasswordNeeded("sudo wants the password of the host's account. Type it to go on as root.")
    if "not found" in words or "no such file" in words:
        return SudoRefused("sudo is not installed on this host. Install it, or let Moorline log in as root.")
    told = said.splitlines()[-1][:200] if said else "it said nothing"
    return SudoRefused(f"sudo does not let the host's account become root: {told}")
