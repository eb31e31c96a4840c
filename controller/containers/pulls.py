"""Images on their way to hosts: each pull goes on without whoever asked for it, and says how far it is."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from dataclasses import dataclass, field

import structlog

from controller.containers.deeds import Desk, engine_of, host, write
from controller.containers.engine import Engine, Progress
from controller.containers.errors import EngineRefused
from controller.containers.reading import table, text, whole
from controller.containers.schemas import LayerView, PullView
from controller.core.clock import Clock, as_datetime
from controller.core.errors import AppError, NotFound, TooMany
from controller.hosts.act import Act
from controller.users.rights import Action

log = structlog.get_logger()

AT_ONCE = 4  # of one host
KEPT = 20  # of one host, those that have ended included
LAYERS = 200
LONGEST_S = 6 * 3600.0


@dataclass(slots=True)
class Pull:
    """One image on its way."""

    id: str
    engine: str
    reference: str
    by: str
    started_at: float
    state: str = "running"
    status: str = ""
    error: str = ""
    ended_at: float | None = None
    layers: dict[str, LayerView] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    def heard(self, progress: Progress) -> None:
        """A word of the engine's. Raises EngineRefused for its error."""
        if error := text(progress.get("error")):
            raise EngineRefused(error)
        identity, status = text(progress.get("id"))[:80], text(progress.get("status") or progress.get("stream"))[:300]
        detail = table(progress.get("progressDetail"))
        known = self.layers.get(identity)
        if identity and detail and (known is not None or len(self.layers) < LAYERS):
            total = whole(detail.get("total")) or (known.total if known is not None else None)
            self.layers[identity] = LayerView(identity, status, whole(detail.get("current")), total)
        elif known is not None:
            done = known.total if status in {"Pull complete", "Download complete", "Already exists"} else None
            self.layers[identity] = LayerView(identity, status, done or known.current, known.total)
        else:
            self.status = f"{identity}: {status}" if identity else status

    def view(self) -> PullView:
        """For the outside."""
        totals = [layer.total for layer in self.layers.values() if layer.total is not None]
        return PullView(
            id=self.id,
            engine=self.engine,
            reference=self.reference,
            state=self.state,
            current_bytes=sum(layer.current for layer in self.layers.values()),
            total_bytes=sum(totals) if totals else None,
            status=self.status,
            layers=list(self.layers.values()),
            error=self.error,
            started_at=as_datetime(self.started_at),
            ended_at=None if self.ended_at is None else as_datetime(self.ended_at),
            by=self.by,
        )


class Pulls:
    """All pulls that run or ran of late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: dict[int, dict[str, Pull]] = defaultdict(dict)

    async def start(self, desk: Desk, act: Act, host_id: int, reference: str, key: str | None) -> PullView:
        """Begin one. Raises NotFound, Forbidden, EngineAway, TooMany."""
        row = await host(desk, act.principal, host_id, Action.HOSTS_OPERATE)
        key, engine = engine_of(desk, host_id, key)
        mine = self._of[host_id]
        if sum(pull.state == "running" for pull in mine.values()) >= AT_ONCE:
            raise TooMany(f"{AT_ONCE} images are on their way to this host already.", retry_after_s=30)
        async with desk.database.session() as session:
            await write(session, act, row, "image.pull", image=reference, engine=key)
        pull = Pull(secrets.token_hex(6), key, reference, act.actor.name, self._clock.now())
        mine[pull.id] = pull
        for old in [i for i, one in mine.items() if one.state != "running"][: max(0, len(mine) - KEPT)]:
            del mine[old]
        pull.task = asyncio.create_task(self._run(pull, engine), name=f"pull of {host_id}")
        return pull.view()

    def listing(self, host_id: int) -> list[PullView]:
        """A host's, newest first."""
        return [pull.view() for pull in reversed(self._of.get(host_id, {}).values())]

    async def cancel(self, desk: Desk, act: Act, host_id: int, identity: str) -> None:
        """End one. Raises NotFound, Forbidden."""
        row = await host(desk, act.principal, host_id, Action.HOSTS_OPERATE)
        pull = self._of.get(host_id, {}).get(identity)
        if pull is None:
            raise NotFound("There is no such pull; it may have ended long ago.", code="no_such_pull")
        if pull.task is not None and pull.state == "running":
            async with desk.database.session() as session:
                await write(session, act, row, "image.pull_cancel", image=pull.reference, engine=pull.engine)
            pull.task.cancel()

    def forget(self, host_id: int) -> None:
        """The host is gone."""
        for pull in self._of.pop(host_id, {}).values():
            if pull.task is not None:
                pull.task.cancel()

    async def close(self) -> None:
        """End all."""
        tasks = [pull.task for mine in self._of.values() for pull in mine.values() if pull.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, pull: Pull, engine: Engine) -> None:
        try:
            async with asyncio.timeout(LONGEST_S), engine.pull(pull.reference) as words:
                async for word in words:
                    pull.heard(word)
            pull.state = "done"
        except asyncio.CancelledError:
            pull.state = "cancelled"
            raise
        except AppError as error:
            pull.state, pull.error = "failed", error.detail
        except TimeoutError:
            pull.state, pull.error = "failed", "The pull took longer than six hours and was ended."
        except Exception:  # the edge of one pull
            log.exception("containers.pull_failed", image=pull.reference)
            pull.state, pull.error = "failed", "Moorline could not follow the pull; its log has the details."
        finally:
            pull.ended_at = self._clock.now()
