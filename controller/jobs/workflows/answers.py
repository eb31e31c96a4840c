"""Answers on their way from a launch and from nodes to the jobs, and where secrets are sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from controller.core.errors import FieldError, Invalid
from controller.core.secrets import Secret, Vault
from controller.jobs import survey
from controller.jobs.models import JobTemplate
from controller.jobs.survey import Answer, Question
from controller.jobs.workflows.models import Workflow, WorkflowRun
from controller.jobs.workflows.schemas import Node

OfNodes = dict[str, dict[str, Any]]  # secret answers by node and name


def questions(template: JobTemplate) -> list[Question]:
    """What a template asks."""
    return msgspec.convert(template.survey, list[Question])


def filled(node: Node) -> dict[str, Answer]:
    """What is filled in at the node; an empty field is open."""
    return {name: value for name, value in node.params.items() if value is not None and value != ""}


def split(node: Node, template: JobTemplate) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """What is filled in: plain and secret."""
    secret = {question.name for question in questions(template) if question.type == "secret"}
    given = filled(node)
    return (
        {name: value for name, value in given.items() if name not in secret},
        {name: value for name, value in given.items() if name in secret},
    )


def of_node(
    asked: Sequence[Question], given: Mapping[str, Answer], launch: Mapping[str, Answer], secret: Mapping[str, str]
) -> dict[str, Answer]:
    """The answers that a node's job is launched with: what is filled in at the node, and for what is left open the
    launch's answer of the same name. A secret is handed on to a secret question only: elsewhere it would be kept as it
    is."""
    found: dict[str, Answer] = {}
    for question in asked:
        name = question.name
        if name in given:
            found[name] = given[name]
        elif name in secret and question.type == "secret":
            found[name] = secret[name]
        elif name in launch and name not in secret:
            found[name] = _as_asked(question, launch[name])
    return found


def _as_asked(question: Question, value: Answer) -> Answer:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number and question.type in {"text", "choice", "secret"} else value


def check_filled(where: str, node: Node, template: JobTemplate, of_workflow: Sequence[Question]) -> list[FieldError]:
    """What is wrong with what is filled in at a node, and with what would be handed on to it."""
    asked, given = questions(template), filled(node)
    found = []
    try:
        survey.answer([question for question in asked if question.name in given], given)
    except Invalid as error:
        found += [FieldError(f"{where}.{one.field}", one.message) for one in error.errors]
    secret = {question.name for question in of_workflow if question.type == "secret"}
    for question in asked:
        if question.name in secret and question.type != "secret" and question.name not in given:
            words = f"{question.name} is a secret of the workflow, and this template does not keep it as one."
            found.append(FieldError(f"{where}.params.{question.name}", words))
    return found


# sealed


def of_workflow(vault: Vault, row: Workflow) -> OfNodes:
    """Secret answers by node. Raises VaultError."""
    if row.sealed_params is None:
        return {}
    found: OfNodes = json.loads(vault.open(row.sealed_params, f"workflow/{row.id}/params").reveal())
    return found


def seal_workflow(vault: Vault, row: Workflow, secrets: OfNodes) -> None:
    """Keep them; the row has its id."""
    kept = {key: values for key, values in secrets.items() if values}
    row.sealed_params = vault.seal(Secret(json.dumps(kept)), f"workflow/{row.id}/params") if kept else None


class Sealed(msgspec.Struct):
    """The secrets of one run: answers of its launch, those of nodes, the password for sudo."""

    launch: dict[str, str] = {}
    nodes: OfNodes = {}
    password: str | None = None


def of_run(vault: Vault, row: WorkflowRun) -> Sealed:
    """Raises VaultError."""
    if row.sealed_params is None:
        return Sealed()
    return msgspec.json.decode(vault.open(row.sealed_params, f"workflow-run/{row.id}/params").reveal(), type=Sealed)


def seal_run(vault: Vault, row: WorkflowRun, secrets: Sealed) -> None:
    """Keep them; the row has its id."""
    if secrets.launch or secrets.nodes or secrets.password is not None:
        text = msgspec.json.encode(secrets).decode()
        row.sealed_params = vault.seal(Secret(text), f"workflow-run/{row.id}/params")
