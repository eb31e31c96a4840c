"""Who asks, what each may do, and which answers are right for whom."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contract.rights.table import Route

READING = {"read", "credentials.read"}
WRITING = READING | {"operate", "write", "terminals", "files", "credentials.write"}
RECORDED = {"recordings"}
SECOND = {"jobs.approve"}  # a token takes all of its owner's trust for it
WHOLE = {"groups", "audit", "users", "settings", "playbooks"}  # for who sees all hosts
ROLES = {
    "none": set[str](),
    "viewer": {"read", "tokens"},
    "operator": WRITING | {"tokens"} | SECOND,
    "admin": WRITING | {"tokens"} | SECOND | RECORDED | WHOLE,
}
SCOPES = {"read": READING, "write": WRITING, "admin": WRITING | {"tokens"} | SECOND | RECORDED | WHOLE}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `sees`: "all", "A" or "" (nothing). `scope`: of a token, else None."""

    name: str
    role: str
    sees: str
    scope: str | None = None

    @property
    def abilities(self) -> set[str]:
        """What this caller may do to what it sees."""
        mine = ROLES[self.role] if self.sees == "all" else ROLES[self.role] - WHOLE
        return mine if self.scope is None else mine & SCOPES[self.scope]


CALLERS = (
    Caller("registered", "none", "all"),
    Caller("viewer of nothing", "viewer", ""),
    Caller("operator of nothing", "operator", ""),
    Caller("viewer of A", "viewer", "A"),
    Caller("operator of A", "operator", "A"),
    Caller("admin of A", "admin", "A"),
    Caller("viewer", "viewer", "all"),
    Caller("operator", "operator", "all"),
    Caller("admin", "admin", "all"),
    Caller("admin's token to read", "admin", "all", "read"),
    Caller("admin's token to write A", "admin", "A", "write"),
    Caller("admin of A's token", "admin", "A", "admin"),
    Caller("viewer's token to administer", "viewer", "all", "admin"),
)
OWN, FOREIGN = "own", "foreign"
OWNED = {
    "host",
    "credential",
    "token",
    "session",
    "terminal",
    "snippet",
    "recording",
    "ssh key",
    "transfer",
    "job",
    "job template",
    "onboarding",
    "rotation",
    "schedule",
    "workflow",
    "run",
    "ended run",
    "approval",
}  # of the others there is one kind only


RUNS = {"run", "ended run", "approval"}  # of a workflow: seen by whoever sees one of its jobs


def _exists(route: Route, caller: Caller, whose: str, *, sees: bool) -> bool:
    """Is the object there for the caller at all?"""
    if route.kind in {"host", "recording", "job", *RUNS}:
        return "read" in caller.abilities and sees
    return route.kind != "terminal" or ("terminals" in caller.abilities and sees and whose == OWN)


def expected(route: Route, caller: Caller, whose: str) -> set[int]:
    """The statuses that are right; "denied" ones are exact, the others are anything but denied."""
    sees = caller.sees == "all" or (caller.sees == "A" and whose == OWN)
    if route.kind == "terminal" and route.by_managers and "users" in caller.abilities:
        return set()
    if not _exists(route, caller, whose, sees=sees):
        return {404}
    if (route.needs and route.needs not in caller.abilities) or (route.by_browser and caller.scope is not None):
        return {403}
    if route.kind in {"transfer", "onboarding", "rotation"} and caller.sees == "":
        return {404}  # whoever sees no host has none
    if route.into_a and not sees:
        return {400, 403}
    theirs = {
        "credential": (caller.role, caller.sees) == ("admin", "all"),
        "token": "users" in caller.abilities,
        "session": False,
        "snippet": False,
        "recording": sees,
        "ssh key": False,
        "transfer": False,
        "job": sees,
        "job template": (caller.role, caller.sees) == ("admin", "all"),
        "onboarding": (caller.role, caller.sees) == ("admin", "all"),
        "rotation": (caller.role, caller.sees) == ("admin", "all"),
        "schedule": (caller.role, caller.sees) == ("admin", "all"),
        "workflow": (caller.role, caller.sees) == ("admin", "all"),
        **dict.fromkeys(RUNS, sees),
    }
    return {404} if whose == FOREIGN and not theirs.get(route.kind, True) else set()
