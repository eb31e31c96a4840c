"""Who may do what: decided here and nowhere else, by the action and by the groups of the object.

An empty selection of hosts means none, never all. A host in no group is seen by those who see all hosts only. Callers
ask `require` before they touch an object; what may not be seen does not exist for them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from controller.core.errors import Forbidden, NotFound


class Role(StrEnum):
    """What a user is trusted with. NONE: registered, and waiting for an administrator."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"
    NONE = "none"


class Scope(StrEnum):
    """What a token may at most be used for."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be asked for."""

    SELF = "self"
    HOSTS_READ = "hosts.read"
    HOSTS_OPERATE = "hosts.operate"
    HOSTS_WRITE = "hosts.write"
    TERMINALS_OPEN = "terminals.open"
    CONTAINERS_SECRETS = "containers.secrets"
    FILES_READ = "files.read"
    FILES_WRITE = "files.write"
    CREDENTIALS_READ = "credentials.read"
    CREDENTIALS_WRITE = "credentials.write"
    GROUPS_WRITE = "groups.write"
    TOKENS_WRITE = "tokens.write"
    USERS_MANAGE = "users.manage"
    AUDIT_READ = "audit.read"
    SETTINGS_MANAGE = "settings.manage"
    RECORDINGS_READ = "recordings.read"
    RECORDINGS_DELETE = "recordings.delete"
    HOSTS_JUMP = "hosts.jump"
    JOBS_VIEW = "jobs.view"
    JOBS_RUN = "jobs.run"
    JOBS_MANAGE = "jobs.manage"
    JOBS_APPROVE = "jobs.approve"


VIEWING = frozenset({Action.SELF, Action.HOSTS_READ, Action.JOBS_VIEW, Action.TOKENS_WRITE})
OPERATING = VIEWING | {
    Action.HOSTS_OPERATE,
    Action.HOSTS_WRITE,
    Action.TERMINALS_OPEN,
    Action.CONTAINERS_SECRETS,
    Action.FILES_READ,
    Action.FILES_WRITE,
    Action.CREDENTIALS_READ,
    Action.CREDENTIALS_WRITE,
    Action.JOBS_RUN,
    Action.JOBS_MANAGE,
    Action.JOBS_APPROVE,
}
# what concerns the whole installation takes somebody who sees all of it
WHOLE = frozenset({Action.GROUPS_WRITE, Action.USERS_MANAGE, Action.AUDIT_READ, Action.SETTINGS_MANAGE})
# what an administrator may give to a user beside the role; a way past all recording is in no role
GRANTABLE = frozenset({Action.RECORDINGS_READ, Action.HOSTS_JUMP})
BY_GRANT_ALONE = frozenset({Action.HOSTS_JUMP})
OF_ROLE: dict[Role, frozenset[Action]] = {
    Role.ADMIN: frozenset(Action) - BY_GRANT_ALONE,
    Role.OPERATOR: OPERATING,
    Role.VIEWER: VIEWING,
    Role.NONE: frozenset({Action.SELF}),
}
READING = frozenset({Action.SELF, Action.HOSTS_READ, Action.CREDENTIALS_READ, Action.JOBS_VIEW})
OF_SCOPE: dict[Scope, frozenset[Action]] = {
    Scope.READ: READING,
    # what a host's files hold is more than its figures: a token to read does not open them
    Scope.WRITE: READING
    | {
        Action.HOSTS_OPERATE,
        Action.HOSTS_WRITE,
        Action.HOSTS_JUMP,
        Action.TERMINALS_OPEN,
        Action.FILES_READ,
        Action.FILES_WRITE,
        Action.CREDENTIALS_WRITE,
        Action.JOBS_RUN,
        Action.JOBS_MANAGE,
    },
    Scope.ADMIN: frozenset(Action),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a user by a session (`scopes` None), or by a token that narrows the user's rights."""

    user_id: int
    username: str
    role: Role
    all_hosts: bool
    group_ids: frozenset[int]
    scopes: frozenset[Scope] | None = None
    token_id: int | None = None
    session_id: int | None = None
    grants: frozenset[Action] = frozenset()

    @property
    def actions(self) -> frozenset[Action]:
        """Everything that this principal may do to objects it sees."""
        role = OF_ROLE[self.role] if self.all_hosts else OF_ROLE[self.role] - WHOLE
        mine = role | (self.grants & GRANTABLE) if self.role != Role.NONE else role
        if self.scopes is None:
            return mine
        return mine & covered(self.scopes)


def granted(names: Collection[str]) -> frozenset[Action]:
    """The grants of these names; a name that this version does not know grants nothing."""
    return frozenset(action for action in GRANTABLE if action.value in names)


def covered(scopes: Collection[Scope]) -> frozenset[Action]:
    """What a token with these scopes may at most be used for."""
    return frozenset[Action]().union(*(OF_SCOPE[scope] for scope in scopes))


def allows(principal: Principal, action: Action) -> bool:
    """May the principal do this at all?"""
    return action in principal.actions


def sees(principal: Principal, group_ids: Collection[int]) -> bool:
    """Does the principal see an object that is in these groups?"""
    return principal.all_hosts or not principal.group_ids.isdisjoint(group_ids)


def require(principal: Principal, action: Action, group_ids: Collection[int] | None = None) -> None:
    """Go on only with the right to. `group_ids`: the groups of the object, None when there is no object of a host.

    Raises NotFound for an object that the principal does not see, Forbidden for an action it may not do.
    """
    if group_ids is not None and not (allows(principal, Action.HOSTS_READ) and sees(principal, group_ids)):
        raise NotFound("There is no such object, or you may not see it.")
    if not allows(principal, action):
        raise Forbidden(f"Your role does not include {action.value}; ask an administrator for it.")
