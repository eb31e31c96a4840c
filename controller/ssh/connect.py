"""Make one SSH connection: name, TCP (or a channel of the jump host), key exchange, host key, login; errors typed."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import asyncssh

from controller.ssh import hostkeys
from controller.ssh.errors import ChannelRefused, LineError, Unreachable
from controller.ssh.fleet import Person
from controller.ssh.keychain import Keychain
from controller.ssh.lean import LeanConnection, dial
from controller.ssh.login import METHODS, Login
from controller.ssh.options import Options
from controller.ssh.target import PrivateKey, Target

# AES-GCM first: with AES instructions it costs half of ChaCha20, and no separate MAC
CIPHERS = (
    "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
    "aes256-ctr", "aes192-ctr", "aes128-ctr",
)  # fmt: skip
NO_ROUTE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}


class Observer(Protocol):
    """Told how far an attempt has come; the live test of "add host" shows it."""

    def reached(self, stage: str, detail: str) -> None:
        """A stage has been passed: resolve, connect, host_key, login."""
        ...


class Silent:
    """Nobody looks."""

    def reached(self, stage: str, detail: str) -> None:
        """Nothing to do."""


SILENT = Silent()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt needs beside the target."""

    options: Options
    keychain: Keychain
    gate: AbstractAsyncContextManager[object]  # the handshake limiter
    tunnel: asyncssh.SSHClientConnection | None = None
    jump_label: str = ""
    approved_fingerprint: str | None = None
    observer: Observer = SILENT
    person: Person | None = None  # who answers what the host asks beside the password


async def connect(target: Target, attempt: Attempt) -> tuple[LeanConnection, Login]:
    """A connection that is logged in. Raises Unreachable, HostKeyUnknown, HostKeyChanged or AuthFailed.

    The credential is sent only after the host key has been found good, and once.
    """
    pinned = _pinned(target)
    key = await attempt.keychain.key(target.login) if isinstance(target.login, PrivateKey) else None
    login = Login(target, pinned, key, approved_fingerprint=attempt.approved_fingerprint, person=attempt.person)
    sock = None if attempt.tunnel is not None else await _open_socket(target, attempt)
    try:
        async with attempt.gate:
            connection = await _handshake(target, attempt, login, pinned, sock)
    except BaseException:
        if sock is not None:
            sock.close()
        raise
    attempt.observer.reached("login", target.username)
    return connection, login


def _pinned(target: Target) -> list[asyncssh.SSHKey]:
    try:
        return [hostkeys.parse(line) for line in target.pinned]
    except ValueError:
        raise Unreachable(
            f"An approved host key of {target.label} is damaged. Remove it and approve the host's key again.",
            code="pinned_key",
        ) from None


async def _open_socket(target: Target, attempt: Attempt) -> socket.socket:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(attempt.options.connect_timeout_s):
            found = await loop.getaddrinfo(target.address, target.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise _dns(target, "the name server does not answer") from None
    except (socket.gaierror, UnicodeError) as error:
        raise _dns(target, getattr(error, "strerror", None) or "it is not a valid name") from None
    attempt.observer.reached("resolve", ", ".join(dict.fromkeys(str(row[4][0]) for row in found)))
    failure: LineError | None = None
    for family, kind, protocol, _, address in found[:4]:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            async with asyncio.timeout(attempt.options.connect_timeout_s):
                await loop.sock_connect(sock, address)
        except OSError as error:  # TimeoutError is one
            sock.close()
            failure = failure or _network(target, error)
        except BaseException:
            sock.close()
            raise
        else:
            attempt.observer.reached("connect", f"{address[0]} port {target.port}")
            return sock
    raise failure or _dns(target, "it has no address")


async def _handshake(
    target: Target, attempt: Attempt, login: Login, pinned: list[asyncssh.SSHKey], sock: socket.socket | None
) -> LeanConnection:
    options = attempt.options
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(options.handshake_timeout_s) as limit:

            def auth_begun() -> None:
                limit.reschedule(loop.time() + options.login_timeout_s)
                if login.host_key is not None:
                    shown = hostkeys.describe(login.host_key)
                    attempt.observer.reached("host_key", f"{shown.type} {shown.fingerprint}")

            login.on_auth = auth_begun
            login.on_challenge = lambda: limit.reschedule(loop.time() + options.person_timeout_s)
            settings = _settings(target, options, login, pinned)
            return await dial(settings, sock=sock, tunnel=attempt.tunnel)
    except (asyncssh.Error, OSError, ValueError) as error:
        raise _explain(target, attempt, login, error) from None
    finally:
        login.on_auth = login.on_challenge = None


def _settings(
    target: Target, options: Options, login: Login, pinned: list[asyncssh.SSHKey]
) -> asyncssh.SSHClientConnectionOptions:
    return asyncssh.SSHClientConnectionOptions(
        host=target.address,
        port=target.port,
        config=None,
        client_factory=lambda: login,
        known_hosts=(pinned, [], []),  # never empty: asyncssh would read ~/.ssh/known_hosts
        server_host_key_algs=hostkeys.offered(pinned),
        username=target.username,
        client_keys=None,
        agent_path=None,
        gss_host=None,
        host_based_auth=False,
        x509_trusted_certs=None,
        preferred_auth=METHODS,
        encryption_algs=CIPHERS,
        compression_algs=["none"],
        utf8_decode_errors="replace",
        login_timeout=0,
        rekey_seconds=0,
        keepalive_interval=options.keepalive_s,
        keepalive_count_max=options.keepalive_misses,
    )


def _explain(target: Target, attempt: Attempt, login: Login, error: Exception) -> LineError:
    if login.host_key_error is not None:
        return login.host_key_error
    if isinstance(error, asyncssh.PermissionDenied):
        return login.failure()
    if isinstance(error, asyncssh.ChannelOpenError):
        return _not_forwarded(target, attempt, error)
    greeting = login.connection.get_extra_info("server_version") if login.connection is not None else None
    if isinstance(error, TimeoutError):
        return _slow(target, attempt, login, greeting)
    if isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.HostKeyNotVerifiable):
        return Unreachable(
            f"{target.label} and Moorline have no common algorithm, or the host key cannot be checked "
            f"({_short(error)}). Update the host's SSH server.",
            code="kex",
        )
    return _ended(target, login, greeting, error)


def _ended(target: Target, login: Login, greeting: object, error: Exception) -> LineError:
    where = f"{target.label} port {target.port}"
    # The count of lines before the greeting is asyncssh's own; read for this sentence only
    noise = getattr(login.connection, "_banner_lines", 0)
    if greeting is None and (noise or isinstance(error, asyncssh.ProtocolError | asyncssh.ProtocolNotSupported)):
        return Unreachable(f"What answers at {where} is not an SSH server. Check address and port.", code="banner")
    if greeting is None:
        return Unreachable(
            f"{where} closed the connection before its greeting. sshd may be full (MaxStartups) or block this "
            "address (PerSourcePenalties, fail2ban); it is tried again.",
            code="closed",
        )
    if login.auth_begun and isinstance(error, asyncssh.DisconnectError) and "authentication" in str(error).lower():
        return login.failure()
    stage = "during the login" if login.auth_begun else "during the key exchange"
    return Unreachable(f"{where} ended the connection {stage} ({_short(error)}). Its log says why.", code="closed")


def _slow(target: Target, attempt: Attempt, login: Login, greeting: object) -> LineError:
    where = f"{target.label} port {target.port}"
    options = attempt.options
    if login.auth_begun:
        sentence = f"{target.label} did not finish the login within {options.login_timeout_s:g} s; it is tried again."
    elif greeting is None and login.connection is not None:
        sentence = (
            f"{where} accepts connections but sent no SSH greeting within {options.handshake_timeout_s:g} s. "
            "Its sshd hangs or is overloaded, or another service listens there."
        )
    else:
        sentence = f"{where} did not finish the key exchange within {options.handshake_timeout_s:g} s."
    return Unreachable(sentence, code="timeout")


def _network(target: Target, error: OSError) -> LineError:
    where = f"{target.label} port {target.port}"
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return Unreachable(
            f"{where} does not answer. The host is down, or a firewall drops the packets.", code="timeout"
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"{where} refuses connections. Start sshd there, or correct the port.", code="refused")
    if error.errno in NO_ROUTE:
        return Unreachable(f"There is no route to {where}. Check the address and the network.", code="no_route")
    if error.errno in RESET:
        return Unreachable(f"{where} reset the connection; it is tried again.", code="closed")
    return Unreachable(f"{where} cannot be reached ({_short(error)}).", code="closed")


def _not_forwarded(target: Target, attempt: Attempt, error: asyncssh.ChannelOpenError) -> LineError:
    where = f"{target.label} port {target.port}"
    jump = attempt.jump_label
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        return Unreachable(
            f"The jump host {jump} forbids forwarding to {where}. Set AllowTcpForwarding yes there.",
            code="forward_prohibited",
        )
    reason = error.reason.lower()
    for word, code in (("refused", "refused"), ("timed out", "timeout"), ("route", "no_route"), ("resol", "dns"),
                       ("name", "dns"), ("closed", "jump_down")):  # fmt: skip
        if word in reason:
            return Unreachable(f"The jump host {jump} cannot reach {where}: {error.reason[:200]}.", code=code)
    return Unreachable(f"The jump host {jump} cannot reach {where}.", code="no_route")


def lost(target: Target, error: Exception | None) -> Unreachable:
    """Why an established connection ended."""
    if isinstance(error, asyncssh.ConnectionLost) and "keepalive" in str(error):
        return Unreachable(
            f"{target.label} stopped answering: the network is cut, or the host hangs. It is tried again by itself.",
            code="timeout",
        )
    if isinstance(error, TimeoutError) or (isinstance(error, OSError) and error.errno == errno.ETIMEDOUT):
        return Unreachable(f"{target.label} stopped answering. It is tried again by itself.", code="timeout")
    return Unreachable(
        f"{target.label} closed the connection: a reboot, or sshd was restarted. It is tried again by itself.",
        code="closed",
    )


def refused_channel(target: Target, error: asyncssh.ChannelOpenError) -> ChannelRefused:
    """Why a channel other than a session did not open."""
    reason = error.reason[:200]
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        return ChannelRefused(
            f"{target.label} forbids forwarding ({reason}). Allow it in the host's sshd_config.",
            code="forward_prohibited",
        )
    return ChannelRefused(f"{target.label} cannot connect there: {reason}.", code="forward_failed")


def _dns(target: Target, why: str) -> Unreachable:
    return Unreachable(f"The name {target.address} cannot be resolved: {why}. Correct the address.", code="dns")


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
