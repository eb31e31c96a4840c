"""A channel's bytes as SFTP packets: each is its length in four bytes, and so many bytes."""

from __future__ import annotations

from collections.abc import Callable

PACKET_MAX = 1 << 20  # of an answer; OpenSSH sends at most 256 KiB
HEAD = 4


class Wires:
    """Takes the channel's bytes apart into packets; a Receiver."""

    def __init__(self) -> None:
        self.error_text = bytearray()
        self.on_packet: Callable[[bytes], None] = lambda _: None
        self.on_closed: Callable[[Exception | None], None] = lambda _: None
        self.on_error: Callable[[], None] = lambda: None
        self._head = bytearray()
        self._parts: list[bytes] = []
        self._missing = 0

    def data(self, data: bytes) -> None:
        """Bytes of answers. Raises ValueError, which closes the channel, for what is no SFTP."""
        at, end = 0, len(data)
        while at < end:
            if not self._missing:
                take = min(HEAD - len(self._head), end - at)
                self._head += data[at : at + take]
                at += take
                if len(self._head) < HEAD:
                    return
                self._missing = int.from_bytes(self._head, "big")
                self._head.clear()
                if not 1 <= self._missing <= PACKET_MAX:
                    raise ValueError("what came is no SFTP packet")
                continue
            take = min(self._missing, end - at)
            self._parts.append(data[at : at + take] if take < end or at else data)
            self._missing -= take
            at += take
            if not self._missing:
                packet = b"".join(self._parts)
                self._parts.clear()
                self.on_packet(packet)

    def error(self, data: bytes) -> None:
        """What sudo and the server say beside the protocol; the end of it is kept."""
        self.error_text += data
        del self.error_text[:-4096]
        self.on_error()

    def closed(self, reason: Exception | None) -> None:
        """The channel is gone."""
        self.on_closed(reason)
