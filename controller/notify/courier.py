"""Delivers what is due. A message is locked while it is sent: a controller that is killed lets go of it at once.

Written down as sent in the same transaction; what was not is sent again, under the same name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.secrets import Vault, VaultError
from controller.notify import letters, queries, settle
from controller.notify.models import Address, Channel, Delivery, DeliveryNotice, Notice, Route
from controller.notify.plug import ChannelError, Kind, Message, Outcome, Refusal
from controller.notify.sealing import Sealer
from controller.notify.spread import spread
from controller.users import accounts

log = structlog.get_logger()
STEP_S = 1.0
AT_ONCE = 3  # channels that are spoken with side by side; each holds a connection to the database meanwhile
KEPT = timedelta(days=30)
SWEEP_S = 3600.0


class Courier:
    """One a controller: run it as a task until it is cancelled."""

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, kinds: Mapping[str, Kind], base_url: str
    ) -> None:
        self.kinds = kinds
        self.base_url = base_url
        self.sealer = Sealer(vault)
        self._database = database
        self._clock = clock
        self._failing = False
        self._busy: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Spread and send every second. A database that is away is waited for; nothing is lost meanwhile."""
        swept = self._clock.monotonic() - SWEEP_S
        try:
            while True:
                try:
                    await self.step()
                    if self._clock.monotonic() - swept >= SWEEP_S:
                        swept = self._clock.monotonic()
                        await self._sweep()
                    self._failing = False
                except (SQLAlchemyError, OSError) as error:
                    self._warn(error)
                await asyncio.sleep(STEP_S)
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop sending. What was under way is sent again by the next controller."""
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def step(self) -> None:
        """Give news to routes, and begin to send what is due by each channel that is free."""
        while True:
            async with self._database.session() as session:
                if not await spread(session, self.kinds, self.sealer, utc_now(self._clock)):
                    break
        async with self._database.session() as session:
            due = await queries.due_channels(session, utc_now(self._clock))
        for channel_id in due:
            if channel_id not in self._busy and len(self._busy) < AT_ONCE:
                task = asyncio.create_task(self._serve(channel_id), name=f"channel {channel_id}")
                self._busy[channel_id] = task

    async def idle(self) -> None:
        """Wait until nothing is being sent."""
        while self._busy:
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _serve(self, channel_id: int) -> None:
        try:
            while await self._send_one(channel_id):
                pass
        except (SQLAlchemyError, OSError) as error:
            self._warn(error)
        finally:
            self._busy.pop(channel_id, None)

    async def _send_one(self, channel_id: int) -> bool:
        async with self._database.session() as session:
            row = await queries.lock_due(session, channel_id, utc_now(self._clock))
            if row is None:
                return False
            channel = await session.get(Channel, channel_id)
            kind = self.kinds.get(channel.kind) if channel is not None else None
            if channel is None or kind is None or await self._unwanted(session, row):
                settle.end(row, "dropped", utc_now(self._clock), "The route, its user or the kind of channel is gone.")
                return True
            row.attempts += 1
            outcome = await self._attempt(session, row, channel, kind)
            await settle.note(session, row, outcome, utc_now(self._clock))
            if row.state != "sent":
                log.warning("notify.not_delivered", channel_id=channel_id, delivery_id=row.id, state=row.state)
            return True

    async def _attempt(self, session: AsyncSession, row: Delivery, channel: Channel, kind: Kind) -> Outcome:
        """Send once; refusals of everybody are one refusal of each."""
        everybody = row.addresses or [""]
        try:
            settings = self.sealer.open(channel, kind)
            items = await queries.items(session, row)
            if not items:
                return Outcome({one: Refusal("All that it told of is gone.", lasting=True) for one in everybody})
            letter = letters.write(items, language=row.language, zone=row.zone, base_url=self.base_url)
            row.subject = letter.subject[:300]
            message = Message(letter.subject, letter.text, letter.html, row.token, utc_now(self._clock))
            return await kind.send(settings, message, row.addresses)
        except ChannelError as error:
            return Outcome({one: Refusal(error.words, lasting=error.lasting) for one in everybody})
        except VaultError as error:
            return Outcome({one: Refusal(str(error), lasting=False) for one in everybody})
        except msgspec.ValidationError as error:
            words = f"The channel's settings are not valid any more: {error}. Save it anew."
            return Outcome({one: Refusal(words, lasting=False) for one in everybody})

    async def _unwanted(self, session: AsyncSession, row: Delivery) -> bool:
        route = await session.get(Route, row.route_id) if row.route_id is not None else None
        if route is None or not route.enabled:
            return True
        return route.user_id is not None and not await accounts.principals(session, {route.user_id})

    async def _sweep(self) -> None:
        """Forget what was told long ago."""
        before = utc_now(self._clock) - KEPT
        async with self._database.session() as session:
            await session.execute(delete(Delivery).where(Delivery.ended_at < before, Delivery.state != "pending"))
            void = Address.confirmed_at.is_(None), Address.asked_at < before
            await session.execute(delete(Address).where(*void))
            told = select(DeliveryNotice.notice_id)
            old = (Notice.spread_at < before, Notice.id.not_in(told))
            await session.execute(delete(Notice).where(*old))

    def _warn(self, error: Exception) -> None:
        if not self._failing:
            log.warning("notify.database_away", error=str(error)[:200])
        self._failing = True
