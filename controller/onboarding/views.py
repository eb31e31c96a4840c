"""Ways in as the API shows them: the table's row, or what the memory knows better."""

from __future__ import annotations

from typing import Any

import msgspec

from controller.hosts import keys
from controller.onboarding.models import Onboarding
from controller.onboarding.run import ENTRY, Run, State, fresh_steps
from controller.onboarding.schemas import OnboardingStepView, OnboardingView
from controller.ssh import hostkeys


def show(row: Onboarding, run: Run | None) -> OnboardingView:
    """One way in."""
    plan: dict[str, Any] = dict(row.plan)
    if run is not None:
        steps = list(run.steps.values())
        state, line, found = run.state, run.host_key, run.found
        host_id, changed = run.host_id, max((step.at for step in steps if step.at), default=row.updated_at)
        plan["disable_password"] = run.plan.disable_password
    else:
        steps = list(
            (
                fresh_steps() | {step.name: step for step in msgspec.convert(row.steps, list[OnboardingStepView])}
            ).values()
        )
        state, line, found = State(row.state), row.host_key, row.found
        host_id, changed = row.host_id, row.updated_at
    inside = all(step.state in {"done", "skipped"} for step in steps if step.name in ENTRY)
    verified = any(step.name == "verify" and step.state == "done" for step in steps)
    by_key = plan.get("login_credential_id") is not None or (
        verified and plan.get("account") is None and plan.get("access") == "full"
    )
    return OnboardingView(
        id=row.id,
        batch=row.batch,
        by=row.username,
        name=row.name,
        address=row.address,
        port=row.port,
        username=row.account,
        state=state.value,
        needs_password=not by_key and not inside,
        presented_key=keys.presented(hostkeys.read(line)) if line else None,
        plan=plan,
        steps=steps,
        found=dict(found),
        host_id=host_id,
        created_at=row.created_at,
        updated_at=changed,
    )
