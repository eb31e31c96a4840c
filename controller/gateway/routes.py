"""What the page shows of the gateway, and the users' own keys to come in by."""

from __future__ import annotations

from urllib.parse import urlsplit

from litestar import Router, delete, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.errors import Forbidden
from controller.core.settings import Settings
from controller.gateway.server import Gateway
from controller.users import schemas, ssh_keys
from controller.users.act import Deed
from controller.users.rights import Principal

Session = Given[AsyncSession]
Caller = Given[Principal]


class GatewayView(Struct):
    """Where the gateway is; its key, and the fingerprint to compare; `command` is how to reach a host by it."""

    enabled: bool
    address: str
    port: int
    fingerprint: str | None
    host_key: str | None
    command: str


@get("/gateway", summary="Tell about the SSH gateway")
async def show(settings: Given[Settings], gateway: Given[Gateway]) -> GatewayView:
    """Off unless MOORLINE_GATEWAY_PORT is set."""
    address = urlsplit(settings.base_url()).hostname or settings.address
    port = settings.gateway_port
    enabled = gateway.fingerprint is not None
    return GatewayView(
        enabled,
        address,
        port,
        gateway.fingerprint,
        gateway.public_key,
        f"ssh HOST@{address} -p {port}" if enabled else "",
    )


@get("/me/ssh-keys", summary="List one's SSH keys")
async def my_keys(principal: Caller, session: Session) -> schemas.SshKeyPage:
    """The public keys by which one comes in through the SSH gateway."""
    found = [ssh_keys.view(row) for row in await ssh_keys.of_user(session, principal.user_id)]
    return schemas.SshKeyPage(found, len(found))


@post("/me/ssh-keys", summary="Add one of one's SSH keys")
async def add_key(
    data: JSONBody[schemas.NewSshKey], principal: Caller, session: Session, deed: Given[Deed]
) -> schemas.SshKeyView:
    """A public key; the private one stays where it is."""
    _require_login(principal)
    return ssh_keys.view(await ssh_keys.add(session, deed, principal.user_id, principal.username, data))


@delete("/me/ssh-keys/{key_id:int}", summary="Delete one of one's SSH keys")
async def delete_key(key_id: FromPath[int], principal: Caller, session: Session, deed: Given[Deed]) -> None:
    """Connections that came in by it end at once."""
    _require_login(principal)
    await ssh_keys.remove(session, deed, principal.user_id, key_id)


def _require_login(principal: Principal) -> None:
    if principal.session_id is None:  # a token that leaks must not leave a key behind
        raise Forbidden("This takes a login; a token is not enough.")


router = Router("/", route_handlers=[show, my_keys, add_key, delete_key], tags=["SSH gateway"])
