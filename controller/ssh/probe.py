"""The live test of "add host": one connection, told step by step, which ends before the login on an unapproved key."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

import asyncssh

from controller.ssh import connect, hostkeys
from controller.ssh.channel import Channel
from controller.ssh.command import Collector, finish
from controller.ssh.errors import AuthFailed, ChannelRefused, HostKeyChanged, HostKeyUnknown, LineError, Unreachable
from controller.ssh.fleet import ExecResult
from controller.ssh.held import Held
from controller.ssh.lean import LeanConnection
from controller.ssh.pool import Pool
from controller.ssh.target import PublicKey, Target

STEPS = ("resolve", "connect", "host_key", "login", "collect")
ON_THE_WAY = {"refused", "no_route", "dns", "jump_down", "jump_loop", "forward_prohibited"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `ok` None means that it was not reached. `detail` is a sentence when it failed."""

    name: str
    ok: bool | None = None
    code: str = ""
    detail: str = ""
    duration_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """All steps in order, the host key that was shown, and the command's output when it came so far."""

    steps: tuple[Step, ...]
    presented_key: PublicKey | None
    output: ExecResult | None

    @property
    def ok(self) -> bool:
        """Whether every step succeeded."""
        return all(step.ok for step in self.steps)


class _Protocol:
    """Keeps the steps while the attempt runs."""

    def __init__(self) -> None:
        self.steps = {name: Step(name) for name in STEPS}
        self._since = monotonic()

    def reached(self, stage: str, detail: str) -> None:
        for name in STEPS[: STEPS.index(stage)]:
            if self.steps[name].ok is None:  # behind a jump host nobody tells of names and TCP
                self.steps[name] = replace(self.steps[name], ok=True)
        self._set(Step(stage, ok=True, detail=detail))

    def failed(self, error: LineError) -> None:
        stage = next(name for name in STEPS if self.steps[name].ok is None)
        if isinstance(error, AuthFailed):
            stage = "login"
        elif isinstance(error, HostKeyUnknown | HostKeyChanged):
            stage = "host_key"
        elif stage == "resolve" and error.code in ON_THE_WAY - {"dns"}:
            stage = "connect"
        self._set(Step(stage, ok=False, code=error.code, detail=error.sentence))

    def _set(self, step: Step) -> None:
        now = monotonic()
        self.steps[step.name] = replace(step, duration_ms=round((now - self._since) * 1000, 1))
        self._since = now


async def probe(
    pool: Pool,
    target: Target,
    *,
    command: str = "true",
    stdin: bytes = b"",
    approved_fingerprint: str | None = None,
    timeout_s: float = 30.0,
) -> Result:
    """Try a target that need not be saved; its jump host is reached through the pool.

    `approved_fingerprint` ("SHA256:…"): a key that counts as approved for this connection alone. Without it, with none
    pinned, the test ends at the host key and no credential leaves. Never raises LineError: the steps tell.
    """
    told = _Protocol()
    shown: PublicKey | None = None
    output: ExecResult | None = None
    ssh: LeanConnection | None = None
    try:
        async with pool.way(target) as (tunnel, jump_label):
            attempt = connect.Attempt(
                options=pool.options,
                keychain=pool.keychain,
                gate=pool.limiter.gate(target.jump),
                tunnel=tunnel,
                jump_label=jump_label,
                approved_fingerprint=approved_fingerprint,
                observer=told,
            )
            ssh, login = await connect.connect(target, attempt)
            shown = hostkeys.describe(login.host_key) if login.host_key is not None else None
            held = Held(target, ssh, login, freed=lambda _: None, lost=lambda *_: None)
            output = await _collect(held, command, stdin, timeout_s)
            told.reached("collect", f"{len(output.stdout)} bytes")
    except LineError as error:
        if isinstance(error, HostKeyUnknown | HostKeyChanged):
            shown = error.presented
        told.failed(error)
    finally:
        if ssh is not None:
            ssh.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await ssh.wait_closed()
    return Result(tuple(told.steps.values()), shown, output)


async def _collect(held: Held, command: str, stdin: bytes, timeout_s: float) -> ExecResult:
    collector = Collector(1 << 20)
    channel = Channel(held, held.lease(reader=False), collector)
    try:
        async with asyncio.timeout(timeout_s):
            await channel.start(command=command)
    except TimeoutError:
        raise ChannelRefused(
            f"{held.target.label} did not open a channel within {timeout_s:g} s.", code="channel_timeout"
        ) from None
    except asyncssh.Error as error:
        raise ChannelRefused(f"{held.target.label} runs no commands for this account: {error}.") from None
    return await finish(channel, collector, stdin=stdin, timeout_s=timeout_s)


async def log_in_again(pool: Pool, host_id: int) -> None:
    """One more login to a host, as its line logs in, on a connection of its own that runs a command and ends.

    For whoever has changed how the host lets in: the line that stands tells nothing about the next one. Raises
    Unreachable with what went wrong, whichever step it was.
    """
    try:
        target = await pool.directory.target(host_id)
    except LookupError:
        raise Unreachable("There is no such host any more.", code="forgotten") from None
    result = await probe(pool, target)
    wrong = next((step for step in result.steps if not step.ok), None)
    if wrong is not None:
        raise Unreachable(wrong.detail or f"It ended at {wrong.name}.", code=wrong.code or "login")
    if result.output is None or result.output.exit_status != 0:
        raise Unreachable("The host let us in, but ran no command.", code="no_shell")
