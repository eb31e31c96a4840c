"""One login: the host key is judged first, then the credential is used once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import asyncssh

from controller.ssh import hostkeys
from controller.ssh.errors import AuthFailed, HostKeyChanged, HostKeyUnknown
from controller.ssh.fleet import Challenge, Person
from controller.ssh.target import Password, Target

METHODS = "publickey,password,keyboard-interactive"
# What PAM and login shells call a password. A prompt for anything else (a one-time code) is not answered.
PASSWORD_WORDS = (
    "password", "passwort", "mot de passe", "contraseña", "senha", "parola", "wachtwoord", "lösenord", "hasło",
    "пароль", "密码", "密碼", "口令", "パスワード", "암호", "비밀번호",
)  # fmt: skip


class Login(asyncssh.SSHClient):
    """asyncssh's callbacks during one connection attempt, and afterwards the news that the connection is gone."""

    def __init__(
        self,
        target: Target,
        pinned: Sequence[asyncssh.SSHKey],
        key: asyncssh.SSHKey | None,
        *,
        approved_fingerprint: str | None = None,
        person: Person | None = None,
    ) -> None:
        self.connection: asyncssh.SSHClientConnection | None = None
        self.host_key_error: HostKeyUnknown | HostKeyChanged | None = None
        self.host_key: asyncssh.SSHKey | None = None
        self.banner = ""
        self.auth_begun = False
        self.on_auth: Callable[[], None] | None = None
        self.on_challenge: Callable[[], None] | None = None  # a person is asked, who takes time
        self.on_lost: Callable[[Exception | None], None] | None = None
        self._target = target
        self._pinned = pinned
        self._key = key
        self._approved = approved_fingerprint
        self._person = person
        self._gave_up = False
        self._offered: set[str] = set()
        self._tried: set[str] = set()
        self._refused: set[str] = set()
        self._prompt: str | None = None
        self._sent_password = False
        self._expired = False

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """The TCP connection is there, nothing has been said yet."""
        self.connection = conn

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended, at whatever stage."""
        if self.on_lost is not None:
            self.on_lost(exc)
            self.on_lost = None

    def validate_host_public_key(self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey) -> bool:
        """Asked only for keys that are not pinned."""
        presented = hostkeys.describe(key)
        if self._approved is not None and presented.fingerprint == self._approved:
            return True
        self.host_key_error = HostKeyChanged(presented) if self._pinned else HostKeyUnknown(presented)
        return False

    def begin_auth(self, _username: str) -> None:
        """The host key is good; the login starts."""
        self.auth_begun = True
        if self.connection is not None:
            self.host_key = self.connection.get_server_host_key()
        if self.on_auth is not None:
            self.on_auth()

    def auth_completed(self) -> None:
        """Logged in: nothing of the credential is needed any more."""
        self._key = None

    def auth_banner_received(self, msg: str, _lang: str) -> None:
        """The notice some hosts show before the login; kept short."""
        self.banner = (self.banner + msg)[:2000]

    def public_key_auth_requested(self) -> list[asyncssh.SSHKey] | None:
        """Our key once. Asked again means: refused."""
        self._note()
        return [self._key] if self._key is not None and self._first("publickey") else None

    def password_auth_requested(self) -> str | None:
        """Our password once: a second try of the same one only brings the host's penalties nearer."""
        self._note()
        login = self._target.login
        return login.secret.reveal() if isinstance(login, Password) and self._first("password") else None

    def password_change_requested(self, _prompt: str, _lang: str) -> tuple[str, str]:
        """The host wants a new password: not ours to choose. An empty answer ends the attempt."""
        self._expired = True
        return ("", "")

    def kbdint_auth_requested(self) -> str | None:
        """Keyboard-interactive serves for a password that the host did not take (or want) the plain way."""
        self._note()
        usable = isinstance(self._target.login, Password) and "password" not in self._refused
        return "" if (usable or self._person is not None) and self._first("keyboard-interactive") else None

    async def kbdint_challenge_received(
        self, name: str, instructions: str, _lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> Sequence[str] | None:
        """The password for every hidden prompt that asks for one, once; any other prompt is a person's to answer."""
        if not prompts:
            return []
        login = self._target.login
        asks = next((text for text, echo in prompts if echo or not _for_password(text)), None)
        if asks is None and isinstance(login, Password) and not self._sent_password:
            self._sent_password = self._person is not None
            return [login.secret.reveal()] * len(prompts)
        if self._person is None:
            self._prompt = (asks or prompts[0][0]).strip()[:80]
            return None
        return await self._ask(self._person, Challenge(name, instructions, tuple(prompts)))

    async def _ask(self, person: Person, challenge: Challenge) -> Sequence[str] | None:
        if self.on_challenge is not None:
            self.on_challenge()
        answers: Sequence[str] | None = None
        with suppress(TimeoutError):
            answers = await person.answer(challenge)
        self._gave_up = answers is None
        return answers

    def failure(self) -> AuthFailed:
        """Why the login failed, as far as the host let it be seen."""
        who = f"{self._target.username} on {self._target.label}"
        if self._gave_up:
            return AuthFailed(
                f"Nobody answered what the host asks {who}. Open the terminal again to be asked anew.",
                code="interactive",
                tried=False,
            )
        if self._person is not None and "keyboard-interactive" in self._tried:
            return AuthFailed(f"The host did not take the answers for {who}. Open the terminal again to retry.")
        if self._prompt is not None:
            return AuthFailed(
                f"The host asks {who} “{self._prompt}”, which needs a person. Use a key, or let this account log in "
                "without a one-time code.",
                code="interactive",
            )
        if self._expired:
            return AuthFailed(
                f"The password of {who} has expired. Log in by hand, set a new one and enter it here.",
                code="password_expired",
            )
        wants_password = isinstance(self._target.login, Password)
        kind = "password" if wants_password else "key"
        if not self._tried:
            offers = ", ".join(sorted(self._offered)) or "none that Moorline knows"
            return AuthFailed(
                f"The host does not take a {kind} from {who} (it takes: {offers}). "
                f"{'Use a key' if wants_password else 'Use a password'}, or allow it in the host's sshd_config.",
                code="method",
                tried=False,
            )
        if "publickey" in self._tried and "publickey" not in self._refused and self._offered - {"publickey"}:
            return AuthFailed(
                f"The host took the key of {who} and wants something more, which needs a person.", code="interactive"
            )
        hint = "Correct it" if wants_password else "Put its public part into the account's authorized_keys"
        return AuthFailed(f"The host refused the {kind} of {who}. {hint}, or check the username, then retry.")

    def _note(self) -> None:
        if self.connection is not None:
            self._offered.update(self.connection.get_server_auth_methods())

    def _first(self, method: str) -> bool:
        if method in self._tried:
            self._refused.add(method)
            return False
        self._tried.add(method)
        return True


def _for_password(prompt: str) -> bool:
    return any(word in prompt.lower() for word in PASSWORD_WORDS)
