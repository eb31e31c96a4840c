"""The last of what a session has shown, by byte offset since its beginning, ready to be shown again."""

from __future__ import annotations

from controller.terminal import vt

LIMIT = 1 << 20
SLACK = 1 << 17  # cut off in pieces of this size
STUCK = 1 << 18  # a sequence that goes on for longer than this beyond the limit is given up


class Scrollback:
    """Holds `start` to `end`. What is cut off is remembered by the modes that it left the terminal in."""

    __slots__ = ("_data", "_modes", "start")

    def __init__(self) -> None:
        self.start = 0
        self._data = bytearray()
        self._modes = vt.Modes()  # at `start`

    @property
    def end(self) -> int:
        """How much has been shown so far."""
        return self.start + len(self._data)

    def append(self, data: bytes) -> None:
        """What the host has sent."""
        self._data += data
        if len(self._data) > LIMIT + SLACK:
            self._trim()

    def read(self, offset: int, most: int) -> bytes:
        """Up to `most` bytes from an offset between `start` and `end`."""
        at = offset - self.start
        return bytes(self._data[at : at + most])

    def restore(self) -> bytes:
        """What a terminal is told after a reset, before it is shown the bytes from `start`."""
        return self._modes.restore()

    def now(self) -> vt.Modes:
        """The modes at `end`."""
        modes = self._modes.copy()
        modes.feed(self._data[: vt.safe_cut(self._data, len(self._data))])
        return modes

    def last_line(self) -> str:
        """The last line that says something, for lists."""
        return vt.last_line(bytes(self._data[-4096:]))

    def _trim(self) -> None:
        over = len(self._data) - LIMIT
        cut = vt.safe_cut(self._data, over)
        if cut == 0:
            if over < SLACK + STUCK:
                return
            ending = vt.END_OF_STRING.search(self._data, 1)  # cut behind the endless sequence instead
            cut = ending.end() if ending is not None else len(self._data)
        else:
            self._modes.feed(self._data[:cut])
        del self._data[:cut]
        self.start += cut
