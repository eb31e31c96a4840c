"""Hosts of the lab that playbooks are played on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.lab import HostSpec, Lab, LabHost
from tests.support.playbooks import Ansible

Raise = Callable[..., list[LabHost]]


@pytest.fixture
def ansible(lab: Lab, tmp_path: Path) -> Iterator[Ansible]:
    """Ansible in the lab's hub."""
    with tempfile.TemporaryDirectory(prefix="cp-") as sockets:
        yield Ansible(lab, tmp_path, Path(sockets))


@pytest.fixture
def raise_hosts(lab: Lab) -> Iterator[Raise]:
    """Raise hosts by name, which go with the test: managed ones unless another flavour is named."""
    raised: list[LabHost] = []

    def up(*names: str, flavour: str = "managed") -> list[LabHost]:
        hosts = lab.up([HostSpec(name, flavour=flavour, disk_mib=1024) for name in names])
        raised.extend(hosts)
        return hosts

    yield up
    lab.remove(*raised)
