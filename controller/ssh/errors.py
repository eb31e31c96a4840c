"""What can go wrong on a line, typed by what to do next.

`code` is a stable machine word, the message a sentence for people that says what to do. Neither ever holds a secret.

Codes of Unreachable: timeout, refused, no_route, dns, closed, banner, kex, pinned_key, jump_down, jump_loop, forgotten,
internal.
Codes of AuthFailed: auth_failed, interactive, password_expired, key_unusable, method.
Codes of ChannelRefused: channel_refused, channel_timeout, busy, forward_prohibited, forward_failed, monitoring_only.
"""

from __future__ import annotations

from controller.ssh.target import PublicKey


class LineError(Exception):
    """Anything that a line can answer instead of the result."""

    code = "line"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code


class Unreachable(LineError):
    """No connection, or it broke: it is tried again by itself."""

    code = "closed"


class AuthFailed(LineError):
    """The host refused the login: a human has to change the credential or the host.

    `tried` is false when nothing was sent that the host could count as a failed login.
    """

    code = "auth_failed"

    def __init__(self, sentence: str, *, code: str | None = None, tried: bool = True) -> None:
        super().__init__(sentence, code=code)
        self.tried = tried


class HostKeyUnknown(LineError):
    """The host showed a key that nobody has approved yet; no credential was sent."""

    code = "key_unknown"

    def __init__(self, presented: PublicKey) -> None:
        super().__init__(
            f"The host shows the {presented.type} key {presented.fingerprint}. "
            "Compare the fingerprint with the host's own and approve it."
        )
        self.presented = presented


class HostKeyChanged(LineError):
    """The host showed another key than the pinned one; no credential was sent and nothing is retried."""

    code = "key_changed"

    def __init__(self, presented: PublicKey) -> None:
        super().__init__(
            f"The host now shows the {presented.type} key {presented.fingerprint}, not the approved one. "
            "Somebody may be in between. If the host was reinstalled, approve the new key; else find out why."
        )
        self.presented = presented


class CommandTimeout(LineError):
    """The command did not end in time and was ended on the host."""

    code = "command_timeout"


class ChannelRefused(LineError):
    """The line is up, but the host opens no further channel on it."""

    code = "channel_refused"
