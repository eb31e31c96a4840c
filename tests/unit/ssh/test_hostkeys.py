"""What is offered for which pinned keys."""

from __future__ import annotations

import asyncssh
import pytest

from controller.ssh import hostkeys


def test_pinned_kinds_come_first_and_nothing_is_left_out() -> None:
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048).convert_to_public()
    offered = hostkeys.offered([rsa])
    assert set(offered[:2]) == {"rsa-sha2-512", "rsa-sha2-256"}
    assert sorted(offered) == sorted(hostkeys.ALGORITHMS)
    assert hostkeys.offered([]) == list(hostkeys.ALGORITHMS)


def test_sha1_signatures_are_never_offered() -> None:
    assert "ssh-rsa" not in hostkeys.ALGORITHMS


def test_describes_as_ssh_keygen_does_and_reads_back() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    shown = hostkeys.describe(key)
    assert shown.type == "ssh-ed25519"
    assert shown.fingerprint.startswith("SHA256:")
    assert hostkeys.read(shown.line + " with a comment") == shown


@pytest.mark.parametrize("line", ["", "rubbish", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----"])
def test_refuses_what_is_no_key(line: str) -> None:
    with pytest.raises(asyncssh.KeyImportError):
        hostkeys.parse(line)
