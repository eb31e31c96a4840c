"""Users, invitations and tokens as the API shows them."""

from __future__ import annotations

from typing import Any

from controller.users import schemas
from controller.users.models import ApiToken, Invitation, User
from controller.users.rights import Principal, Role, Scope


def me(principal: Principal, user: User, csrf_token: str | None) -> schemas.Me:
    """Who is logged in, with what that one may do."""
    return schemas.Me(
        id=user.id,
        username=user.username,
        role=principal.role,
        all_hosts=principal.all_hosts,
        group_ids=sorted(principal.group_ids),
        permissions=sorted(action.value for action in principal.actions),
        csrf_token=csrf_token,
        preferences=user.preferences,
    )


def user(row: User) -> schemas.UserView:
    """A user, for who manages users."""
    return schemas.UserView(
        row.id,
        row.username,
        Role(row.role),
        row.all_hosts,
        list(row.group_ids),
        sorted(row.grants),
        row.enabled,
        row.created_at,
        row.last_login_at,
    )


def invitation(row: Invitation) -> dict[str, Any]:
    """An invitation's fields, all but its link."""
    names = ("id", "role", "all_hosts", "group_ids", "created_by", "created_at", "expires_at")
    return {name: getattr(row, name) for name in names} | {"role": Role(row.role)}


def token(row: ApiToken, owner: str) -> dict[str, Any]:
    """A token's fields, all but its word."""
    names = ("id", "name", "all_hosts", "group_ids", "created_at", "expires_at", "last_used_at")
    found = {name: getattr(row, name) for name in names}
    return found | {"scopes": [Scope(s) for s in row.scopes], "owner_id": row.user_id, "owner_name": owner}
