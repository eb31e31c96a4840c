"""Templates that come with Moorline, made once; and the end of old runs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import utc_now
from controller.core.db import Database
from controller.jobs import queries
from controller.jobs.launching import Office
from controller.jobs.models import JobSeed, JobTemplate
from controller.jobs.schemas import NewTemplate
from controller.jobs.survey import Question
from controller.users import preferences

log = structlog.get_logger()
SWEEP_S = 3600.0

PENDING_UPDATES = """\
if command -v apt-get >/dev/null 2>&1; then
  apt-get -s -o Debug::NoLocking=1 upgrade | sed -n 's/^Inst //p'
elif command -v dnf >/dev/null 2>&1; then
  dnf -q check-update; s=$?; [ "$s" = 100 ] || exit "$s"
elif command -v apk >/dev/null 2>&1; then
  apk version -l '<'
elif command -v checkupdates >/dev/null 2>&1; then
  checkupdates || [ $? = 2 ]
elif command -v pacman >/dev/null 2>&1; then
  pacman -Qu || true
else
  echo "no package manager that is known here" >&2; exit 1
fi
"""
REBOOT = """\
if [ -e /var/run/reboot-required ]; then
  echo "reboot required"; cat /var/run/reboot-required.pkgs 2>/dev/null; exit 0
fi
if command -v needs-restarting >/dev/null 2>&1; then
  needs-restarting -r >/dev/null 2>&1 || { echo "reboot required"; exit 0; }
elif [ -d /lib/modules ] && [ ! -d "/lib/modules/$(uname -r)" ] && [ -n "$(ls /lib/modules)" ]; then
  echo "reboot required: the modules of the running kernel are gone"; exit 0
fi
echo "no reboot required"
"""
SKEW = """\
echo "utc $(date -u +%Y-%m-%dT%H:%M:%SZ)"
if command -v timedatectl >/dev/null 2>&1; then
  timedatectl show 2>/dev/null | grep -E '^(Timezone|NTP|NTPSynchronized)=' || true
fi
if command -v chronyc >/dev/null 2>&1; then chronyc tracking 2>/dev/null | grep -E 'System time|Leap' || true; fi
"""
LISTENING = "ss -H -ltnu 2>/dev/null || netstat -ltnu"
SEEDS: dict[str, tuple[str, str, str, dict[str, Any], list[Question]]] = {
    "ping": (
        "Ping a name",
        "Five echo requests from each host to a name or an address.",
        "command",
        {"command": "ping -c 5 -w 15 -- {{ target }}"},
        [Question("target", label="Name or address", pattern=r"[A-Za-z0-9_.:\-]{1,253}")],
    ),
    "disk": (
        "Disk usage",
        "File systems with their use, and those that are almost full by exit status 1.",
        "command",
        {
            "command": "df -hP -x tmpfs -x devtmpfs 2>/dev/null || df -hP\n"
            "df -P | awk 'NR > 1 && $5 + 0 >= {{ percent }} { bad = 1 } END { exit bad }'"
        },
        [Question("percent", "number", label="Almost full from (%)", default=90, least=1, most=100, whole=True)],
    ),
    "updates": ("Pending updates", "What the package manager would update.", "script", {"script": PENDING_UPDATES}, []),
    "listening": ("Listening ports", "Sockets that listen, without names.", "command", {"command": LISTENING}, []),
    "reboot": ("Reboot required?", "Whether an update waits for a reboot.", "script", {"script": REBOOT}, []),
    "time": ("Time and its source", "The clock, and what keeps it right.", "script", {"script": SKEW}, []),
}


async def seed(session: AsyncSession, office: Office) -> None:
    """Make those that were never made; one that was deleted stays so."""
    made = set(await session.scalars(select(JobSeed.name)))
    now = utc_now(office.clock)
    for name, (title, description, kind, spec, survey) in SEEDS.items():
        if name in made:
            continue
        new = NewTemplate(name=title, description=description, kind=kind, spec=spec, survey=survey)
        plain: dict[str, Any] = msgspec.to_builtins(new)
        session.add(JobTemplate(**plain, owner_id=None, seed=name, created_at=now, updated_at=now))
        session.add(JobSeed(name=name, made_at=now))


async def keep(database: Database, office: Office) -> None:
    """Keep to retention, until cancelled."""
    while True:
        try:
            async with database.session() as session:
                terms = (await preferences.read(session)).jobs
                before = utc_now(office.clock) - timedelta(days=terms.days)
                gone = await queries.drop_old(session, before, terms.count)
            if gone:
                log.info("jobs.history_dropped", jobs=gone)
        except (SQLAlchemyError, OSError) as error:
            log.warning("jobs.retention_failed", error=str(error)[:300])
        await asyncio.sleep(SWEEP_S)
