"""Fabric for the first contact: one connection by password or key, whose host key is judged before anything is sent.

Fabric accepts any host key by itself, which is wrong exactly when a password follows. Its client gets our policy, and
the pinned key is put before it, so that the host is asked for that kind of key. All of it blocks: call it in threads.
"""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Callable, Generator
from contextlib import suppress
from io import StringIO
from typing import Any, Self

import invoke
import paramiko
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from fabric import Config, Connection

from controller.core.secrets import Secret
from controller.onboarding.way import Dial
from controller.ssh.errors import AuthFailed, HostKeyChanged, LineError, Unreachable
from controller.ssh.target import PublicKey

CONNECT_S = 15.0
BANNER_S = 20.0
LOGIN_S = 45.0
SCRIPT_S = 120.0
LIMIT_BYTES = 256 * 1024
EXPIRED = ("password has expired", "password change required", "must change your password", "change your password now")


class PinnedKey(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Admits the pinned key alone. paramiko asks before it logs in, and what is raised here ends the connection."""

    def __init__(self, pinned: PublicKey) -> None:
        self._pinned = pinned

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        """Raises HostKeyChanged unless it is that very key."""
        if f"{key.get_name()} {key.get_base64()}" != self._pinned.line:
            raise HostKeyChanged(shown(key))


def shown(key: paramiko.PKey) -> PublicKey:
    """A key of paramiko's as ours."""
    return PublicKey(key.get_name(), key.fingerprint, f"{key.get_name()} {key.get_base64()}")


class Contact:
    """One connection to a host. `password`: to log in by, and for sudo; `key`: a private key in OpenSSH's form;
    `dial`: gives the socket, where a host is behind another."""

    def __init__(
        self,
        address: str,
        port: int,
        username: str,
        pinned: PublicKey,
        *,
        password: Secret | None = None,
        key: Secret | None = None,
        passphrase: Secret | None = None,
        dial: Dial | None = None,
    ) -> None:
        self.address, self.port, self.username = address, port, username
        self._dial = dial
        self._pinned = pinned
        self._password = password
        self._key = key
        self._passphrase = passphrase
        self._connection: Connection | None = None
        self._sudo: bool | None = None  # None: we are root; True: sudo wants the password; False: it wants none

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Connect and log in. Raises HostKeyChanged before anything was sent, Unreachable, AuthFailed."""
        config = Config(overrides={"load_ssh_configs": False, "run": {"hide": True, "in_stream": False, "warn": True}})
        options: dict[str, Any] = {
            "allow_agent": False, "look_for_keys": False, "banner_timeout": BANNER_S, "auth_timeout": LOGIN_S,
        }  # fmt: skip
        if self._key is not None:
            options["pkey"] = _private_key(self._key, self._passphrase)
        elif self._password is not None:
            options["password"] = self._password.reveal()
        if self._dial is not None:
            options["sock"] = self._dial()
        connection = Connection(
            self.address, self.username, self.port, config=config, connect_timeout=CONNECT_S, connect_kwargs=options
        )
        connection.client.set_missing_host_key_policy(PinnedKey(self._pinned))
        known = self.address if self.port == 22 else f"[{self.address}]:{self.port}"
        kind, body = self._pinned.line.split()[:2]
        connection.client.get_host_keys().add(known, kind, paramiko.PKey.from_type_string(kind, base64.b64decode(body)))
        try:
            connection.open()
        except BaseException as error:
            connection.client.close()
            if isinstance(error, LineError) or not isinstance(error, Exception):
                raise
            raise self.told(error) from None
        connection.connect_kwargs.pop("password", None)
        self._connection = connection

    def close(self) -> None:
        """Close the connection. Harmless on a closed one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            connection.client.close()

    def sh(self, script: str, *, as_root: bool = False, timeout_s: float = SCRIPT_S) -> tuple[int, str, str]:
        """Run a script by /bin/sh: status, standard output and error. It travels on standard input, never in a command.

        `as_root`: through sudo, where we are not root. Raises Unreachable when the connection breaks or time is up.
        """
        command, given = "exec /bin/sh -s", script
        if as_root and self._sudo is not None:
            if self._sudo and self._password is not None:
                command, given = "exec sudo -k -S -p '' /bin/sh -s", f"{self._password.reveal()}\n{script}"
            else:
                command = "exec sudo -n /bin/sh -s"
        return self._exec(command, given, timeout_s)

    @property
    def by_sudo(self) -> bool:
        """Is root somebody else than us? Known once `find_root` has looked."""
        return self._sudo is not None

    @property
    def sudo_asks(self) -> bool:
        """Is root reached only by typing the password? Known once `find_root` has looked."""
        return self._sudo is True

    def find_root(self) -> bool:
        """Look how root is reached: we are it, or by sudo with or without our password. False: not at all."""
        if self.sh("id -u")[1].strip().split("\n")[-1] == "0":
            self._sudo = None
            return True
        status, _, _ = self._exec("exec sudo -n /bin/sh -c true", "", 30.0)
        if status == 0:
            self._sudo = False
            return True
        if self._password is None:
            return False
        self._sudo = True
        status, said, _ = self.sh("id -u", as_root=True, timeout_s=30.0)
        return status == 0 and said.strip().endswith("0")

    def expired(self) -> bool:
        """Does the host want a new password before anything else?"""
        status, out, err = self._exec("exec /bin/sh -c 'echo moorline-here'", "", 60.0)
        if "moorline-here" in out:
            return False
        said = (out + err).lower()
        if any(word in said for word in EXPIRED):
            return True
        told = (err or out).strip().splitlines()
        raise AuthFailed(
            f"The login as {self.username} works, but the account runs no commands"
            f"{f' (it says: {told[0][:160]})' if told else f' (status {status})'}. Give it /bin/sh as its shell, "
            "or use another account.",
            code="no_shell",
        )

    def renew_password(self, new: Secret) -> None:
        """Answer the host's questions for a new password, on a terminal. Raises AuthFailed with what it said."""
        if self._connection is None or self._password is None:
            raise AuthFailed(
                "The password is no longer known; enter it once more.", code="password_needed", tried=False
            )
        watchers = [
            _Answer(r"(?i)(current|old|\(current\)|login)[^:\n]*password: ?$", self._password),
            _Answer(r"(?i)(new|enter)[^:\n]*password: ?$", new, unless=r"(?i)(re-?(type|enter)|again|confirm|current)"),
            _Answer(r"(?i)(re-?(type|enter)|again|confirm)[^:\n]*(password)?[^:\n]*: ?$", new),
        ]
        try:
            done = self._connection.run(
                "true", pty=True, watchers=watchers, hide=True, warn=True, in_stream=False, timeout=60,
                out_stream=StringIO(), err_stream=StringIO(),
            )  # fmt: skip
            said = done.stdout
        except invoke.exceptions.CommandTimedOut as error:
            said = error.result.stdout
        except (invoke.exceptions.UnexpectedExit, invoke.exceptions.Failure) as error:
            said = error.result.stdout if error.result else ""
        self.close()
        old, self._password = self._password, new
        try:
            self.open()
            if not self.expired():
                return
        except AuthFailed:
            self._password = old
        why = [text.strip() for text in said.splitlines() if text.strip()]
        hints = [text for text in why if "BAD PASSWORD" in text or "must" in text.lower() or "too" in text.lower()]
        said = f" ({hints[-1][:160]})" if hints else ""
        raise AuthFailed(
            f"The host did not take the new password{said}. Choose another one: long, and unlike the old one.",
            code="new_password",
        )

    def _exec(self, command: str, given: str, timeout_s: float) -> tuple[int, str, str]:
        if self._connection is None:
            raise Unreachable(f"The connection to {self.address} is closed.", code="closed")
        try:
            transport = self._connection.client.get_transport()
            channel = transport.open_session(timeout=CONNECT_S)
            channel.settimeout(timeout_s)
            channel.exec_command(command)
            with suppress(OSError):  # it may have ended without reading; a connection that broke shows below
                channel.sendall(given.encode())
                channel.shutdown_write()
            out = _all(channel.recv)
            err = _all(channel.recv_stderr)
            status = channel.recv_exit_status()
            if status == -1 and not transport.is_active():
                raise EOFError("the host hung up")  # noqa: TRY301
            return status, out, err  # noqa: TRY300
        except TimeoutError:
            raise Unreachable(
                f"{self.address} did not finish within {timeout_s:.0f} s. Try again when it is less busy.",
                code="timeout",
            ) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise Unreachable(
                f"The connection to {self.address} broke: {_word(error)}. Try again.", code="closed"
            ) from None

    def told(self, error: Exception) -> LineError:  # noqa: PLR0911 — one for each kind
        """An error of the connection's in our words."""
        if isinstance(error, paramiko.BadHostKeyException):
            return HostKeyChanged(shown(error.key))
        if isinstance(error, paramiko.BadAuthenticationType):
            return self._wrong_method(error.allowed_types)
        if isinstance(error, paramiko.AuthenticationException):
            return AuthFailed(self._refused())
        if isinstance(error, paramiko.SSHException):
            if "Fallback" in str(error) or "authentication" in str(error).lower():
                return AuthFailed(
                    f"{self.address} asks {self.username} for more than a password, such as a one-time code. Put a "
                    "key in "
                    "place by hand, or use an account that needs none.",
                    code="interactive",
                )
            return Unreachable(f"{self.address} does not speak SSH with us: {_word(error)}.", code="kex")
        if isinstance(error, socket.gaierror):
            return Unreachable(f"There is no address for {self.address}. Check how it is written.", code="dns")
        if isinstance(error, ConnectionRefusedError | paramiko.ssh_exception.NoValidConnectionsError):
            return Unreachable(
                f"Nothing listens at port {self.port} of {self.address}. Vendors often use another port: look at their "
                "mail or panel.",
                code="refused",
            )
        return Unreachable(f"{self.address} does not answer at port {self.port}: {_word(error)}.", code="timeout")

    def _wrong_method(self, allowed: list[str]) -> AuthFailed:
        takes = ", ".join(allowed) or "nothing that we know"
        hint = "Enter a key that is in place there" if self._key is None else "Enter the password"
        return AuthFailed(
            f"{self.address} does not take a {'password' if self._key is None else 'key'} from {self.username} "
            f"(it takes: {takes}). {hint}, or use another account: many vendors close root and give a user of "
            "their own.",
            code="method",
            tried=False,
        )

    def _refused(self) -> str:
        if self._key is not None:
            return f"{self.address} refused the key of {self.username}. Enter the one that is in place there."
        root = (
            " If it is right, the host lets root in by no password (PermitRootLogin): use the vendor's other "
            "account, or "
            "the console of its panel."
            if self.username == "root"
            else ""
        )
        return f"{self.address} refused the password of {self.username}. Check both.{root}"


def takes(address: str, port: int, username: str, pinned: PublicKey, dial: Dial | None = None) -> list[str]:
    """The login methods that the host offers this account; no credential is sent. Raises as `Contact.open` does."""
    asking = Contact(address, port, username, pinned)
    try:
        sock = socket.create_connection((address, port), CONNECT_S) if dial is None else dial()
    except OSError as error:
        raise asking.told(error) from None
    transport = paramiko.Transport(sock)
    try:
        transport.start_client(timeout=BANNER_S)
        key = transport.get_remote_server_key()
        if key.get_name() == pinned.type and shown(key).line != pinned.line:
            raise HostKeyChanged(shown(key))
        transport.auth_none(username)
    except paramiko.BadAuthenticationType as error:
        return list(error.allowed_types)
    except paramiko.SSHException as error:
        raise asking.told(error) from None
    finally:
        transport.close()
    return ["none"]  # it lets in whoever comes


class _Answer(invoke.watchers.Responder):
    """Answers a prompt once. `unless`: what the same line must not hold."""

    def __init__(self, pattern: str, secret: Secret, unless: str = "") -> None:
        super().__init__(pattern, secret.reveal() + "\n")
        self._unless = unless
        self._done = False

    def submit(self, stream: str) -> Generator[str, None, None]:
        """What to type after what has been said so far."""
        last = stream.rsplit("\n", 1)[-1]
        if self._done or not re.search(self.pattern, last):
            return
        if self._unless and re.search(self._unless, last):
            return
        self._done = True
        yield self.response


def _all(receive: Callable[[int], bytes]) -> str:
    """Everything that comes, as far as it is kept."""
    parts: list[bytes] = []
    size = 0
    while data := receive(65536):
        if size < LIMIT_BYTES:
            parts.append(data)
        size += len(data)
    return b"".join(parts)[:LIMIT_BYTES].decode(errors="replace")


def _private_key(key: Secret, passphrase: Secret | None) -> paramiko.PKey:
    data = key.reveal().encode()
    load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in data else load_pem_private_key
    try:
        loaded = load(data, passphrase.reveal().encode() if passphrase else None)
        return _of(loaded)
    except (ValueError, TypeError, paramiko.SSHException):
        raise AuthFailed(
            "This private key cannot be used here. Enter one in OpenSSH's form, with its passphrase.",
            code="key_unusable",
            tried=False,
        ) from None  # fmt: skip


def _of(key: Any) -> paramiko.PKey:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(text))
        except paramiko.SSHException:
            continue
    raise paramiko.SSHException("no kind of key that we know")


def _word(error: BaseException) -> str:
    return str(error) or type(error).__name__
