"""Sealed values open only with their key and in their place."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from controller.core.secrets import Keyring, Secret, Vault, VaultError


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring.load(tmp_path / "master.key")


def test_a_secret_is_masked_wherever_it_is_printed() -> None:
    secret = Secret("hunter2-and-more")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hunter2-and-more"
    assert secret == Secret("hunter2-and-more")
    assert secret != Secret("other")


def test_what_was_sealed_opens_in_its_place_only(ring: Keyring) -> None:
    vault = Vault(ring)
    sealed = vault.seal(Secret("pässwörd"), "credential/1/password")
    assert vault.open(sealed, "credential/1/password").reveal() == "pässwörd"
    with pytest.raises(VaultError, match="does not open"):
        vault.open(sealed, "credential/2/password")


def test_two_seals_of_one_value_differ(ring: Keyring) -> None:
    vault = Vault(ring)
    assert vault.seal(Secret("x"), "a") != vault.seal(Secret("x"), "a")


@pytest.mark.parametrize("position", [0, 3, 10, 60, 90, -1])
def test_a_changed_byte_is_noticed(ring: Keyring, position: int) -> None:
    vault = Vault(ring)
    damaged = bytearray(vault.seal(Secret("value"), "place"))
    damaged[position] ^= 1
    with pytest.raises(VaultError):
        vault.open(bytes(damaged), "place")


def test_rotation_rewraps_and_the_old_key_can_go(ring: Keyring, tmp_path: Path) -> None:
    sealed = Vault(ring).seal(Secret("value"), "place")
    both = ring.with_new_key()
    moved = Vault(both).rewrap(sealed, "place")
    newest = Keyring({both.active: both.key(both.active)})
    assert Vault(newest).open(moved, "place").reveal() == "value"
    with pytest.raises(VaultError, match="not in the key file"):
        Vault(newest).open(sealed, "place")


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    sealed = Vault(Keyring.load(path)).seal(Secret("value"), "place")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Vault(Keyring.load(path)).open(sealed, "place").reveal() == "value"


@pytest.mark.parametrize("text", ["", "{}", '{"keys": []}', '{"keys": [{"id": "00", "key": "AA=="}]}', "garbage"])
def test_a_damaged_key_file_is_refused_with_a_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(text)
    with pytest.raises(VaultError, match="backup"):
        Keyring.load(path)
