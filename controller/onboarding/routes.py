"""Onboarding, changes of keys and imports over HTTP."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from controller.audit.service import Actor
from controller.core.clock import Clock, utc_now
from controller.core.events import Bus
from controller.core.secrets import Vault
from controller.hosts import keys, rules
from controller.hosts import queries as host_queries
from controller.hosts.act import Act
from controller.onboarding import imports, queries, schemas, steps, views, wishes
from controller.onboarding.rotations import Rotations
from controller.onboarding.service import Onboardings
from controller.onboarding.wishes import sees_all
from controller.users.rights import Action, Principal, require

Session = Given[AsyncSession]
Caller = Given[Principal]
BatchName = Annotated[str | None, Parameter(max_length=40, description="Of this batch alone.")]


@post("/onboardings/fingerprint", status_code=200, summary="Fetch the key that a host shows")
async def look(
    data: JSONBody[schemas.KeyLook], session: Session, principal: Caller, ways_in: Given[Onboardings]
) -> schemas.KeyLookResult:
    """Nothing of a login is sent. Compare the fingerprint with the host's own before you enter a password."""
    require(principal, Action.HOSTS_WRITE)
    found = rules.Findings()
    address = found.take("address", rules.address, data.address)
    port = found.take("port", rules.port, data.port)
    found.settle()
    jump = data.jump_host_id
    await wishes.way_there(session, principal, jump)
    seen = await host_queries.load(session, host_queries.seen_by(principal))
    place = (address, port, jump)  # behind different jump hosts, the same address is another host
    twin = next((row for row in seen if (row.address, row.port, row.jump_host_id) == place), None)
    await session.commit()  # nobody waits for a host with a transaction open
    key, code, sentence = await steps.look_at_key(ways_in.bench.pool, address, port, jump)
    return schemas.KeyLookResult(
        presented_key=keys.presented(key),
        code=code,
        detail=sentence,
        host_id=None if twin is None else twin.id,
        host_name=None if twin is None else twin.name,
    )


@get("/onboardings", summary="List onboardings")
async def list_ways_in(
    session: Session, principal: Caller, ways_in: Given[Onboardings], batch: BatchName = None
) -> schemas.OnboardingPage:
    """Your own, newest first; administrators see all."""
    require(principal, Action.HOSTS_WRITE)
    rows = await queries.listing(session, None if sees_all(principal) else principal.user_id, batch)
    return schemas.OnboardingPage([views.show(row, ways_in.running(row.id)) for row in rows], len(rows))


@post("/onboardings", summary="Onboard a host")
async def begin(
    data: JSONBody[schemas.NewOnboarding], principal: Caller, author: Given[Actor], ways_in: Given[Onboardings]
) -> schemas.OnboardingView:
    """From password to key: it goes on in the background; the password is kept in memory, and only until it ends."""
    made = await ways_in.begin(principal, author, data)
    return views.show(*await ways_in.row(principal, made))


@post("/onboardings/batch", summary="Onboard many hosts")
async def begin_all(
    data: JSONBody[schemas.OnboardingBatch], principal: Caller, author: Given[Actor], ways_in: Given[Onboardings]
) -> schemas.OnboardingBatchResult:
    """Each row has a result of its own. Rows without a host key wait until its fingerprint is approved."""
    return await ways_in.begin_all(principal, author, data.rows)


@post("/onboardings/approve", status_code=200, summary="Approve the keys of many hosts")
async def approve_all(
    data: JSONBody[schemas.OnboardingApprovals], principal: Caller, author: Given[Actor], ways_in: Given[Onboardings]
) -> schemas.OnboardingBatchResult:
    """Fingerprints that were compared, by the number of their onboarding."""
    return await ways_in.approve_all(principal, author, data.items)


@get("/onboardings/{onboarding_id:int}", summary="Show an onboarding")
async def show(onboarding_id: FromPath[int], principal: Caller, ways_in: Given[Onboardings]) -> schemas.OnboardingView:
    """With every step."""
    return views.show(*await ways_in.row(principal, onboarding_id))


@post("/onboardings/{onboarding_id:int}/approve", status_code=200, summary="Approve the key that an onboarding found")
async def approve(
    onboarding_id: FromPath[int],
    data: JSONBody[schemas.OnboardingApproval],
    principal: Caller,
    author: Given[Actor],
    ways_in: Given[Onboardings],
) -> schemas.OnboardingView:
    """The login follows, and nothing of it before."""
    await ways_in.approve(principal, author, onboarding_id, data.fingerprint)
    return views.show(*await ways_in.row(principal, onboarding_id))


@post("/onboardings/{onboarding_id:int}/resume", status_code=200, summary="Go on with an onboarding")
async def resume(
    onboarding_id: FromPath[int],
    data: JSONBody[schemas.OnboardingResume],
    principal: Caller,
    author: Given[Actor],
    ways_in: Given[Onboardings],
) -> schemas.OnboardingView:
    """From the step that failed."""
    await ways_in.resume(principal, author, onboarding_id, data)
    return views.show(*await ways_in.row(principal, onboarding_id))


@post("/onboardings/{onboarding_id:int}/cancel", status_code=200, summary="Break an onboarding off")
async def cancel(
    onboarding_id: FromPath[int], principal: Caller, author: Given[Actor], ways_in: Given[Onboardings]
) -> schemas.OnboardingView:
    """What was done on the host stays, and is told."""
    await ways_in.cancel(principal, author, onboarding_id)
    return views.show(*await ways_in.row(principal, onboarding_id))


@delete("/onboardings/{onboarding_id:int}", summary="Forget how an onboarding went")
async def remove(
    onboarding_id: FromPath[int], principal: Caller, author: Given[Actor], ways_in: Given[Onboardings]
) -> None:
    """Host and key stay."""
    await ways_in.remove(principal, author, onboarding_id)


@post("/onboardings/import", summary="Onboard the hosts of a file")
async def begin_file(
    *,
    data: JSONBody[schemas.ImportBatch],
    session: Session,
    principal: Caller,
    author: Given[Actor],
    clock: Given[Clock],
    bus: Given[Bus],
    vault: Given[Vault],
    ways_in: Given[Onboardings],
) -> schemas.OnboardingBatchResult:
    """As a batch; passwords that stand in the file are kept in memory alone, and only until each host is in."""
    act = Act(principal, author, utc_now(clock), bus, vault)
    found = await imports.ways_in(session, act, data)
    await session.commit()  # groups that were made have to be there for those who set off
    return await ways_in.begin_rows(principal, author, found)


# changes of keys


@get("/key-rotations", summary="List changes of keys")
async def list_rotations(principal: Caller, rotations: Given[Rotations]) -> schemas.RotationPage:
    """Your own, newest first; administrators see all. Without their hosts."""
    found = await rotations.listing(principal)
    return schemas.RotationPage(found, len(found))


@post("/key-rotations", summary="Change the key of hosts")
async def rotate(
    data: JSONBody[schemas.NewRotation], principal: Caller, author: Given[Actor], rotations: Given[Rotations]
) -> schemas.RotationView:
    """New key in, a login by it, old key out, host by host.

    Hosts that are away keep the old key and are tried again.
    """
    return await rotations.view(principal, await rotations.begin(principal, author, data))


@get("/key-rotations/{rotation_id:int}", summary="Show a change of keys")
async def show_rotation(
    rotation_id: FromPath[int], principal: Caller, rotations: Given[Rotations]
) -> schemas.RotationView:
    """With every host that you see."""
    return await rotations.view(principal, rotation_id)


@post("/key-rotations/{rotation_id:int}/retry", status_code=200, summary="Go on with a change of keys")
async def retry_rotation(
    rotation_id: FromPath[int], principal: Caller, author: Given[Actor], rotations: Given[Rotations]
) -> schemas.RotationView:
    """Try the hosts that are not done once more, now."""
    await rotations.retry(principal, author, rotation_id)
    return await rotations.view(principal, rotation_id)


@post("/key-rotations/{rotation_id:int}/stop", status_code=200, summary="Stop a change of keys")
async def stop_rotation(
    rotation_id: FromPath[int], principal: Caller, author: Given[Actor], rotations: Given[Rotations]
) -> schemas.RotationView:
    """Each host stays where it stands, and can be logged in to."""
    await rotations.stop(principal, author, rotation_id)
    return await rotations.view(principal, rotation_id)


# hosts from elsewhere


@post("/imports/preview", status_code=200, summary="Read hosts from a file")
async def preview(data: JSONBody[schemas.ImportText], session: Session, principal: Caller) -> schemas.ImportPreview:
    """What would be taken, which rows are the same as others, and what is wrong with each. Nothing is kept."""
    require(principal, Action.HOSTS_WRITE)
    return await imports.preview(session, principal, data)


@post("/imports", status_code=200, summary="Take in hosts from a file")
async def take_in(
    *,
    data: JSONBody[schemas.Import],
    session: Session,
    principal: Caller,
    author: Given[Actor],
    clock: Given[Clock],
    bus: Given[Bus],
    vault: Given[Vault],
) -> schemas.ImportResults:
    """For hosts whose key is in place. A row that cannot be taken does not stop the others."""
    return await imports.take(session, Act(principal, author, utc_now(clock), bus, vault), data)


router = Router(
    "/",
    route_handlers=[
        look, list_ways_in, begin, begin_all, approve_all, begin_file, show, approve, resume, cancel, remove,
        list_rotations, rotate, show_rotation, retry_rotation, stop_rotation, preview, take_in,
    ],
    tags=["Onboarding"],
)  # fmt: skip
