"""The live test of a host that need not be saved yet: what is wrong, step by step, and which key it shows."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from collectors import restricted
from collectors.script import Sequel
from collectors.spec import Cadence, Collector, NotApplicable, ParseError
from controller.core.db import Database
from controller.core.errors import FieldError, Forbidden, Invalid
from controller.core.secrets import Secret
from controller.hosts import credentials, keys, queries, rules, service
from controller.hosts.credential_schemas import NewCredential
from controller.hosts.directory import HostDirectory
from controller.hosts.models import Credential
from controller.hosts.queries import HostRow
from controller.hosts.schemas import Trial, TrialResult, TrialStep
from controller.ssh import keychain
from controller.ssh.errors import AuthFailed
from controller.ssh.fleet import POSIX_SHELL, ExecResult
from controller.ssh.pool import Pool
from controller.ssh.probe import Result, probe
from controller.ssh.target import Password, PrivateKey, Target
from controller.users.rights import Action, Principal, require

SHOWN_FACTS = ("hostname", "os_name", "kernel", "arch", "virtualization", "cpu_model", "cores")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a test takes: the lines, who opens stored credentials, what reads a host's facts."""

    database: Database
    directory: HostDirectory
    pool: Pool
    collectors: Mapping[str, Collector]


async def run(bench: Bench, principal: Principal, trial: Trial) -> TrialResult:
    """Try to reach the host; no transaction is open meanwhile. Raises Invalid, Forbidden, NotFound."""
    async with bench.database.session() as session:
        target = await _target(session, bench.directory, principal, trial)
    if isinstance(target.login, PrivateKey):
        await _check_key(target.login)
    reader = next((c for c in bench.collectors.values() if c.cadence is Cadence.FACTS), None)
    sequel = Sequel(["" if reader is None else reader.script], secrets.token_hex(8))
    command, given = POSIX_SHELL, sequel.written()
    if target.monitoring_only and reader is not None:
        command, given = restricted.running([reader.name]), sequel.start
    found = await probe(
        bench.pool, target, command=command, stdin=given, approved_fingerprint=trial.approved_fingerprint
    )
    return _told(found, reader, sequel)


async def _target(session: AsyncSession, directory: HostDirectory, principal: Principal, trial: Trial) -> Target:
    saved = None
    if trial.host_id is not None:
        saved = await service.get(session, principal, trial.host_id, Action.HOSTS_WRITE)
    require(principal, Action.HOSTS_WRITE)
    found = rules.Findings()
    address = found.take("address", rules.address, trial.address)
    port = found.take("port", rules.port, trial.port)
    username = found.take("username", rules.username, trial.username)
    if trial.credential is not None and trial.credential_id is not None:
        found.add("credential_id", "Choose a credential or enter a new one, not both.")
    found.settle()
    jump = trial.jump_host_id
    if jump is not None and not await queries.visible_ids(session, principal, [jump]):
        message = "There is no such host to jump through."
        raise Invalid(message, errors=(FieldError("jump_host_id", message),))
    pins = [] if saved is None else (await queries.pinned(session, [saved.id])).get(saved.id, [])
    return Target(
        host_id=0,
        address=address,
        port=port,
        username=username,
        login=await _login(session, directory, principal, trial, saved),
        pinned=tuple(pin.line for pin in pins),
        jump=jump,
        name=address,
        monitoring_only=saved is not None and saved.monitoring_only,
    )


async def _login(
    session: AsyncSession, directory: HostDirectory, principal: Principal, trial: Trial, saved: HostRow | None
) -> Password | PrivateKey:
    if trial.credential is not None:
        return _entered(trial.credential)
    chosen = trial.credential_id
    if chosen is not None and (saved is None or chosen != saved.credential_id):
        return _opened(directory, await credentials.usable(session, principal, chosen))
    if saved is None or saved.credential_id is None:
        message = "Choose a credential or enter a password or key to test with."
        raise Invalid(message, errors=(FieldError("credential_id", message),))
    row = await session.get(Credential, saved.credential_id)
    if row is not None and not credentials.owns(principal, row.owner_id) and _moved(saved, trial):
        raise Forbidden(
            "This host logs in with a credential that is not yours, so it is not sent anywhere else. "
            "Choose a credential of your own, or ask an administrator.",
            code="foreign_credential",
        )
    return _opened(directory, row)


def _moved(saved: HostRow, trial: Trial) -> bool:
    return (saved.address, saved.port, saved.username, saved.jump_host_id) != (
        trial.address,
        trial.port,
        trial.username,
        trial.jump_host_id,
    )


def _opened(directory: HostDirectory, row: Credential | None) -> Password | PrivateKey:
    try:
        return directory.login(row)
    except AuthFailed as error:
        raise Invalid(error.sentence, code=error.code, errors=(FieldError("credential_id", error.sentence),)) from None


def _entered(new: NewCredential) -> Password | PrivateKey:
    found = rules.Findings()
    secrets = credentials.secrets_of(new, found, "credential.")
    found.settle()
    if "password" in secrets:
        return Password(Secret(secrets["password"]))
    phrase = Secret(secrets["passphrase"]) if "passphrase" in secrets else None
    return PrivateKey(Secret(secrets["private_key"]), phrase)


async def _check_key(login: PrivateKey) -> None:
    """A key that cannot be read is a matter of the form, not of the host."""
    try:
        await asyncio.to_thread(keychain.parse, login)
    except AuthFailed as error:
        at = FieldError("credential.private_key", error.sentence)
        raise Invalid(error.sentence, code=error.code, errors=(at,)) from None


def _told(found: Result, reader: Collector | None, sequel: Sequel) -> TrialResult:
    steps = [TrialStep(step.name, step.ok, step.code, step.detail, step.duration_ms) for step in found.steps]
    facts: dict[str, Any] = {}
    if found.output is not None and reader is not None:
        facts, problem = _facts(found.output, reader, sequel)
        if problem:
            last = steps[-1]
            steps[-1] = TrialStep(last.name, False, "unreadable", problem, last.duration_ms)
    return TrialResult(all(step.ok for step in steps), steps, keys.presented(found.presented_key), facts)


def _facts(output: ExecResult, reader: Collector, sequel: Sequel) -> tuple[dict[str, Any], str]:
    sequel.feed(output.stdout, 0.0)
    try:
        known = reader.parse({"": sequel.said[0].output if sequel.said else None}).facts
    except (ParseError, NotApplicable) as error:
        said = output.stderr.decode(errors="replace").strip().splitlines()
        hint = f" It said: {said[0][:200]}" if said else ""
        return {}, f"The login works, but the host's answer cannot be read ({error}).{hint}"
    return {name: known[name] for name in SHOWN_FACTS if name in known}, ""
