"""What each route takes, written down by hand: a route that is not here fails the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEY_BODY = {"kind": "password", "password": "alfa-secret-word"}


@dataclass(frozen=True, slots=True)
class Route:
    """What a route takes. `needs`: the ability, "" for a login alone. `kind`: the object that its path names."""

    needs: str = ""
    kind: str = ""
    body: Mapping[str, Any] | None = None
    by_browser: bool = False  # a token is not enough
    query: Mapping[str, Any] = field(default_factory=dict)
    into_a: bool = False  # what it makes goes into group A
    names_host: str = ""  # "body" or "query" name the host, not the path
    by_managers: bool = False  # who manages users may do it to anybody's
    missing: str = ""  # the code of the 404 that whoever is let in gets, since the host has nothing of the kind


PUBLIC = {
    "GET /setup",
    "POST /setup",
    "POST /login",
    "POST /register",
    "POST /invitations/preview",
    "POST /invitations/accept",
}
TRIAL = {"address": "127.0.0.1", "port": 9, "username": "root", "credential": {"name": "x", **KEY_BODY}}
NO_CONTAINER, NO_ENGINE = "no_such_container", "no_engine"
TOKEN = {"name": "made", "scopes": ["read"]}
CHANNEL = {
    "name": "made",
    "kind": "email",
    "options": {"host": "127.0.0.1", "port": 9, "sender": "a@example.org", "timeout_s": 1},
}
NOTICES = {"name": "made", "channel_id": 1, "addresses": ["a@example.org"], "news": ["host_down"]}
PATH = {"path": "/etc"}
ONBOARDING = {"address": "127.0.0.1", "port": 9, "password": "alfa-secret-word"}  # nothing listens there
SELECTION = {"paths": ["/etc/none"]}
JOB = {"kind": "command", "spec": {"command": "true"}, "targets": {"host_ids": [1]}}
TEMPLATE = {"name": "made", "kind": "command", "spec": {"command": "true"}}
SCHEDULE: dict[str, Any] = {"name": "made", "template_id": 2**40, "rule": {"kind": "cron", "expression": "0 4 * * *"}}
WORKFLOW: dict[str, Any] = {"name": "made", "nodes": [{"key": "ask", "kind": "approval", "title": "Go on?"}]}
ROUTES: dict[str, Route] = {
    "GET /hosts": Route("read"),
    "POST /hosts": Route("write", body={"address": "127.0.0.1", "username": "root", "enabled": False}, into_a=True),
    "POST /hosts/bulk": Route("write", body={"ids": [], "action": "enable"}),
    "POST /hosts/test": Route("write", body=TRIAL),
    "GET /tags": Route("read"),
    "GET /hosts/{host_id}": Route("read", "host"),
    "PATCH /hosts/{host_id}": Route("write", "host", {"note": "changed"}),
    "DELETE /hosts/{host_id}": Route("write", "host"),
    "POST /hosts/{host_id}/retry": Route("operate", "host"),
    "GET /hosts/{host_id}/keys": Route("read", "host"),
    "POST /hosts/{host_id}/keys/approve": Route("operate", "host", {"fingerprint": "SHA256:nothing"}),
    "GET /hosts/{host_id}/events": Route("read", "host"),
    "GET /hosts/{host_id}/collectors": Route("read", "host"),
    "GET /hosts/{host_id}/latest": Route("read", "host"),
    "GET /hosts/{host_id}/processes": Route("operate", "host"),
    "GET /containers": Route("read"),
    "POST /containers/bulk": Route("operate", body={"items": [], "action": "stop"}),
    "GET /hosts/{host_id}/containers": Route("read", "host"),
    "POST /hosts/{host_id}/containers/refresh": Route("operate", "host"),
    "GET /hosts/{host_id}/containers/{name}": Route("read", "host", missing=NO_CONTAINER),
    "DELETE /hosts/{host_id}/containers/{name}": Route("operate", "host", missing=NO_CONTAINER),
    "POST /hosts/{host_id}/containers/{name}/actions": Route(
        "operate", "host", {"action": "stop"}, missing=NO_CONTAINER
    ),
    "GET /hosts/{host_id}/containers/{name}/removal": Route("read", "host", missing=NO_CONTAINER),
    "GET /hosts/{host_id}/containers/{name}/top": Route("operate", "host", missing=NO_CONTAINER),
    "GET /hosts/{host_id}/containers/{name}/logs": Route("operate", "host", missing=NO_CONTAINER),
    "GET /hosts/{host_id}/containers/{name}/logs/download": Route("operate", "host", missing=NO_CONTAINER),
    "GET /hosts/{host_id}/images": Route("read", "host", missing=NO_ENGINE),
    "DELETE /hosts/{host_id}/images/{image}": Route("operate", "host", missing=NO_ENGINE),
    "POST /hosts/{host_id}/images/pull": Route("operate", "host", {"reference": "box"}, missing=NO_ENGINE),
    "GET /hosts/{host_id}/pulls": Route("read", "host"),
    "DELETE /hosts/{host_id}/pulls/{pull_id}": Route("operate", "host", missing="no_such_pull"),
    "GET /hosts/{host_id}/volumes": Route("read", "host", missing=NO_ENGINE),
    "DELETE /hosts/{host_id}/volumes/{volume}": Route("operate", "host", missing=NO_ENGINE),
    "GET /hosts/{host_id}/prune": Route("read", "host", missing=NO_ENGINE),
    "POST /hosts/{host_id}/prune": Route("operate", "host", {"kinds": ["containers"]}, missing=NO_ENGINE),
    "GET /hosts/{host_id}/files/about": Route("files", "host"),
    "POST /hosts/{host_id}/files/root": Route("files", "host", {}),
    "DELETE /hosts/{host_id}/files/root": Route("files", "host"),
    "GET /hosts/{host_id}/files/list": Route("files", "host", query=PATH),
    "GET /hosts/{host_id}/files/stat": Route("files", "host", query=PATH),
    "GET /hosts/{host_id}/files/search": Route("files", "host", query={**PATH, "name": "x"}),
    "GET /hosts/{host_id}/files/tail": Route("files", "host", query=PATH),
    "GET /hosts/{host_id}/files/content": Route("files", "host", query=PATH),
    "HEAD /hosts/{host_id}/files/content": Route("files", "host", query=PATH),
    "GET /hosts/{host_id}/files/archive": Route("files", "host", query=PATH),
    "GET /hosts/{host_id}/files/text": Route("files", "host", query=PATH),
    "PUT /hosts/{host_id}/files/text": Route("files", "host", {"path": "/tmp/x", "text": ""}),
    "POST /hosts/{host_id}/files/folder": Route("files", "host", PATH),
    "POST /hosts/{host_id}/files/file": Route("files", "host", PATH),
    "POST /hosts/{host_id}/files/link": Route("files", "host", {**PATH, "target": "x"}),
    "POST /hosts/{host_id}/files/move": Route("files", "host", {"items": [{"from": "/none", "to": "/other"}]}),
    "POST /hosts/{host_id}/files/copy": Route("files", "host", {**SELECTION, "to": "/tmp"}),
    "POST /hosts/{host_id}/files/measure": Route("files", "host", SELECTION),
    "POST /hosts/{host_id}/files/delete": Route("files", "host", SELECTION),
    "GET /hosts/{host_id}/files/trash": Route("files", "host"),
    "POST /hosts/{host_id}/files/restore": Route("files", "host", {"names": ["none"]}),
    "POST /hosts/{host_id}/files/mode": Route("files", "host", {**SELECTION, "mode": 420}),
    "POST /hosts/{host_id}/files/owner": Route("files", "host", {**SELECTION, "owner": "root"}),
    "POST /hosts/{host_id}/files/checksum": Route("files", "host", PATH),
    "POST /hosts/{host_id}/files/tree": Route("files", "host", query=PATH),
    "POST /hosts/{host_id}/files/uploads": Route("files", "host", {"path": "/tmp/x", "size": 1}),
    "GET /transfers": Route("files"),
    "POST /transfers": Route("files", body={"kind": "relay", "host_id": 0}),
    "POST /transfers/clear": Route("files"),
    "GET /transfers/{transfer_id}": Route("files", "transfer"),
    "DELETE /transfers/{transfer_id}": Route("files", "transfer"),
    "GET /transfers/{transfer_id}/content": Route("files", "transfer"),
    "PUT /transfers/{transfer_id}/data": Route("files", "transfer", query={"offset": 0}),
    "POST /transfers/{transfer_id}/finish": Route("files", "transfer", {}),
    "POST /transfers/{transfer_id}/pause": Route("files", "transfer"),
    "POST /transfers/{transfer_id}/resume": Route("files", "transfer"),
    "POST /transfers/{transfer_id}/cancel": Route("files", "transfer"),
    "GET /hosts/{host_id}/facts/ansible": Route("read", "host", missing="no_facts"),
    "GET /library/playbooks": Route("read"),
    "GET /library/playbook": Route("read", query={"reference": "library/none"}, missing="no_playbook"),
    "POST /library/check": Route("playbooks", body={"text": "- hosts: all"}),
    "POST /library/own": Route("playbooks", body={"name": "made", "text": "- hosts: all"}),
    "PUT /library/own/{playbook_id}": Route("playbooks", "playbook", {"text": "- hosts: all", "base": 1}),
    "DELETE /library/own/{playbook_id}": Route("playbooks", "playbook"),
    "GET /library/own/{playbook_id}/versions": Route("read", "playbook"),
    "GET /library/own/{playbook_id}/versions/{number}": Route("read", "playbook", missing="no_such_version"),
    "GET /library/projects": Route("read"),
    "POST /library/projects": Route("playbooks", body={"name": "made", "url": "file:///nowhere"}),
    "PATCH /library/projects/{project_id}": Route("playbooks", "git project", body={"branch": "other"}),
    "POST /library/projects/{project_id}/sync": Route("playbooks", "git project"),
    "DELETE /library/projects/{project_id}": Route("playbooks", "git project"),
    "GET /library/vaults": Route("read"),
    "POST /library/vaults": Route("playbooks", body={"name": "made", "password": "bravo-secret-word"}),
    "DELETE /library/vaults/{vault_id}": Route("playbooks", "vault password"),
    "GET /groups": Route("read"),
    "POST /groups": Route("groups", body={"name": "made"}),
    "PATCH /groups/{group_id}": Route("groups", "group", {"name": "renamed"}),
    "DELETE /groups/{group_id}": Route("groups", "group"),
    "GET /credentials": Route("credentials.read"),
    "POST /credentials": Route("credentials.write", body={"name": "made", **KEY_BODY}),
    "GET /credentials/{credential_id}": Route("credentials.read", "credential"),
    "PATCH /credentials/{credential_id}": Route("credentials.write", "credential", {"name": "renamed"}),
    "DELETE /credentials/{credential_id}": Route("credentials.write", "credential"),
    "POST /onboardings/fingerprint": Route("write", body={"address": "127.0.0.1", "port": 9}),
    "GET /onboardings": Route("write"),
    "POST /onboardings": Route("write", body=ONBOARDING, into_a=True),
    "POST /onboardings/batch": Route("write", body={"rows": [ONBOARDING]}),
    "POST /onboardings/approve": Route("write", body={"items": {"1": "SHA256:none"}}),
    "POST /onboardings/import": Route("write", body={"text": "127.0.0.1\n", "format": "csv", "rows": []}),
    "GET /onboardings/{onboarding_id}": Route("write", "onboarding"),
    "DELETE /onboardings/{onboarding_id}": Route("write", "onboarding"),
    "POST /onboardings/{onboarding_id}/approve": Route("write", "onboarding", {"fingerprint": "SHA256:none"}),
    "POST /onboardings/{onboarding_id}/resume": Route("write", "onboarding", {}),
    "POST /onboardings/{onboarding_id}/cancel": Route("write", "onboarding"),
    "GET /key-rotations": Route("write"),
    "POST /key-rotations": Route("write", body={"credential_id": 0}),
    "GET /key-rotations/{rotation_id}": Route("write", "rotation"),
    "POST /key-rotations/{rotation_id}/retry": Route("write", "rotation"),
    "POST /key-rotations/{rotation_id}/stop": Route("write", "rotation"),
    "POST /imports/preview": Route("write", body={"text": "127.0.0.1\n", "format": "csv"}),
    "POST /imports": Route("write", body={"text": "", "format": "csv", "dry_run": True}),
    "GET /inventory": Route("read"),
    "GET /metrics/specs": Route("read"),
    "GET /metrics/query": Route("read", query={"metric": "load1"}),
    "GET /audit": Route("audit"),
    "GET /terminals": Route("read"),
    "POST /terminals": Route("terminals", "host", {}, names_host="body"),
    "GET /terminals/people": Route("terminals", "host", names_host="query"),
    "GET /terminals/{terminal_id}": Route("terminals", "terminal"),
    "DELETE /terminals/{terminal_id}": Route("terminals", "terminal", by_managers=True),
    "PUT /terminals/{terminal_id}/shares": Route("terminals", "terminal", {"shares": []}),
    "GET /snippets": Route("terminals"),
    "POST /snippets": Route("terminals", body={"name": "made", "text": "uptime"}),
    "PATCH /snippets/{snippet_id}": Route("terminals", "snippet", {"name": "renamed"}),
    "DELETE /snippets/{snippet_id}": Route("terminals", "snippet"),
    "POST /snippets/{snippet_id}/expand": Route("terminals", "snippet", {"host_ids": [1]}),
    "GET /jobs/kinds": Route("read"),
    "GET /jobs/commands": Route("operate"),
    "GET /jobs/init-steps": Route("read"),
    "POST /jobs/preview": Route("operate", body={"targets": {"expression": "*"}}),
    "GET /jobs": Route("read"),
    "POST /jobs": Route("operate", body=JOB),
    "GET /hosts/{host_id}/jobs": Route("read", "host"),
    "GET /jobs/{job_id}": Route("read", "job"),
    "DELETE /jobs/{job_id}": Route("operate", "job"),
    "POST /jobs/{job_id}/cancel": Route("operate", "job", {}),
    "POST /jobs/{job_id}/approve": Route("jobs.approve", "job", {}),
    "POST /jobs/{job_id}/reject": Route("jobs.approve", "job", {}),
    "POST /jobs/{job_id}/relaunch": Route("operate", "job", {}),
    "GET /jobs/{job_id}/hosts": Route("read", "job"),
    "GET /jobs/{job_id}/groups": Route("read", "job"),
    "GET /jobs/{job_id}/output": Route("read", "job"),
    "GET /jobs/{job_id}/search": Route("read", "job", query={"text": "x"}),
    "GET /jobs/{job_id}/download": Route("read", "job"),
    "GET /jobs/{job_id}/export": Route("read", "job"),
    "GET /jobs/{job_id}/events": Route("read", "job"),
    "GET /jobs/{job_id}/files": Route("read", "job"),
    "GET /jobs/{job_id}/files/{file_id}": Route("read", "job", missing="no_such_job_file"),
    "GET /job-templates": Route("read"),
    "POST /job-templates": Route("operate", body=TEMPLATE),
    "GET /job-templates/{template_id}": Route("read", "job template"),
    "PATCH /job-templates/{template_id}": Route("operate", "job template", {"description": "changed"}),
    "DELETE /job-templates/{template_id}": Route("operate", "job template"),
    "POST /job-templates/{template_id}/launch": Route("operate", "job template", {}),
    "GET /schedules": Route("read"),
    "POST /schedules": Route("operate", body=SCHEDULE, missing="not_found"),
    "POST /schedules/preview": Route("read", body={"rule": SCHEDULE["rule"]}),
    "GET /schedules/plan": Route("read", query={"from": "2026-11-01T00:00:00Z", "to": "2026-11-08T00:00:00Z"}),
    "GET /schedules/{schedule_id}": Route("read", "schedule"),
    "PATCH /schedules/{schedule_id}": Route("operate", "schedule", {"enabled": False}),
    "DELETE /schedules/{schedule_id}": Route("operate", "schedule"),
    "POST /schedules/{schedule_id}/run": Route("operate", "schedule"),
    "GET /schedules/{schedule_id}/fires": Route("read", "schedule"),
    "GET /workflows": Route("read"),
    "POST /workflows": Route("operate", body=WORKFLOW),
    "GET /workflows/{workflow_id}": Route("read", "workflow"),
    "PATCH /workflows/{workflow_id}": Route("operate", "workflow", {"base": 1, "description": "changed"}),
    "DELETE /workflows/{workflow_id}": Route("operate", "workflow"),
    "POST /workflows/{workflow_id}/launch": Route("operate", "workflow", {}),
    "GET /workflow-runs": Route("read"),
    "GET /workflow-runs/{run_id}": Route("read", "run"),
    "DELETE /workflow-runs/{run_id}": Route("operate", "ended run"),
    "POST /workflow-runs/{run_id}/cancel": Route("operate", "run", {}),
    "POST /workflow-runs/{run_id}/relaunch": Route("operate", "ended run", {}),
    "GET /workflow-approvals": Route("read"),
    "POST /workflow-approvals/{approval_id}/approve": Route("jobs.approve", "approval", {}),
    "POST /workflow-approvals/{approval_id}/deny": Route("jobs.approve", "approval", {}),
    "GET /recordings": Route("recordings"),
    "GET /recordings/{recording_id}": Route("recordings", "recording"),
    "GET /recordings/{recording_id}/cast": Route("recordings", "recording"),
    "DELETE /recordings/{recording_id}": Route("recordings", "recording"),
    "GET /gateway": Route(),
    "GET /me/ssh-keys": Route(),
    "POST /me/ssh-keys": Route(body={"line": "none"}, by_browser=True),
    "DELETE /me/ssh-keys/{key_id}": Route("", "ssh key", by_browser=True),
    "POST /logout": Route(),
    "GET /me": Route(),
    "PATCH /me": Route(body={"preferences": {}}, by_browser=True),
    "POST /me/password": Route(body={"current": "not this one", "new": "a new pass phrase"}, by_browser=True),
    "GET /me/sessions": Route(),
    "DELETE /me/sessions/{session_id}": Route("", "session", by_browser=True),
    "GET /users": Route("users"),
    "PATCH /users/{user_id}": Route("users", "user", {"enabled": False}),
    "DELETE /users/{user_id}": Route("users", "user"),
    "GET /invitations": Route("users"),
    "POST /invitations": Route("users", body={"role": "viewer"}),
    "DELETE /invitations/{invitation_id}": Route("users", "invitation"),
    "GET /tokens": Route("tokens"),
    "POST /tokens": Route("tokens", body=TOKEN),
    "DELETE /tokens/{token_id}": Route("tokens", "token"),
    "GET /notify/kinds": Route("settings"),
    "GET /notify/channels": Route("settings"),
    "POST /notify/channels": Route("settings", body=CHANNEL),
    "PATCH /notify/channels/{channel_id}": Route("settings", "channel", {"enabled": False}),
    "DELETE /notify/channels/{channel_id}": Route("settings", "channel"),
    "POST /notify/channels/{channel_id}/test": Route("settings", "channel", {"address": "a@example.org"}),
    "GET /notify/routes": Route("settings"),
    "POST /notify/routes": Route("settings", body=NOTICES),
    "PATCH /notify/routes/{route_id}": Route("settings", "notice route", {"enabled": False}),
    "DELETE /notify/routes/{route_id}": Route("settings", "notice route"),
    "GET /notify/deliveries": Route("settings"),
    "POST /notify/deliveries/{delivery_id}/resend": Route("settings", "delivery", missing="not_found"),
    "GET /me/notify": Route(),
    "PUT /me/notify": Route(body={"enabled": False, "channel_id": 1, "news": []}, by_browser=True),
    "GET /settings": Route("settings"),
    "PATCH /settings": Route("settings", body={}),
}

# those that change nothing of what the audit log is about, though they are no GET
SILENT = {
    "POST /invitations/preview",  # looks only
    "POST /hosts/test",  # looks only, nothing is kept
    "PATCH /me",  # the page's own preferences: which columns are shown
    "HEAD /hosts/{host_id}/files/content",  # looks only, as do the next three
    "POST /hosts/{host_id}/files/checksum",
    "POST /hosts/{host_id}/files/measure",
    "POST /snippets/{snippet_id}/expand",
    "DELETE /transfers/{transfer_id}",  # the caller's own list of what goes on; what it does on a host has its entry
    "POST /transfers/clear",
    "POST /transfers/{transfer_id}/finish",  # the entry was made when the upload began
    "POST /transfers/{transfer_id}/cancel",
    "POST /transfers/{transfer_id}/pause",
    "POST /transfers/{transfer_id}/resume",
    "PUT /transfers/{transfer_id}/data",
    "POST /library/check",  # looks only, as do the next five
    "POST /onboardings/fingerprint",
    "POST /onboardings/import",
    "POST /imports/preview",
    "POST /jobs/preview",
    "POST /schedules/preview",
    "PUT /me/notify",  # the caller's own news
}

# those that change something on a host: tests/integration/<slice>/test_audited.py looks for the entry of each
OF_HOSTS = {
    "containers": {
        "DELETE /hosts/{host_id}/containers/{name}",
        "DELETE /hosts/{host_id}/images/{image}",
        "DELETE /hosts/{host_id}/pulls/{pull_id}",
        "DELETE /hosts/{host_id}/volumes/{volume}",
        "POST /containers/bulk",
        "POST /hosts/{host_id}/containers/refresh",
        "POST /hosts/{host_id}/containers/{name}/actions",
        "POST /hosts/{host_id}/images/pull",
        "POST /hosts/{host_id}/prune",
    },
    "files": {
        "DELETE /hosts/{host_id}/files/root",
        "POST /hosts/{host_id}/files/copy",
        "POST /hosts/{host_id}/files/delete",
        "POST /hosts/{host_id}/files/file",
        "POST /hosts/{host_id}/files/folder",
        "POST /hosts/{host_id}/files/link",
        "POST /hosts/{host_id}/files/mode",
        "POST /hosts/{host_id}/files/move",
        "POST /hosts/{host_id}/files/owner",
        "POST /hosts/{host_id}/files/restore",
        "POST /hosts/{host_id}/files/root",
        "POST /hosts/{host_id}/files/tree",
        "POST /hosts/{host_id}/files/uploads",
        "POST /transfers",
        "PUT /hosts/{host_id}/files/text",
    },
}
# those that a table's body does not bring to an end: by their slices' tests, which look for the entry
DRIVEN_ELSEWHERE = {
    "POST /hosts/bulk",  # tests/integration/audit, as the next ones
    "POST /hosts/{host_id}/keys/approve",
    "POST /hosts/{host_id}/retry",
    "POST /me/password",
    "POST /me/ssh-keys",
    "POST /imports",  # tests/integration/onboarding, as the next six
    "POST /onboardings/approve",
    "POST /onboardings/batch",
    "POST /onboardings",
    "POST /onboardings/{onboarding_id}/approve",
    "POST /onboardings/{onboarding_id}/cancel",
    "POST /key-rotations",
    "POST /notify/deliveries/{delivery_id}/resend",  # tests/integration/notify
    "POST /jobs",  # tests/integration/jobs/test_audited.py, as the next ones
    "POST /jobs/{job_id}/relaunch",
    "DELETE /jobs/{job_id}",
    "POST /job-templates/{template_id}/launch",
    "POST /schedules",
    *OF_HOSTS["containers"],
    *OF_HOSTS["files"],
}

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
