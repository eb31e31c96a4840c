"""What runs on a host just now, read when somebody looks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from collectors import restricted
from collectors.script import Sequel
from collectors.spec import Collector, NotApplicable, ParseError
from controller.core.clock import Clock, utc_now
from controller.core.errors import Unavailable
from controller.hosts.schemas import ProcessesView, ProcessView
from controller.ssh.errors import LineError
from controller.ssh.fleet import POSIX_SHELL, Fleet

COLLECTOR = "top"
LIMIT_BYTES = 1 << 20


async def read(fleet: Fleet, collectors: Mapping[str, Collector], clock: Clock, host_id: int) -> ProcessesView:
    """The host's busiest and biggest processes. Raises Unavailable when the host cannot tell now."""
    collector = collectors[COLLECTOR]
    sequel = Sequel([collector.script], secrets.token_hex(8))
    command, given = POSIX_SHELL, sequel.written()
    if fleet.monitoring_only(host_id):
        command, given = restricted.running([collector.name]), sequel.start
    try:
        result = await fleet.exec(
            host_id,
            command,
            stdin=given,
            timeout_s=collector.timeout_s,
            limit_bytes=LIMIT_BYTES,
        )
        sequel.feed(result.stdout, 0.0)
        facts = collector.parse({"": sequel.said[0].output if sequel.said else None}).facts
    except LineError as error:
        raise Unavailable(error.sentence, code=error.code) from None
    except (ParseError, NotApplicable) as error:
        raise Unavailable(f"The host's list of processes cannot be read: {error}.", code="unreadable") from None
    by_cpu = msgspec.convert(facts["by_cpu"], list[ProcessView])
    by_memory = msgspec.convert(facts["by_memory"], list[ProcessView])
    return ProcessesView(utc_now(clock), by_cpu, by_memory)
