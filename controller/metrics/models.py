"""Tables of the metrics: frames, their layouts, and the rollups made of them.

Frames and rollups are partitioned by time (`partitions.py`), so that retention drops tables instead of deleting rows.
The key is the guard against doubled frames as well as the way to one host's range; it begins with the host because
charts do. A frame's key leaves the layout out: PostgreSQL fills an index's pages when rows of several hosts come in
the order of time only if the key is at most 16 bytes wide (measured: 33 bytes a row with 16, 72 with 24). Frames of
two cadence groups at one tick therefore differ by a microsecond (`frames.py`). Over time alone (the rollups' way) a
BRIN index serves at next to no size.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, REAL, BigInteger, Date, Index, Integer, SmallInteger, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from controller.core.db import Base


class LayoutRow(Base):
    """What the positions of a frame's values mean: [[metric, instance], …]. `used_on`: the last day it was written."""

    __tablename__ = "layout"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    series: Mapped[list[list[str]]] = mapped_column(JSONB)
    used_on: Mapped[date] = mapped_column(Date)


class Point:
    """What a frame and a rollup share: of what (host and entity), and when."""

    host_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entity_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ts: Mapped[datetime] = mapped_column(primary_key=True)


class Rollup(Point):
    """Frames of a span of time, taken together: how many, their averages and maxima by position."""

    layout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(SmallInteger)
    avg: Mapped[list[float | None]] = mapped_column(ARRAY(REAL))
    max: Mapped[list[float | None]] = mapped_column(ARRAY(REAL))


BY_TIME = {"postgresql_partition_by": "RANGE (ts)"}


class Frame(Point, Base):
    """One reading of one cadence group, as values in the order of its layout."""

    __tablename__ = "frame"
    __table_args__ = (Index("ix_frame_ts", "ts", postgresql_using="brin"), BY_TIME)

    layout_id: Mapped[int] = mapped_column(BigInteger)
    values: Mapped[list[float | None]] = mapped_column(ARRAY(REAL))


class RollupMinute(Rollup, Base):
    """Frames of one minute."""

    __tablename__ = "rollup_1m"
    __table_args__ = (Index("ix_rollup_1m_ts", "ts", postgresql_using="brin"), BY_TIME)


class RollupTenMinutes(Rollup, Base):
    """Frames of ten minutes."""

    __tablename__ = "rollup_10m"
    __table_args__ = (Index("ix_rollup_10m_ts", "ts", postgresql_using="brin"), BY_TIME)


class RollupHour(Rollup, Base):
    """Frames of one hour."""

    __tablename__ = "rollup_1h"
    __table_args__ = (BY_TIME,)


class RollupMark(Base):
    """How far each level is rolled up: everything before `done_to` is in the level's table."""

    __tablename__ = "rollup_mark"

    level: Mapped[str] = mapped_column(String(8), primary_key=True)
    done_to: Mapped[datetime]
