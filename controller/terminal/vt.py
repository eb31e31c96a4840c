"""What a stream of terminal output means for somebody who sees only its end. Pure; the stream is hostile.

Escape sequences after ECMA-48 and xterm's "Control Sequences": CSI … final, strings (OSC, DCS, SOS, PM, APC) up to BEL,
ST, CAN or SUB, and ESC intermediates final.
"""

from __future__ import annotations

import re

SEQUENCE = re.compile(
    rb"\x1b(?:\[[\x00-\x17\x19\x1c-\x3f]*[\x40-\x7e\x18\x1a]"
    rb"|[\]PX^_][^\x07\x18\x1a\x1b]*(?:[\x07\x18\x1a]|\x1b\\?)"
    rb"|[\x20-\x2f]+[\x30-\x7e]|[\x30-\x4f\x51-\x57\x59\x5a\x5c\x60-\x7e])"
)
UNFINISHED = re.compile(rb"\x1b(?:[\x20-\x2f]*|\[[\x00-\x17\x19\x1c-\x3f]*|[\]PX^_][^\x07\x18\x1a\x1b]*)\Z")
UNFINISHED_STRING = re.compile(rb"\x1b[\]PX^_][^\x07\x18\x1a\x1b]*\Z")
END_OF_STRING = re.compile(rb"[\x07\x18\x1a\x1b]")
TITLE = re.compile(rb"\x1b\][02];([^\x07\x18\x1a\x1b]{0,4096})[\x07\x1b]")
TOLD = re.compile(  # what outlives the moment at which it was sent
    rb"\x1b(?:\[\?(?P<private>[\d;]{1,64})(?P<switch>[hl])"
    rb"|\[(?P<ansi>[\d;]{1,16})(?P<ansi_switch>[hl])"
    rb"|\[(?P<region>\d{0,5};?\d{0,5})r"
    rb"|\[(?P<cursor>\d{0,3}) q"
    rb"|(?P<charset>[()][0AB])"
    rb"|(?P<keypad>[=>])"
    rb"|(?P<soft>\[!p)"
    rb"|(?P<reset>c))"
)
COLOURS = re.compile(rb"\x1b\[([\d;:]{0,64})m")
SHIFT = re.compile(rb"[\x0e\x0f]")
# Modes that a page restores: cursor keys, reverse video, origin, wrap, mouse, cursor, alternate screen, focus, paste
KEPT = frozenset(
    {1, 5, 6, 7, 9, 25, 45, 47, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1047, 1049, 2004}
)
SCREENS = frozenset({47, 1047, 1049})
ON_AT_FIRST = frozenset({7, 25})
SOFT = frozenset({1, 6, 7, 25, 45, 66})  # what DECSTR puts back
COLOURS_KEPT = 16
LONGEST_TITLE = 200


def safe_cut(data: bytes | bytearray, at: int) -> int:
    """The last place up to `at` where the stream can be cut: in no escape sequence and no UTF-8 character.

    `data` starts at such a place. 0 when a sequence that began at 0 is still going on at `at`.
    """
    start = data.rfind(b"\x1b", 0, at)
    if start >= 0 and UNFINISHED.match(data, start, at):
        before = data.rfind(b"\x1b", 0, start)  # this ESC may be what ends a string that began earlier
        return before if before >= 0 and UNFINISHED_STRING.match(data, before, start) else start
    for back in range(1, min(4, at) + 1):
        byte = data[at - back]
        if byte < 0x80:
            break
        if byte >= 0xC0:  # a first byte: how many follow?
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return at - back if back < length else at
    return at


def clean(text: str, longest: int = LONGEST_TITLE) -> str:
    """A host's words for a place where only words belong: no control, direction or invisible characters."""
    return "".join(one for one in text if one.isprintable()).strip()[:longest]


def last_line(tail: bytes) -> str:
    """The last line with something on it, without escape sequences, cleaned."""
    plain = SEQUENCE.sub(b"", tail).replace(b"\x1b", b"").decode("utf-8", "replace")
    for line in reversed(re.split(r"[\r\n]+", plain)):
        if found := clean(line.rpartition("\b")[2] if "\b" in line else line):
            return found
    return ""


class Modes:
    """The terminal's modes after everything it was fed. `restore` makes a fresh terminal the same."""

    __slots__ = ("_ansi", "_charset", "_colours", "_cursor", "_keypad", "_private", "_region", "_shifted", "title")

    def __init__(self) -> None:
        self.title = ""
        self._clear()

    def _clear(self) -> None:
        self._private: dict[int, bool] = {}
        self._ansi: set[bytes] = set()
        self._region = self._cursor = b""
        self._charset: dict[bytes, bytes] = {}
        self._keypad = False
        self._shifted = False
        self._colours: list[bytes] = []

    def copy(self) -> Modes:
        """A second one that goes its own way."""
        made = Modes()
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(made, name, value.copy() if isinstance(value, dict | set | list) else value)
        return made

    @property
    def full_screen(self) -> bool:
        """Is the alternate screen shown?"""
        return any(self._private.get(mode, False) for mode in SCREENS)

    def feed(self, data: bytes | bytearray) -> None:
        """Go on by this much, which begins and ends outside of sequences."""
        if b"\x1b" in data:
            since = 0
            for told in TOLD.finditer(data):
                self._take(told)
                since = told.end() if told.lastgroup in {"soft", "reset"} else since
            self._take_colours(data, since)
            for title in TITLE.finditer(data):
                self.title = clean(title[1].decode("utf-8", "replace"))
        if self._charset and (shifts := SHIFT.findall(data)):
            self._shifted = shifts[-1] == b"\x0e"

    def _take(self, told: re.Match[bytes]) -> None:
        kind, value = told.lastgroup, told[told.lastgroup or 0]
        if kind == "switch":
            self._switch(told["private"], value == b"h")
        elif kind == "ansi_switch":
            for mode in {b"4", b"20"} & set(told["ansi"].split(b";")):
                (self._ansi.add if value == b"h" else self._ansi.discard)(mode)
        elif kind == "region":
            self._region = value
        elif kind == "cursor":
            self._cursor = value
        elif kind == "charset":
            self._charset[value[:1]] = value[1:]
        elif kind == "keypad":
            self._keypad = value == b"="
        elif kind == "soft":
            self._private = {mode: on for mode, on in self._private.items() if mode not in SOFT}
            self._ansi, self._region, self._keypad, self._charset, self._colours = set(), b"", False, {}, []
        else:
            self._clear()

    def _switch(self, modes: bytes, on: bool) -> None:
        for mode in modes.split(b";"):
            if mode and int(mode) in KEPT:
                self._private.pop(int(mode), None)  # the last of the mouse's protocols counts
                self._private[int(mode)] = on

    def _take_colours(self, data: bytes | bytearray, since: int) -> None:
        found: list[bytes] = COLOURS.findall(data, since)
        fresh: list[bytes] = []
        for colour in reversed(found):
            fresh.append(colour)
            if colour.lstrip(b"0")[:1] in {b"", b";"}:  # begins with a reset
                self._colours = []
                break
        self._colours = [*self._colours, *reversed(fresh)][-COLOURS_KEPT:]

    def restore(self) -> bytes:
        """What brings a terminal that was just reset here: the colours, modes and title, not what it shows."""
        private = sorted(self._private.items(), key=lambda item: item[0] not in SCREENS)  # the screen first
        parts = [b"\x1b[?%d%s" % (mode, b"h" if on else b"l") for mode, on in private if on != (mode in ON_AT_FIRST)]
        parts += [b"\x1b[%sh" % mode for mode in sorted(self._ansi)]
        parts += [b"\x1b[%sr" % self._region] if self._region else []
        parts += [b"\x1b[%s q" % self._cursor] if self._cursor else []
        parts += [b"\x1b%s%s" % pair for pair in self._charset.items()]
        parts += [b"\x0e"] if self._shifted else []
        parts += [b"\x1b="] if self._keypad else []
        parts += [b"\x1b[%sm" % colour for colour in self._colours]
        if self.title:
            parts.append(b"\x1b]2;%s\x07" % self.title.encode())
        return b"".join(parts)
