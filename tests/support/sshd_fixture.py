"""Fixtures that start real sshds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.sshd import SSHD, Sshd


@pytest.fixture
def make_sshd() -> Iterator[Callable[..., Sshd]]:
    """Started sshds with options of the test's, gone afterwards."""
    if SSHD is None:
        pytest.skip("sshd is not installed (Debian: openssh-server)")
    made: list[Sshd] = []

    def make(**options: object) -> Sshd:
        made.append(Sshd(**options))  # type: ignore[arg-type]  # passed on as they are
        return made[-1].start()

    yield make
    for daemon in made:
        daemon.remove()


@pytest.fixture
def sshd(make_sshd: Callable[..., Sshd]) -> Sshd:
    """One sshd with the defaults."""
    return make_sshd()
