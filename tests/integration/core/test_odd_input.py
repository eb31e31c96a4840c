"""Whatever is sent to whichever field, the answer says what is wrong with it: never 500, and nothing is left broken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.rights.table import CHANNEL, NOTICES, PUBLIC, ROUTES, SCHEDULE, WORKFLOW
from tests.support.front import PASSWORD, Browser, Front

pytestmark = pytest.mark.timeout(600)  # each field of each route in each odd way
DOCUMENT = json.loads((Path(__file__).resolve().parents[3] / "ui/openapi.json").read_text())
ODD: dict[str, bytes] = {
    "nothing": b"null",
    "truth": b"true",
    "an empty text": b'""',
    "a null character": b'"a\\u0000b"',
    "a lone surrogate": b'"\\ud800"',
    "directions": b'"a\\u202eb\\u0007"',
    "a long text": b'"' + b"x" * 70_000 + b'"',
    "a number below": b"-1",
    "beyond 64 bits": b"18446744073709551616",
    "a huge number": b"9" * 5000,
    "a large fraction": b"1e308",
    "an endless number": b"1e999",
    "an object": b'{"a": 1}',
    "a list of odd things": b'[null, -1, 9223372036854775808, "\\u0000", {}]',
    "numbers beyond 64 bits": b"[99999999999999999999]",
    "odd texts": b'["\\u0000", "\\ud800", ""]',
}
QUERY = [
    "", "\0", "%", "'\"", "-1", str(2**63), str(2**70), "9" * 5000, "nan", "inf", "1e400", "2026-01-01", "\ud800", "\\",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x" * 5000,
]  # fmt: skip
LEFT_OUT = {"POST /logout", "POST /me/password"}  # would end the caller


def whole(operation: str) -> dict[str, Any]:
    """A body that is right, with every field that the document knows."""
    known = {
        "POST /setup": {"token": "t", "username": "u", "password": PASSWORD},
        "POST /login": {"username": "u", "password": PASSWORD},
        "POST /register": {"username": "u", "password": PASSWORD},
        "POST /invitations/preview": {"token": "t"},
        "POST /notify/confirm": {"token": "t"},
        "POST /invitations/accept": {"token": "t", "username": "u", "password": PASSWORD},
    }
    return dict(known.get(operation) or ROUTES[operation].body or {})


def fields(operation: str) -> list[str]:
    """The fields of the operation's body, from the document."""
    method, path = operation.split()
    content = DOCUMENT["paths"][f"/api/v1{path}"][method.lower()].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", {}))


def bodies(operation: str) -> Iterator[bytes]:
    """The right body with one field made odd, in each way for each field."""
    right = whole(operation)
    for name in fields(operation):
        for odd in ODD.values():
            yield json.dumps({**right, name: "ODD"}).encode().replace(b'"ODD"', odd, 1)


async def made(admin: Browser) -> dict[str, int | str]:
    """One object of each kind, for the paths."""
    host = {"address": "127.0.0.1", "username": "root", "enabled": False, "name": "odd"}
    secret = {"name": "odd", "kind": "password", "password": "open sesame 42"}
    invitation = await admin.post("/invitations", json={"role": "viewer"})
    channel = (await admin.post("/notify/channels", json={**CHANNEL, "name": "odd"})).json()["id"]
    notices = await admin.post("/notify/routes", json={**NOTICES, "channel_id": channel})
    host_id = (await admin.post("/hosts", json=host)).json()["id"]
    up = (await admin.post("/hosts", json=host | {"name": "odd-2", "enabled": True})).json()["id"]
    job = {"spec": {"command": "true"}, "targets": {"host_ids": [up]}, "needs_approval": True}
    template = {"name": "odd", "spec": {"command": "true"}}
    tree = {"kind": "tree", "host_id": host_id, "path": "/tmp"}
    template_id = (await admin.post("/job-templates", json=template)).json()["id"]
    schedule = await admin.post("/schedules", json={**SCHEDULE, "template_id": template_id})
    workflow = (await admin.post("/workflows", json=WORKFLOW)).json()["id"]
    run = (await admin.post(f"/workflows/{workflow}/launch", json={})).json()
    playbook = {"name": "odd", "text": "- hosts: all"}
    project = {"name": "odd", "url": "file:///nowhere"}
    onboarding = {"address": "127.0.0.1", "port": 9, "password": "open sesame 42"}  # nothing listens there
    return {
        "host": host_id,
        "playbook": (await admin.post("/library/own", json=playbook)).json()["id"],
        "project": (await admin.post("/library/projects", json=project)).json()["id"],
        "onboarding": (await admin.post("/onboardings", json=onboarding)).json()["id"],
        "schedule": schedule.json()["id"],
        "workflow": workflow,
        "run": run["run"]["id"],
        "approval": run["nodes"][0]["id"],
        "job": (await admin.post("/jobs", json=job)).json()["id"],
        "template": template_id,
        "file": 1,
        "transfer": (await admin.post("/transfers", json=tree)).json()["id"],
        "group": (await admin.post("/groups", json={"name": "odd"})).json()["id"],
        "credential": (await admin.post("/credentials", json=secret)).json()["id"],
        "invitation": invitation.json()["id"],
        "snippet": (await admin.post("/snippets", json={"name": "odd", "text": "echo {{odd}}"})).json()["id"],
        "channel": channel,
        "route": notices.json()["id"],
        "terminal": "none",  # they take a host that is up
    }


WRITING = [name for name in [*ROUTES, *PUBLIC] if name not in LEFT_OUT and fields(name)]


async def test_an_odd_field_is_said_to_be_wrong_and_breaks_nothing(front: Front) -> None:
    admin, stranger = await front.admin(), await front.browser()
    user = await front.user("visitor", role="operator")
    objects = {**await made(admin), "user": (await user.get("/me")).json()["id"]}
    wrong = []
    for operation in WRITING:
        method, path = operation.split()
        path = re.sub(r"\{(\w+)_id\}", lambda found: str(objects[found[1]]), path)
        browser = stranger if operation in PUBLIC else admin
        for body in bodies(operation):
            if operation == "POST /login":
                await front.do("delete from login_failure")
            answer = await browser.request(method, path, content=body)
            away = answer.status_code == 503 and answer.json()["code"] == "no_credential"  # the host of this test
            if (answer.status_code >= 500 and not away) or (answer.is_error and not answer.json()["detail"]):
                wrong.append(f"{operation} {body[:150]!r}: {answer.text[:200]}")
        for after in (
            "/me",
            "/users",
            "/hosts",
            "/tokens",
            "/groups",
            "/credentials",
            "/invitations",
            "/settings",
            "/audit",
        ):
            answer = await admin.get(after)
            if not answer.is_success:
                wrong.append(f"after {operation}: GET {after}: {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert len(WRITING) > 15


async def test_an_odd_query_or_path_is_said_to_be_wrong(front: Front) -> None:
    admin = await front.admin()
    objects = await made(admin)
    wrong = []
    for path, item in DOCUMENT["paths"].items():
        place = re.sub(r"\{(\w+)_id\}", lambda found: str(objects.get(found[1], 1)), path)
        for parameter in item.get("get", {}).get("parameters", []):
            for odd in QUERY if parameter["in"] == "query" else []:
                text = quote(odd, errors="surrogatepass")
                answer = await admin.get(f"http://moorline.test{place}?{parameter['name']}={text}")
                if answer.status_code >= 500:
                    wrong.append(f"GET {place}?{parameter['name']}={text[:60]}: {answer.text[:150]}")
        if "{" in path:
            for odd in ("0", "-1", str(2**63), f"-{2**70}", "9" * 5000, "1_0", "%00", "%20"):
                for method in item:
                    address = re.sub(r"\{\w+\}", odd, path)
                    answer = await admin.request(method, f"http://moorline.test{address}", json={})
                    if answer.status_code >= 500 or answer.is_success:
                        wrong.append(f"{method} {address[:80]}: {answer.status_code} {answer.text[:150]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "preferences",
    [
        b'{"a": 1e30}', b'{"a": 18446744073709551615}', b'{"a": 18446744073709551616}', b'{"a": -9223372036854775809}',
        b'{"a": "\\u0000"}', b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", b'{"a": "' + b"x" * 900_000 + b'"}',
        b'{"\\u0000": 1}', b'{"a": 1e308}', b'{"a": -0.0}',
    ],
    ids=lambda text: repr(text[:30]),
)  # fmt: skip
async def test_no_preference_locks_its_user_out(front: Front, preferences: bytes) -> None:
    admin = await front.admin()
    answer = await admin.request("PATCH", "/me", content=b'{"preferences": ' + preferences + b"}")
    assert answer.status_code in {200, 400}, answer.text
    after = await admin.get("/me")
    assert after.status_code == 200, after.text
    assert (await admin.patch("/me", json={"preferences": {}})).status_code == 200
