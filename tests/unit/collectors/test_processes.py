"""How many processes there are."""

from __future__ import annotations

import pytest

from collectors.spec import ParseError
from tests.support.machines import Machine, read


@pytest.mark.parametrize(("machine", "count"), [("debian-12", 6), ("alpine", 3), ("debian-lxc", 2), ("openvz-6", 2)])
def test_count_of_a_machine(machine: str, count: int) -> None:
    assert Machine(machine).read("processes").tables == {"process": {"": (count,)}}


@pytest.mark.parametrize("text", ["", "x", "1 2", "-1", str(2**64)])
def test_what_is_no_count_is_said_so(text: str) -> None:
    with pytest.raises(ParseError):
        read("processes", text)
