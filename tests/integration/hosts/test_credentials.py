from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from controller.core.errors import Conflict, Forbidden, Invalid, NotFound
from controller.core.secrets import KEY_BYTES, Keyring, Vault
from controller.hosts import credentials
from controller.hosts.credential_schemas import CredentialChanges, CredentialView, NewCredential
from controller.hosts.directory import HostDirectory
from controller.hosts.models import Credential
from controller.hosts.news import CredentialChanged
from controller.ssh.errors import AuthFailed
from controller.ssh.target import Password, PrivateKey
from controller.users.rights import Principal, Role
from tests.integration.hosts.conftest import House, password, principal
from tests.support.sshd import make_key

OPERATOR, OTHER = principal(2, Role.OPERATOR, 1), principal(3, Role.OPERATOR, 1)
ADMIN = principal(1, everything=True)


async def add(house: House, who: Principal | None, new: NewCredential) -> int:
    async with house.database.session() as session:
        return await credentials.add(session, house.act(who), new)


async def change(house: House, who: Principal | None, credential_id: int, **fields: object) -> None:
    async with house.database.session() as session:
        changes = CredentialChanges(**fields)  # type: ignore[arg-type]
        await credentials.change(session, house.act(who), credential_id, changes)


async def remove(house: House, who: Principal | None, credential_id: int) -> None:
    async with house.database.session() as session:
        await credentials.remove(session, house.act(who), credential_id)


async def listed(house: House, who: Principal) -> list[CredentialView]:
    async with house.database.session() as session:
        return await credentials.listing(session, who)


def key(tmp_path: Path, passphrase: str = "") -> NewCredential:
    text = make_key(tmp_path / "id", passphrase=passphrase).read_text()
    return NewCredential(name="key", kind="key", private_key=text, passphrase=passphrase or None)


async def test_a_key_is_proved_and_its_public_part_shown(house: House, tmp_path: Path) -> None:
    new = key(tmp_path, "open me")
    credential_id = await add(house, OPERATOR, new)
    (view,) = await listed(house, OPERATOR)
    assert (view.id, view.kind, view.owner_id, view.host_count) == (credential_id, "key", 2, 0)
    assert view.public_key is not None
    assert (tmp_path / "id.pub").read_text().startswith(view.public_key)
    assert view.fingerprint is not None
    assert view.fingerprint.startswith("SHA256:")
    directory = HostDirectory(house.database, house.vault)
    host_id = await house.add("h", credential_id=credential_id)
    target = await directory.target(host_id)
    assert isinstance(target.login, PrivateKey)
    assert target.login.secret.reveal() == new.private_key
    assert target.login.passphrase is not None
    assert target.login.passphrase.reveal() == "open me"
    assert "BEGIN" not in repr(target)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "password"}, "password"),
        ({"kind": "password", "password": ""}, "password"),
        ({"kind": "password", "password": "a\0b"}, "password"),
        ({"kind": "password", "password": "x", "private_key": "y"}, "private_key"),
        ({"kind": "key"}, "private_key"),
        ({"kind": "key", "private_key": "hello"}, "private_key"),
        ({"kind": "key", "private_key": "x" * 70_000}, "private_key"),
        ({"kind": "key", "private_key": "hello", "password": "x"}, "password"),
        ({"kind": "password", "password": "x", "name": " "}, "name"),
    ],
)
async def test_what_cannot_serve_is_refused(house: House, fields: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await add(house, OPERATOR, NewCredential(**{"name": "c", **fields}))  # type: ignore[arg-type]
    assert field in {error.field for error in caught.value.errors}


async def test_a_passphrase_has_to_fit(house: House, tmp_path: Path) -> None:
    new = key(tmp_path, "open me")
    for wrong in (None, "", "shut"):
        with pytest.raises(Invalid, match="passphrase") as caught:
            await add(
                house, OPERATOR, NewCredential(name="k", kind="key", private_key=new.private_key, passphrase=wrong)
            )
        assert [error.field for error in caught.value.errors] == ["passphrase"]


async def test_each_sees_and_changes_the_own_ones_and_administrators_all(house: House) -> None:
    own = await add(house, OPERATOR, password("own"))
    theirs = await add(house, OTHER, password("theirs"))
    assert [view.id for view in await listed(house, OPERATOR)] == [own]
    assert [view.id for view in await listed(house, ADMIN)] == [own, theirs]
    for attempt in (
        change(house, OPERATOR, theirs, name="x"),
        change(house, OPERATOR, theirs, password="x"),
        remove(house, OPERATOR, theirs),
        remove(house, OPERATOR, 999),
        remove(house, OPERATOR, 1 << 70),
    ):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(Forbidden):
        await listed(house, principal(4, Role.NONE))
    with pytest.raises(Forbidden):
        await add(house, principal(4, Role.VIEWER, 1), password())


async def test_names_are_unique_for_each_owner(house: House) -> None:
    await add(house, OPERATOR, password("Root"))
    await add(house, OTHER, password("root"))
    with pytest.raises(Conflict, match="this name"):
        await add(house, OPERATOR, password("ROOT"))
    second = await add(house, OPERATOR, password("second"))
    with pytest.raises(Conflict, match="this name"):
        await change(house, OPERATOR, second, name="root")


async def test_a_new_secret_is_told_to_the_lines_and_a_new_name_is_not(house: House) -> None:
    credential_id = await add(house, OPERATOR, password("c"))
    host_id = await house.add("h", credential_id=credential_id)
    await change(house, OPERATOR, credential_id, name="d")
    assert house.told(CredentialChanged) == []
    await change(house, OPERATOR, credential_id, password="another one")
    assert house.told(CredentialChanged) == [CredentialChanged(credential_id, frozenset({host_id}))]
    target = await HostDirectory(house.database, house.vault).target(host_id)
    assert isinstance(target.login, Password)
    assert target.login.secret.reveal() == "another one"


async def test_a_new_passphrase_is_tried_on_the_stored_key(house: House, tmp_path: Path) -> None:
    credential_id = await add(house, OPERATOR, key(tmp_path, "open me"))
    with pytest.raises(Invalid, match="passphrase"):
        await change(house, OPERATOR, credential_id, passphrase="wrong one")
    with pytest.raises(Invalid, match="passphrase"):
        await change(house, OPERATOR, credential_id, passphrase=None)
    with pytest.raises(Invalid, match="no such field"):
        await change(house, OPERATOR, credential_id, password="x")
    bare = make_key(tmp_path / "bare").read_text()
    await change(house, OPERATOR, credential_id, private_key=bare)
    async with house.database.session() as session:
        row = (await session.scalars(select(Credential))).one()
    assert row.sealed_passphrase is None


async def test_what_is_in_use_stays(house: House) -> None:
    group = await house.group("a")
    credential_id = await add(house, OPERATOR, password("c"))
    for number in range(3):
        await house.add(f"h{number}", credential_id=credential_id, group_ids=[group] if number == 0 else [])
    with pytest.raises(Conflict, match="h0, h1, h2"):
        await remove(house, ADMIN, credential_id)
    with pytest.raises(Conflict, match="h0 and hosts that you may not see") as caught:
        await remove(house, principal(2, Role.OPERATOR, group), credential_id)
    assert "h1" not in caught.value.detail
    (view,) = await listed(house, principal(2, Role.OPERATOR, group))
    assert view.host_count == 1
    unused = await add(house, OPERATOR, password("d"))
    await remove(house, OPERATOR, unused)
    assert len(await listed(house, OPERATOR)) == 1


async def test_a_swapped_or_unreadable_secret_is_not_used(house: House) -> None:
    a, b = await add(house, ADMIN, password("a", "secret a")), await add(house, ADMIN, password("b", "secret b"))
    host_id = await house.add("h", credential_id=a)
    bare = await house.add("bare")
    directory = HostDirectory(house.database, house.vault)
    async with house.database.session() as session:
        other = "(select sealed_password from credential where id = :b)"
        swap = f"update credential set sealed_password = {other} where id = :a"
        await session.execute(text(swap), {"a": a, "b": b})
    with pytest.raises(AuthFailed, match="enter it again") as caught:
        await directory.target(host_id)
    assert (caught.value.code, caught.value.tried) == ("vault", False)
    with pytest.raises(AuthFailed, match="no credential"):
        await directory.target(bare)
    with pytest.raises(LookupError):
        await directory.target(999)
    elsewhere = HostDirectory(house.database, Vault(Keyring({b"else": b"x" * KEY_BYTES})))
    with pytest.raises(AuthFailed, match="key file"):
        await elsewhere.target(host_id)


async def test_the_target_has_all_that_a_line_needs(house: House) -> None:
    pin = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    jump = await house.add("jump", credential=password("j"))
    host_id = await house.add(
        "inner",
        address="10.0.0.5",
        port=2222,
        username="ops",
        credential=password("i"),
        jump_host_id=jump,
        host_key=pin,
    )
    target = await HostDirectory(house.database, house.vault).target(host_id)
    assert (target.host_id, target.address, target.port, target.username) == (host_id, "10.0.0.5", 2222, "ops")
    assert (target.pinned, target.jump, target.name) == ((pin,), jump, "inner")
