"""A playbook of the library, over the lines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from controller.ansible import inventory
from controller.ansible.inventory import Host
from controller.ansible.orders import Become, Order
from controller.ansible.runs import Outcome
from controller.core.clock import utc_now
from controller.core.errors import Conflict, FieldError, Invalid
from controller.core.secrets import Secret
from controller.jobs.kind import Kind, Report, RunningJob, Services, Target
from controller.jobs.plays import Grid
from controller.jobs.states import HostState
from controller.library import shelf

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}\Z")
OURS = re.compile(r"(ansible|moorline)(_|\Z)")  # such a variable may say how a host is reached, or what runs here
TAG = re.compile(r"[^\s,\0]{1,100}\Z")
FORKS_MAX = 100
Tags = Annotated[list[str], msgspec.Meta(max_length=50)]


class PlaybookSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which playbook, and how it is run. `extra`: variables by name; every text in them is data, never a template."""

    playbook: Annotated[str, msgspec.Meta(min_length=1, max_length=500, title="Playbook")]
    tags: Annotated[Tags, msgspec.Meta(title="Only these tags")] = []
    skip_tags: Annotated[Tags, msgspec.Meta(title="Not these tags")] = []
    limit: Annotated[str, msgspec.Meta(max_length=500, title="Limit within the hosts")] = ""
    extra: Annotated[dict[str, Any], msgspec.Meta(title="Extra variables")] = {}
    become_method: Annotated[Literal["sudo", "su", "doas"], msgspec.Meta(title="Become by")] = "sudo"
    vault_ids: Annotated[list[int], msgspec.Meta(max_length=20, title="Vault passwords")] = []
    verbosity: Annotated[int, msgspec.Meta(ge=0, le=4, title="Verbosity")] = 0
    forks: Annotated[int, msgspec.Meta(ge=1, le=FORKS_MAX, title="Hosts at once")] = 10


def validate(spec: PlaybookSpec) -> None:
    """Raises Invalid for what Ansible would take for something else."""
    shelf.split(spec.playbook)
    for name in spec.extra:
        if not NAME.match(name) or OURS.match(name):
            raise _bad("extra", f"{name[:60]!r} cannot be set: names are letters, digits and _, without ansible_.")
    for name in ("tags", "skip_tags"):
        if not all(TAG.match(tag) and not tag.startswith("-") for tag in getattr(spec, name)):
            raise _bad(name, "A tag has no space or comma, and no dash at its beginning.")
    if "@" in spec.limit or "{" in spec.limit or not (spec.limit.isprintable() and spec.limit.isascii()):
        raise _bad("limit", "A limit is a pattern of hosts and groups, such as web*:!web3.")
    if any(not 1 <= one < 2**63 for one in spec.vault_ids):
        raise _bad("vault_ids", "There is no such vault password.")


class Playbooks:
    """Runs them. Of `more`: ansible_runs, ansible_facts and playbook_shelf."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, job: RunningJob, report: Report) -> None:
        """See `kind.Executor`."""
        more = self._services.more
        order = await self._order(job)
        known = inventory.names(order.targets)
        grid = Grid(report, {name: host_id for host_id, name in known.items()})
        outcome = Outcome()
        for target in job.targets:
            report.host_started(target.host_id)
        try:
            await more["ansible_runs"].execute(order, grid.hear, report.room, outcome)
        except asyncio.CancelledError:
            for target in job.targets:
                still = target.host_id in outcome.may_still_run
                report.host_ended(target.host_id, HostState.CANCELED, may_still_run=still)
            raise
        for host_id, facts in outcome.facts.items():
            report.facts(host_id, facts)
        if not grid.finish(outcome):
            raise Conflict(
                f"Ansible ran nothing: {grid.last_words or outcome.said or 'it did not say why'}", code="ansible"
            )

    async def _order(self, job: RunningJob) -> Order:
        spec: PlaybookSpec = job.spec
        more = self._services.more
        found = await more["playbook_shelf"].find(spec.playbook)
        facts = await more["ansible_facts"]([target.host_id for target in job.targets])
        hosts = [await self._host(job, target, facts) for target in job.targets]
        secrets = [value for value in job.params.values() if isinstance(value, Secret)]
        return Order(
            found.playbook,
            hosts,
            extra={**spec.extra, **_answers(job.params, hosts)},
            become=None if job.become is None else Become(spec.become_method, job.become.user),
            vaults=await more["playbook_shelf"].vaults(spec.vault_ids),
            tags=tuple(spec.tags),
            skip_tags=tuple(spec.skip_tags),
            limit=spec.limit,
            check=job.check,
            diff=job.diff,
            verbosity=spec.verbosity,
            forks=min(spec.forks, job.limits.parallel or FORKS_MAX),
            mark=job.mark,
            secrets=tuple(secrets),
        )

    async def _host(self, job: RunningJob, target: Target, facts: Mapping[int, Any]) -> Host:
        known, at, _ = facts.get(target.host_id, ({}, None, None))
        password = job.become.password if job.become is not None else None
        password = password or await self._services.stored_password(target.host_id)
        return Host(
            target.host_id,
            target.name,
            target.address,
            target.username,
            target.group_names,
            target.tags,
            facts=known,
            facts_age_s=None if at is None else int((utc_now(self._services.clock) - at).total_seconds()),
            variables={} if password is None else {"ansible_become_password": password},
        )


def _answers(params: Mapping[str, Any], hosts: list[Host]) -> dict[str, Any]:
    """The survey's answers as variables; a host by the name that it has in Ansible."""
    known = inventory.names(hosts)
    found: dict[str, Any] = {}
    for name, value in params.items():
        if OURS.match(name):
            continue
        if isinstance(value, Target):
            called = known.get(value.host_id, value.name)
            found[name] = {"id": value.host_id, "name": called, "address": value.address}
        else:
            found[name] = value
    return found


def _bad(field: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(f"spec.{field}", message),))


KIND = Kind(
    "playbook",
    "Playbook",
    PlaybookSpec,
    Playbooks,
    can_check=True,
    can_diff=True,
    validate=validate,
    summary=lambda spec: spec.playbook,
)
