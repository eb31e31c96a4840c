"""The kind of job that does init steps: what it takes, and where its values come from."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from controller.core.errors import Invalid
from controller.core.secrets import Secret
from controller.jobs.kind import Limits, RunningJob, Target
from controller.jobs.kinds import init
from controller.jobs.kinds.init import InitSpec

TARGET = Target(7, "web-1", "192.0.2.7", 22, "root")


def spec(*steps: dict[str, Any]) -> InitSpec:
    """A spec as it comes over the API."""
    return msgspec.convert({"steps": list(steps)}, InitSpec)


def job(**params: str | float | Secret | Target) -> RunningJob:
    """A job with these answers."""
    return RunningJob(
        id=1,
        kind="init",
        name="set up",
        spec=spec({"step": "python"}),
        targets=(TARGET,),
        params=params,
        become=None,
        limits=Limits(),
        check=False,
        diff=False,
        mark="m",
        launched_by="ann",
        user_id=1,
    )


def test_a_task_is_called_by_its_steps_titles() -> None:
    assert init.KIND.summary(spec({"step": "python"}, {"step": "timezone"})) == "Python for Ansible, Time zone"
    assert init.KIND.summary(spec({"step": "of another version"})) == "of another version"


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"step": "format-disk"}, "spec.steps[0].step"),
        ({"step": "hostname"}, "spec.steps[0].values.hostname"),
        ({"step": "sshd", "values": {"port": 0}}, "spec.steps[0].values.port"),
        ({"step": "sshd", "values": {"prot": 22}}, "spec.steps[0].values.prot"),
    ],
)
def test_a_wrong_step_is_named(step: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        init.validate(spec(step))
    assert [error.field for error in caught.value.errors] == [field]


def test_an_insertion_is_looked_at_once_it_is_known() -> None:
    init.validate(spec({"step": "hostname", "values": {"hostname": "{{ name }}"}}))
    values: dict[str, str | int | float] = {"hostname": "{{ name }}-{{ host.id }}", "port": 22}
    assert init.filled(job(name="shop"), TARGET, values) == {"hostname": "shop-7", "port": 22}


def test_an_answer_is_not_read_for_insertions_again() -> None:
    assert init.filled(job(name="{{ host.address }}"), TARGET, {"x": "{{ name }}"}) == {"x": "{{ host.address }}"}


@pytest.mark.parametrize("value", ["{{ token }}", "{{ nobody }}"])
def test_no_secret_goes_into_a_step(value: str) -> None:
    with pytest.raises(Invalid, match="secrets never go into steps"):
        init.filled(job(token=Secret("hush")), TARGET, {"x": value})
