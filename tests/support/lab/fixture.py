"""The lab as fixtures: one that tests share, raised when the first asks for it, and what skips them without root."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.lab import Lab, LabUnavailable
from tests.support.leaks import adopted


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab without hosts; each test raises its own by `lab.up`, under names of its own, and takes them away."""
    try:
        with Lab(adopted) as raised:
            yield raised
    except LabUnavailable as reason:
        pytest.skip(str(reason))
