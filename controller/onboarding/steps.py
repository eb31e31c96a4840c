"""What is done on the way in, one function a step. Each can be done again: it finds what is there and goes on.

Nothing here commits: a step that writes does so in `Bench.acting`, a transaction that ends with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from collectors import registry, restricted
from controller.core.errors import Conflict
from controller.core.secrets import Secret
from controller.hosts import credentials, keys
from controller.hosts import service as hosts
from controller.hosts.credential_schemas import NewCredential
from controller.hosts.schemas import HostChanges, NewHost
from controller.onboarding import account, authorized, hardening
from controller.onboarding.bench import DONE, SKIPPED, Bench, Outcome, Step
from controller.onboarding.client import Contact, takes
from controller.onboarding.run import Run, StepError
from controller.onboarding.settling import rootless, set_up, watch
from controller.onboarding.way import dialler
from controller.ssh import hostkeys
from controller.ssh.pool import Pool
from controller.ssh.probe import Result, probe
from controller.ssh.target import Password, PrivateKey, PublicKey, Target

_LOOK = r"""
LC_ALL=C; PATH="$PATH:/usr/sbin:/sbin"; export PATH LC_ALL
echo "os $(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/\1/p' /etc/os-release 2>/dev/null | head -n 1)"
echo "id $(sed -n 's/^ID="\{0,1\}\([^"]*\).*/\1/p' /etc/os-release 2>/dev/null | head -n 1)"
echo "machine $(uname -m 2>/dev/null)"
echo "python $(command -v python3 2>/dev/null)"
p=$$; kind=
while [ "${p:-0}" -gt 1 ] 2>/dev/null; do
  case $(cat "/proc/$p/comm" 2>/dev/null) in sshd*) kind=openssh ;; dropbear*) kind=dropbear ;; esac
  p=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$p/status" 2>/dev/null)
done
echo "ssh $kind"
"""


async def look_at_key(
    pool: Pool, address: str, port: int, jump: int | None = None
) -> tuple[PublicKey | None, str, str]:
    """The key that is shown there, or why none is: key, code, sentence. Nothing of a login is sent."""
    nobody = Target(0, address, port, "moorline", Password(Secret("")), jump=jump, name=address)
    found = await probe(pool, nobody)
    failed = next((step for step in found.steps if step.ok is False), None)
    if found.presented_key is not None:
        return found.presented_key, "", ""
    return None, failed.code if failed else "internal", failed.detail if failed else "The host showed no key."


async def fingerprint(bench: Bench, run: Run) -> Outcome:
    """The host's key, which is pinned from here on. (That it was compared is seen to before.)"""
    if run.host_key is not None:  # compared before; the login sees to it that it is that one
        known = hostkeys.read(run.host_key)
        return DONE, f"{known.type} {known.fingerprint}"
    shown, code, sentence = await look_at_key(bench.pool, run.address, run.port, run.plan.jump_host_id)
    if shown is None:
        raise StepError(code, sentence)
    run.host_key = shown.line
    return DONE, f"{shown.type} {shown.fingerprint}"


async def log_in(bench: Bench, run: Run) -> Outcome:
    """By password or by a key that is in place; a password that has expired is renewed."""
    contact = await _login(bench, run)
    await bench.thread(contact.open)
    run.contact = contact
    if not await bench.thread(contact.expired):
        return DONE, ""
    if run.new_password is None:
        raise StepError(
            "new_password_needed",
            f"The password of {run.username} has expired: the host wants a new one at the first login. Give one "
            "and go on.",
        )
    await bench.thread(contact.renew_password, run.new_password)
    run.password, run.new_password = run.new_password, None
    run.found["password_renewed"] = True
    return DONE, "The host wanted a new password and has it now."


async def _login(bench: Bench, run: Run) -> Contact:
    pinned = hostkeys.read(run.host_key or "")
    dial = dialler(bench.pool, run.plan.jump_host_id, run.address, run.port)
    make = partial(Contact, run.address, run.port, run.username, pinned, dial=dial)
    if run.password is not None:
        return make(password=run.password)
    wanted = run.plan.login_credential_id
    if wanted is None and run.done("verify") and run.plan.account is None and run.plan.access == "full":
        wanted = run.credential_id
    if wanted is None:
        raise StepError("password_needed", "The password is no longer known: enter it once more and go on.")
    async with bench.acting(run) as (session, act):
        login = bench.directory.login(await credentials.usable(session, act.principal, wanted))
    if isinstance(login, Password):
        return make(password=login.secret)
    return make(key=login.secret, passphrase=login.passphrase)


async def look(bench: Bench, run: Run) -> Outcome:
    """What kind of host it is, and whether we can be root on it."""
    contact = _contact(run)
    _, out, _ = await bench.thread(contact.sh, _LOOK)
    words = dict(line.split(" ", 1) for line in out.splitlines() if " " in line)
    run.found |= {name: words[name].strip()[:120] for name in ("os", "id", "machine", "ssh") if words.get(name)}
    run.found["python"] = bool(words.get("python", "").strip())
    run.found["root"] = await bench.thread(contact.find_root)
    run.found["by_sudo"] = contact.by_sudo
    needs = [
        what
        for what, wanted in (
            ("make an account", run.plan.account is not None),
            ("turn password logins off", run.plan.disable_password),
        )
        if wanted
    ]
    if needs and not run.found["root"]:
        raise StepError(
            "no_root",
            f"{run.username} can neither be root nor use sudo, which it takes to {' and to '.join(needs)}. Use an "
            "account "
            "that can, or begin again without that.",
        )
    if why := rootless(run, sudo_asks=contact.sudo_asks):
        raise StepError("no_root", why)
    dropbear = run.found.get("ssh") == "dropbear"
    if dropbear and run.plan.access == "monitor":
        raise StepError(
            "dropbear_monitor",
            "This host runs dropbear, which reads no line as long as the restricted reader takes. Use a full key "
            "with an "
            "account of its own and no sudo.",
        )
    return DONE, run.found.get("os", "")


async def make_account(bench: Bench, run: Run) -> Outcome:
    """An account of its own, if that is wanted."""
    if run.plan.account is None:
        return SKIPPED, ""
    script = account.making(run.plan.account.name, run.plan.account.sudo)
    _, out, _ = await bench.thread(_contact(run).sh, script, as_root=True)
    try:
        made = account.read(out)
    except account.AccountError as error:
        raise StepError(error.code, error.sentence) from None
    return DONE, f"{run.plan.account.name} {'is made' if made else 'was there already'}."


async def install(bench: Bench, run: Run) -> Outcome:
    """The key into the account's authorized_keys, beside whatever is there."""
    if run.credential_id is None:
        run.credential_id = run.plan.key_credential_id or await _new_key(bench, run)
    async with bench.acting(run) as (session, act):
        credential = await credentials.usable(session, act.principal, run.credential_id)
        public = credential.public_key
        login = bench.directory.login(credential)
    if public is None or not isinstance(login, PrivateKey):
        raise StepError("no_key", "The chosen credential is a password. Choose a key to put in place.")
    options = ""
    if run.plan.access == "monitor":
        options = restricted.options(registry.core_files(bench.collectors), bench.collectors)
    script = authorized.adding(public, options=options, user=run.logs_in_as)
    as_root = run.logs_in_as != run.username or bool(run.found.get("root"))
    _, out, _ = await bench.thread(_contact(run).sh, script, as_root=as_root)
    try:
        edit = authorized.read(out)
    except authorized.KeyFileError as error:
        raise StepError(error.code, error.sentence) from None
    run.found["key_file"] = edit.path
    return DONE, f"{edit.path}: {edit.outcome}"


async def _new_key(bench: Bench, run: Run) -> int:
    private, _ = make_key()
    async with bench.acting(run) as (session, act):
        for number in range(1, 100):
            name = f"{run.name} key" if number == 1 else f"{run.name} key {number}"
            try:
                async with session.begin_nested():
                    return await credentials.add(
                        session, act, NewCredential(name=name, kind="key", private_key=private)
                    )
            except Conflict:
                continue
    raise StepError("name_taken", "No name is free for the new key. Choose one of your keys instead.")


def make_key() -> tuple[str, str]:
    """A fresh Ed25519 key: the private part in OpenSSH's form, and the public line."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


async def verify(bench: Bench, run: Run) -> Outcome:
    """A new login by the key alone, on a connection of its own."""
    result = await _by_key(bench, run)
    failed = next((step for step in result.steps if step.ok is False), None)
    if failed is not None:
        hint = ""
        if failed.code == "auth_failed":
            hint = (
                f" The key is in {run.found.get('key_file', 'authorized_keys')}; the host's sshd may look elsewhere "
                "(AuthorizedKeysFile), not like who may write there (StrictModes), close the account (a locked "
                "password "
                "with UsePAM no, AllowUsers) or refuse root (PermitRootLogin no). Its log says which."
            )
        raise StepError(failed.code, failed.detail + hint)
    if result.output is None or result.output.exit_status != 0:
        raise StepError(
            "no_shell", "The login by key works, but runs nothing. Look at the account's shell on the host."
        )
    return DONE, ""


async def _by_key(bench: Bench, run: Run) -> Result:
    if run.credential_id is None:
        raise StepError("no_key", "There is no key yet to log in with.")
    async with bench.acting(run) as (session, act):
        login = bench.directory.login(await credentials.usable(session, act.principal, run.credential_id))
    monitor = run.plan.access == "monitor"
    target = Target(
        0, run.address, run.port, run.logs_in_as, login, (run.host_key or "",), run.plan.jump_host_id, run.name, monitor
    )
    if monitor:
        return await probe(bench.pool, target, command=restricted.running(["system"]), stdin=b"0\n")
    return await probe(bench.pool, target, command="exec /bin/sh -c true")


async def save(bench: Bench, run: Run) -> Outcome:
    """The host among the others, watched from now on."""
    monitor = run.plan.access == "monitor"
    async with bench.acting(run) as (session, act):
        if run.host_id is None and run.plan.host_id is None:
            run.host_id = await hosts.add(
                session,
                act,
                NewHost(
                    address=run.address, port=run.port, username=run.logs_in_as, name=run.name,
                    credential_id=run.credential_id, group_ids=run.plan.group_ids, tags=run.plan.tags,
                    note=run.plan.note, host_key=run.host_key, monitoring_only=monitor,
                    jump_host_id=run.plan.jump_host_id,
                ),
            )  # fmt: skip
            return DONE, ""
        host_id = run.host_id or run.plan.host_id
        if host_id is None or run.credential_id is None:
            raise StepError("no_key", "There is no key yet to log in with.")
        changes = HostChanges(username=run.logs_in_as, credential_id=run.credential_id, monitoring_only=monitor)
        await hosts.change(session, act, host_id, changes)
        await keys.pin(session, act, host_id, run.name, run.host_key or "")
        run.host_id = host_id
    return DONE, ""


async def harden(bench: Bench, run: Run) -> Outcome:
    """No more logins by password: armed with a clock on the host that takes it back, and kept once all is seen to
    work.
    """
    if not run.plan.disable_password:
        return SKIPPED, ""
    contact = _contact(run)
    _, out, _ = await bench.thread(contact.sh, hardening.arm(run.logs_in_as), as_root=True)
    try:
        armed = hardening.read(out)
    except hardening.HardeningError as error:
        raise StepError(error.code, error.sentence) from None
    if not armed.state:
        await _refused(bench, run)
        return DONE, "The host took no passwords already."
    try:
        await _settled(bench, run)
        await _refused(bench, run)
    except StepError as error:
        await bench.thread(contact.sh, hardening.undo(armed), as_root=True)
        raise StepError(
            error.code,
            f"With password logins off, a login did not go as it has to ({error.sentence}) Everything is back as "
            "it was.",
        ) from None
    _, out, _ = await bench.thread(contact.sh, hardening.disarm(armed), as_root=True)
    if "done" not in out.splitlines():
        raise StepError("late", hardening.PROBLEMS["late"])
    run.found["hardened"] = armed.place
    return DONE, armed.place


async def _settled(bench: Bench, run: Run) -> None:
    """The login by key once more; while sshd reads its settings nobody listens for a moment. Raises StepError."""
    for pause_s in (0.3, 1.0, 2.0, 4.0, None):
        try:
            await verify(bench, run)
        except StepError as error:
            if pause_s is None or error.code not in {"refused", "closed", "timeout"}:
                raise
            await asyncio.sleep(pause_s)
        else:
            return


async def _refused(bench: Bench, run: Run) -> None:
    """See for ourselves that the host offers no login by password; none is sent. Raises StepError."""
    pinned = hostkeys.read(run.host_key or "")
    dial = dialler(bench.pool, run.plan.jump_host_id, run.address, run.port)
    offered = await bench.thread(takes, run.address, run.port, run.username, pinned, dial)
    still = {"password", "keyboard-interactive"} & set(offered)
    if still:
        raise StepError("still_open", f"The host still offers {' and '.join(sorted(still))}.")


async def forget(bench: Bench, run: Run) -> Outcome:
    """The password leaves memory, and the connection that it opened is closed."""
    had = run.password is not None
    run.forget()
    contact, run.contact = run.contact, None
    if contact is not None:
        await bench.thread(contact.close)
    return DONE, "The password is forgotten." if had else ""


def _contact(run: Run) -> Contact:
    if run.contact is None:
        raise StepError("closed", "The connection to the host is gone. Go on to make it anew.")
    return run.contact


ALL: Mapping[str, Step] = {
    "fingerprint": fingerprint,
    "login": log_in,
    "look": look,
    "account": make_account,
    "install": install,
    "verify": verify,
    "save": save,
    "harden": harden,
    "forget": forget,
    "init": set_up,
    "watch": watch,
}
