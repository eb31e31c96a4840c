"""What schedules launch: templates and workflows, as whoever asks sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from controller.jobs import queries as jobs
from controller.jobs import views
from controller.jobs.schedules.models import Schedule
from controller.jobs.workflows import service as workflows
from controller.users.rights import Principal


@dataclass(frozen=True, slots=True)
class Thing:
    """A template or a workflow. `secret`: names of the questions whose answers are sealed."""

    name: str
    secret: frozenset[str]
    may_see: bool
    may_launch: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """All of them, by id."""

    templates: Mapping[int, Thing]
    workflows: Mapping[int, Thing]

    def of(self, template_id: int | None, workflow_id: int | None) -> Thing | None:
        """The one with that id, of whichever kind."""
        if workflow_id is not None:
            return self.workflows.get(workflow_id)
        return self.templates.get(template_id or 0)

    def seen(self, row: Schedule, principal: Principal) -> bool:
        """Its owner sees a schedule, and who sees what it launches."""
        thing = self.of(row.template_id, row.workflow_id)
        return row.owner_id == principal.user_id or (thing is not None and thing.may_see)


def name(things: Mapping[int, Thing], number: int | None) -> str:
    """What it is called; "" for none."""
    thing = things.get(number or 0)
    return "" if thing is None else thing.name


async def shelf(session: AsyncSession, principal: Principal) -> Shelf:
    """All that there is, with what the principal may do with each."""
    templates = {
        row.id: Thing(row.name, _secret(row.survey), views.may_see(row, principal), views.may_launch(row, principal))
        for row in await jobs.templates(session)
    }
    known = {
        row.id: Thing(
            row.name, _secret(row.survey), workflows.may_see(row, principal), workflows.may_launch(row, principal)
        )
        for row in await workflows.everything(session)
    }
    return Shelf(templates, known)


def _secret(survey: list[dict[str, object]]) -> frozenset[str]:
    return frozenset(str(question["name"]) for question in survey if question.get("type") == "secret")
