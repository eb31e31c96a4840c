"""The live feed: what somebody looks at, now. In memory alone; nothing here is stored.

A viewer is one browser tab. For each host it looks at it holds a short queue whose oldest frames go first, so a slow
tab never holds memory and always ends at the present.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

KEEP_S = 900.0  # a host's frames stay for 15 minutes, so that coming back shows no empty chart
QUEUE = 10  # frames that wait for one tab before the oldest goes

Series = tuple[tuple[str, str], ...]  # (metric, instance) in the order of a frame's values
Values = Sequence[float | None]
Frame = tuple[float, Values]


class Viewer:
    """One browser tab's end of the feed."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.restarted: set[int] = set()
        self.frames: dict[int, deque[Frame]] = {}

    def put(self, host_id: int, frame: Frame) -> None:
        """Queue one frame; the oldest of that host gives way."""
        self.frames[host_id].append(frame)
        self.ready.set()

    def restart(self, host_id: int) -> None:
        """The host's series changed: a new snapshot is due, and frames queued before it are void."""
        self.frames[host_id].clear()
        self.restarted.add(host_id)
        self.ready.set()

    def take(self) -> tuple[set[int], list[tuple[int, Frame]]]:
        """What waits: hosts whose snapshot is due, and frames as (host id, frame), oldest first."""
        self.ready.clear()
        restarted, self.restarted = self.restarted, set()
        frames = [(host_id, frame) for host_id, queue in self.frames.items() for frame in queue]
        for queue in self.frames.values():
            queue.clear()
        return restarted, frames


@dataclass(slots=True)
class Window:
    """The last frames of one host that somebody looks or looked at."""

    series: Series = ()
    frames: deque[Frame] = field(default_factory=deque)
    viewers: set[Viewer] = field(default_factory=set)
    left_at: float = 0.0


class LiveHub:
    """Which hosts are looked at, by whom, and their last frames."""

    def __init__(self, on_watch: Callable[[int, bool], None]) -> None:
        self._windows: dict[int, Window] = {}
        self._on_watch = on_watch

    def watched(self, host_id: int) -> bool:
        """Does somebody look at the host?"""
        window = self._windows.get(host_id)
        return window is not None and bool(window.viewers)

    def join(self, viewer: Viewer, host_id: int) -> None:
        """The viewer looks at the host from now on; the first one makes it read every second."""
        window = self._windows.setdefault(host_id, Window())
        first = not window.viewers
        window.viewers.add(viewer)
        viewer.frames[host_id] = deque(maxlen=QUEUE)
        viewer.restart(host_id)
        if first:
            self._on_watch(host_id, True)

    def leave(self, viewer: Viewer, host_id: int, now: float) -> None:
        """The viewer looks away; after the last one the host goes back to its own pace."""
        window = self._windows.get(host_id)
        viewer.frames.pop(host_id, None)
        viewer.restarted.discard(host_id)
        if window is None or viewer not in window.viewers:
            return
        window.viewers.remove(viewer)
        if not window.viewers:
            window.left_at = now
            self._on_watch(host_id, False)

    def snapshot(self, host_id: int) -> tuple[Series, list[Frame]]:
        """The series and the kept frames of a host, oldest first; empty when nobody has looked yet."""
        window = self._windows.get(host_id)
        return (window.series, list(window.frames)) if window else ((), [])

    def frame(self, host_id: int, series: Series, at: float, values: Values) -> None:
        """A reading of a watched host: keep it and queue it for its viewers. `at` in epoch seconds."""
        window = self._windows.get(host_id)
        if window is None:
            return
        changed = window.series != series
        if changed:
            window.series = series
            window.frames.clear()
        window.frames.append((at, values))
        while window.frames[0][0] < at - KEEP_S:
            window.frames.popleft()
        for viewer in window.viewers:
            if changed:
                viewer.restart(host_id)
            elif host_id not in viewer.restarted:
                viewer.put(host_id, (at, values))

    def sweep(self, now: float) -> None:
        """Let go of the hosts that nobody has looked at for 15 minutes."""
        old = [h for h, w in self._windows.items() if not w.viewers and w.left_at < now - KEEP_S]
        for host_id in old:
            del self._windows[host_id]

    def forget(self, host_id: int) -> None:
        """The host is gone."""
        window = self._windows.pop(host_id, None)
        for viewer in window.viewers if window else ():
            viewer.frames.pop(host_id, None)
            viewer.restarted.discard(host_id)
