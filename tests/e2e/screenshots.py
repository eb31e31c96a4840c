"""`make screenshots`: every page over the demo fleet, wide and narrow, dark and light, in both languages.

usage: python -m tests.e2e.screenshots [WORD…]: only the pictures with one of these words in their names.
GROWN_S=120: seconds for which charts grow before the first one.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.e2e.browser import NARROW, WIDE, chromium, window
from tests.support import demo
from tests.support.api import Api
from tests.support.ground import raised
from tests.support.lab.faults import fault
from tests.support.sshd import free_port

SHOWN = Path(__file__).resolve().parents[2] / "docs/screenshots"
FOLDER = SHOWN / "all"
README = {"fleet-1440-light-en.png": "fleet.png", "host-overview-1440-dark-en.png": "host.png"}
HOSTS = 8
GROWN_S = float(os.environ.get("GROWN_S") or 120)  # until charts show something and a cut host counts as down
SETTLED_MS = 1500
WORDS = sys.argv[1:]
TABS = ("overview", "cpu", "network", "disks", "processes", "containers", "jobs", "collectors", "events")
SETTINGS = ("credentials", "groups", "tokens", "users", "audit", "channels", "general")


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at all pages."""

    size: tuple[int, int]
    scheme: str
    language: str

    def file(self, name: str) -> Path:
        """Where the picture of a page goes."""
        return FOLDER / f"{name}-{self.size[0]}-{self.scheme}-{self.language}.png"


def pages(host_id: int, down_id: int, jobs: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Names and addresses of what there is to see; after a space, the button that is pressed there."""
    yield "fleet", "/"
    yield "fleet-cards", "/?view=cards"
    yield "fleet-nothing", "/?q=no-such-host"
    for tab in TABS:
        yield f"host-{tab}", f"/hosts/{host_id}?tab={tab}"
    yield "containers", "/containers"
    yield "files", f"/files?host={host_id}&path=/etc"
    yield "files-edit", f"/files?host={host_id}&path=/etc&open=/etc/passwd"
    yield "run", f"/run?host=%5B{host_id}%5D&command=uptime"
    yield "run-init", f"/run?kind=init&host=%5B{host_id}%5D&steps=%5B%22hostname%22%2C%22user%22%2C%22sshd%22%5D"
    yield "jobs", "/jobs"
    for tab in ("grouped", "hosts", "log", "stats", "about"):
        yield f"job-{tab}", f"/jobs/{jobs['mixed']}?tab={tab}"
    yield "job-running", f"/jobs/{jobs['running']}?tab=log"
    yield "job-templates", "/jobs/templates"
    yield "job-template", f"/jobs/templates/{jobs['template']}"
    yield "job-template-new", "/jobs/templates/new"
    yield "job-approvals", "/jobs/approvals"
    yield "workflows", "/workflows"
    yield "workflow", f"/workflows/{jobs['workflow']}"
    yield "workflow-launch", "/workflows Launch: Release|启动: Release"
    yield "workflow-runs", "/workflow-runs"
    yield "workflow-run", f"/workflow-runs/{jobs['run']}"
    yield "schedules", "/schedules"
    yield "schedules-new", "/schedules Add schedule|添加计划"
    yield "schedules-one", f"/schedules?history={jobs['schedule']}"
    yield "schedules-month", "/schedules?tab=calendar"
    yield "schedules-week", "/schedules?tab=calendar&view=week"
    yield "schedules-jump", "/schedules?tab=calendar&at=2027-03-28&day=2027-03-28"
    yield "channel-new", "/settings/channels Add channel|添加渠道"
    yield "route-new", "/settings/channels Add route|添加规则"
    yield "confirm", "/confirm?token=x"
    yield "playbooks", "/playbooks"
    yield "playbook", "/playbooks/show?reference=library/sshd-hardening"
    yield "playbook-run", "/playbooks/show?reference=library/swap Run|运行"
    yield "playbook-edit", "/playbooks/edit"
    yield "playbook-projects", "/playbooks/projects"
    yield "onboard", "/hosts/onboard"
    yield "onboard-file", "/hosts/onboard?from=file"
    yield "keys", "/keys"
    yield "host-history", f"/hosts/{host_id}?range=1h"
    yield "host-down", f"/hosts/{down_id}"
    yield "host-new", "/hosts/new"
    yield "host-edit", f"/hosts/{host_id}/edit"
    for section in SETTINGS:
        yield f"settings-{section}", f"/settings/{section}"
    yield "terminal-nothing", "/terminal"
    yield "terminal", f"/terminal?host={host_id}"
    yield "recordings", "/recordings"
    yield "profile", "/profile"


async def main() -> None:
    """Raise the fleet, let it run a little, take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    port = free_port()
    async with AsyncExitStack() as stack:
        ground = stack.enter_context(raised(HOSTS))
        ground.open_gate(port)
        controller = await stack.enter_async_context(demo.serving(ground, port))
        api = await stack.enter_async_context(Api(f"http://127.0.0.1:{port}"))
        access = await demo.set_up(api, controller, port)
        await demo.add_fleet(api, ground.plots)
        await demo.until_up(api, HOSTS)
        ids = {host["name"]: host["id"] for host in (await api.call("GET", "/hosts"))["items"]}
        jobs = await _run_something(api)
        if ground.lab is not None:
            fault(ground.lab, "web-2", "cut")
            fault(ground.lab, "web-3", "hostkey")
        browser = await stack.enter_async_context(chromium())
        with tempfile.TemporaryDirectory() as folder:
            state = await _enter(browser, access, Path(folder) / "state.json")
            await asyncio.sleep(GROWN_S)
            wanted = list(pages(ids["web-1"], ids["web-2"], jobs))
            for look in (Look(*each) for each in product((WIDE, NARROW), ("light", "dark"), ("en", "zh-CN"))):
                await _take(browser, access["url"], state, look, wanted)


async def _run_something(api: Api) -> dict[str, int]:
    """Jobs to look at: one that came out in several ways, one that goes on, and a template that waits for approval."""
    everywhere = {"expression": "name:*"}
    mixed = (
        'echo "kernel $(uname -r)"; case $(hostname) in *-[35]) echo "disk nearly full" >&2; exit 2;; esac; echo fine'
    )
    again = "i=0; while :; do i=$((i+1)); printf '\\033[32mstep %s\\033[0m done\\n' $i; sleep 1; done"
    question = {
        "name": "package",
        "type": "choice",
        "label": "Package",
        "choices": ["nginx", "caddy"],
        "default": "nginx",
    }
    asked = [question, {"name": "reason", "type": "text", "label": "Reason", "help": "For the log.", "multiline": True}]
    template = {
        "name": "Restart the web server",
        "description": "One host after the other; stops when one does not come back.",
        "spec": {"command": "systemctl restart {{ package }} && logger {{ reason }}"},
        "targets": everywhere,
        "survey": asked,
        "needs_approval": True,
        "lock": "template",
    }
    kept = await api.call("POST", "/job-templates", template)
    answers = {"package": "caddy", "reason": "new certificate"}
    await api.call("POST", f"/job-templates/{kept['id']}/launch", {"params": answers})
    made = {"template": int(kept["id"])}
    for name, command in (("mixed", mixed), ("running", again)):
        job = await api.call("POST", "/jobs", {"spec": {"command": command}, "targets": everywhere})
        made[name] = int(job["id"])
    made |= await _chain_something(api, int(kept["id"]))
    return made | await _plan_something(api)


async def _chain_something(api: Api, restart: int) -> dict[str, int]:
    """A workflow and a run of it: done, failed, waiting for approval, and not reached."""
    nodes: list[dict[str, object]] = [{"key": "ask", "kind": "approval", "title": "Are the disks fine everywhere?"}]
    for key, command in (("check", "df -h /"), ("drain", "false"), ("report", "uptime")):
        body = {"name": key.capitalize(), "spec": {"command": command}, "targets": {"expression": "name:*"}}
        template = await api.call("POST", "/job-templates", body)
        nodes.append({"key": key, "template_id": template["id"]})
    nodes.append({"key": "restart", "template_id": restart, "params": {"reason": "new release"}})
    ways = [("check", "ask", "success"), ("check", "drain", "always"), ("drain", "restart", "success"),
            ("ask", "restart", "success"), ("drain", "report", "failure")]  # fmt: skip
    edges = [{"from": start, "to": end, "when": when} for start, end, when in ways]
    made = await api.call("POST", "/workflows", {"name": "Release", "nodes": nodes, "edges": edges})
    launched = await api.call("POST", f"/workflows/{made['id']}/launch", {})
    return {"workflow": int(made["id"]), "run": int(launched["run"]["id"])}


async def _plan_something(api: Api) -> dict[str, int]:
    """Schedules in several zones, one of which has run, and who is told of what."""
    command = {"name": "Report disk usage", "spec": {"command": "df -h"}, "targets": {"expression": "name:*"}}
    template = int((await api.call("POST", "/job-templates", command))["id"])
    night = [{"weekdays": [6, 7], "start": "22:00", "end": "06:00"}]
    rules: list[tuple[str, str, dict[str, object], dict[str, object]]] = [
        ("Nightly disk report", "Europe/Berlin", {"kind": "cron", "expression": "30 2 * * *"}, {}),
        ("Probe every half hour", "UTC", {"kind": "cron", "expression": "*/30 * * * *"}, {"windows": night}),
        ("Opening hours check", "Asia/Shanghai",
         {"kind": "calendar", "on": "workday", "times": ["09:00", "18:00"]}, {"jitter_s": 300}),
        ("Monthly clean-up", "America/New_York", {"kind": "calendar", "on": "last_workday", "times": ["23:00"]}, {}),
        ("Paused while we move", "UTC", {"kind": "interval", "every_s": 21600}, {"enabled": False}),
    ]  # fmt: skip
    made = 0
    for name, zone, rule, more in rules:
        body = {"name": name, "template_id": template, "rule": rule, "zone": zone, **more}
        schedule = int((await api.call("POST", "/schedules", body))["id"])
        made = made or schedule
    await api.call("POST", f"/schedules/{made}/run")
    options = {"host": "127.0.0.1", "port": 9, "sender": "moorline@example.org", "timeout_s": 2}
    channel = await api.call("POST", "/notify/channels", {"name": "Mail", "kind": "email", "options": options})
    news = ["host_down", "host_up", "host_needs_you", "job_failed"]
    route = {"name": "On call", "channel_id": channel["id"], "addresses": ["ops@example.org"], "news": news}
    await api.call("POST", "/notify/routes", {**route, "all_hosts": True, "wait_s": 5})
    return {"schedule": made}


async def _enter(browser: Browser, access: dict[str, str], state: Path) -> str:
    """Log in by hand, with a picture of the door; a file with the session."""
    async with window(browser, access["url"]) as (page, _):
        await page.goto("/login")
        await page.get_by_label("User name").fill(access["username"])
        await _shoot(page, FOLDER / "login-1440-light-en.png")
        await page.locator("input[type=password]").fill(access["password"])
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_role("link", name="web-1").first.wait_for()
        await page.context.storage_state(path=state)
    return str(state)


async def _take(browser: Browser, url: str, state: str, look: Look, wanted: list[tuple[str, str]]) -> None:
    async with window(browser, url, size=look.size, language=look.language, scheme=look.scheme, state=state) as (
        page,
        complaints,
    ):
        for name, path in wanted:
            file = look.file(name)
            if not WORDS or any(word in file.name for word in WORDS):
                where, _, button = path.partition(" ")
                await page.goto(where)
                if button:
                    await page.get_by_role("button", name=re.compile(f"^({button})$")).first.click()
                await _shoot(page, file)
        for complaint in complaints:
            sys.stderr.write(f"{look}: {complaint}\n")


async def _shoot(page: Page, path: Path) -> None:
    await page.wait_for_timeout(SETTLED_MS)
    await page.screenshot(path=path)
    if path.name in README:
        shutil.copy(path, SHOWN / README[path.name])
    sys.stdout.write(f"{path.relative_to(SHOWN)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
