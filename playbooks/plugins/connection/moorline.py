# Part of Moorline. Reaches a host over the line that the controller already has to it.
"""Moorline's connection plugin: every command goes through the controller's socket; no key of a host is here."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import select
import shlex
import socket
import struct
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = r"""
name: moorline
short_description: run over Moorline's lines
description:
  - Runs commands and moves files over the SSH connection that Moorline keeps to a host.
  - Works in the runs that Moorline starts; the socket and the token come from it.
author: Moorline
options:
  host_id:
    description: The host's number in Moorline.
    type: int
    required: true
    vars:
      - name: moorline_id
  socket:
    description: The controller's socket.
    type: str
    required: true
    env:
      - name: MOORLINE_ANSIBLE_SOCKET
  token:
    description: What this run may do.
    type: str
    required: true
    env:
      - name: MOORLINE_ANSIBLE_TOKEN
  mark:
    description: What all processes of this run carry in their environment.
    type: str
    required: true
    env:
      - name: MOORLINE_JOB
  end_script:
    description: The script that ends the run's processes on a host.
    type: str
    env:
      - name: MOORLINE_ANSIBLE_END
  pipelining:
    description: Whether modules are sent on standard input.
    type: boolean
    default: true
    env:
      - name: ANSIBLE_PIPELINING
    ini:
      - section: defaults
        key: pipelining
    vars:
      - name: ansible_pipelining
  timeout:
    description: Seconds to wait for become's question and for its success.
    type: int
    default: 30
    vars:
      - name: ansible_timeout
"""

HEAD = struct.Struct(">cI")
HELLO, EXEC, ANSWER, SIZE, INPUT, RESET = b"H", b"X", b"P", b"S", b"I", b"Z"
OUT, ERR, RESULT, FAILED = b"o", b"e", b"r", b"f"
PIECE_BYTES = 256 * 1024


class Connection(ConnectionBase):
    """One host, for one task."""

    transport = "moorline"
    has_pipelining = True
    has_tty = True
    become_methods = frozenset({"sudo", "su", "doas", "pbrun", "pfexec", "dzdo", "ksu", "runas"})

    def __init__(self, play_context: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(play_context, *args, **kwargs)
        self._socket: socket.socket | None = None
        self._buffer = bytearray()

    def _connect(self) -> Connection:
        if self._socket is None:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                made.connect(self.get_option("socket"))
            except OSError as error:
                made.close()
                raise AnsibleConnectionFailure(f"Moorline does not answer: {error}. Is it running?") from error
            self._socket = made
            self._buffer.clear()
            self._send(HELLO, json.dumps({"token": self.get_option("token")}).encode())
            self._connected = True
        return self

    def close(self) -> None:
        """Leave; what still runs on the host for this connection ends."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._connected = False

    def reset(self) -> None:
        """Have the controller log in once more; until that works, nothing more is done on the host."""
        self.close()
        self._connect()
        self._send(RESET, json.dumps({"host": self.get_option("host_id")}).encode())
        talk = Talk(self, None, True)
        talk.fed = True  # there is no input to a reset
        try:
            self._until_end(talk)
        except AnsibleConnectionFailure as error:
            self._display.vvv(f"the line is down: {error}", host=self._play_context.remote_addr)
        finally:
            self.close()

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command; its status and both outputs."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        become = self._become_of(cmd) if sudoable else None
        talk = Talk(self, become, become is None or not become.expect_prompt())
        self._begin(cmd, become, tty=bool(become is not None and not become.pipelining and not in_data))
        talk.waits_with = in_data or b""
        if talk.free:
            self._send_input(talk)
        status = self._until_end(talk)
        return status, talk.cleaned(bytes(talk.out)), talk.cleaned(bytes(talk.err), prompt_only=True)

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file there."""
        super().put_file(in_path, out_path)
        local = Path(os.fsdecode(to_bytes(in_path, errors="surrogate_or_strict")))
        if not local.exists():
            raise AnsibleFileNotFound(f"there is no file {in_path}")
        talk = Talk(self, None, True)
        self._begin(f"cat > {shlex.quote(out_path)}", None)
        with local.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._send(SIZE, json.dumps({"bytes": size}).encode())
            talk.fed = True
            left = size
            while left and (piece := file.read(min(left, PIECE_BYTES))):
                left -= len(piece)
                self._send(INPUT, piece, talk)
            while left:  # the file became shorter: the host must not wait for the rest
                piece = bytes(min(left, PIECE_BYTES))
                left -= len(piece)
                self._send(INPUT, piece, talk)
        if self._until_end(talk):
            raise AnsibleError(f"the host did not take {out_path}: {to_text(bytes(talk.err)).strip()}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file from there."""
        super().fetch_file(in_path, out_path)
        talk = Talk(self, None, True)
        self._begin(f"cat {shlex.quote(in_path)}", None)
        self._send_input(talk)
        with Path(os.fsdecode(to_bytes(out_path, errors="surrogate_or_strict"))).open("wb") as file:
            talk.file = file
            status = self._until_end(talk)
        if status:
            raise AnsibleError(f"the host did not give {in_path}: {to_text(bytes(talk.err)).strip()}")

    # become

    def _become_of(self, cmd: str) -> Any:
        """The become plugin, if this command is one that it made."""
        become = self.become
        return become if become is not None and become.success and become.success in cmd else None

    def _ending(self, become: Any) -> dict[str, Any] | None:
        """How what `become` started is ended: the run's own script, by the same way up, on a terminal if need be."""
        script = self.get_option("end_script")
        if become is None or not script:
            return None
        other = copy.copy(become)
        secret = become.get_option("become_pass", playcontext=self._play_context)
        line = other.build_become_command(script, self._shell)
        told = None if secret is None else to_text(secret)
        return {"command": line, "secret": told, "tty": not become.pipelining}

    def _begin(self, cmd: str, become: Any, *, tty: bool = False) -> None:
        if become is not None:
            # sudo takes the environment away: the mark is set behind it
            told = f"{become.success} {self._shell.COMMAND_SEP} "
            cmd = cmd.replace(
                told, f"{told}export MOORLINE_JOB={self.get_option('mark')} {self._shell.COMMAND_SEP} ", 1
            )
        self._display.vvv(f"EXEC {cmd}", host=self._play_context.remote_addr)
        request = {"host": self.get_option("host_id"), "command": cmd, "tty": tty, "end": self._ending(become)}
        self._send(EXEC, json.dumps(request).encode())

    # the socket

    @property
    def _open(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionResetError
        return self._socket

    def _send_input(self, talk: Talk) -> None:
        if not talk.fed:
            talk.fed = True
            data = talk.waits_with
            self._send(SIZE, json.dumps({"bytes": len(data)}).encode())
            for at in range(0, len(data), PIECE_BYTES):
                self._send(INPUT, data[at : at + PIECE_BYTES], talk)

    def _send(self, word: bytes, body: bytes, talk: Talk | None = None) -> None:
        """Send; what the host says meanwhile is taken, so that neither side waits for the other."""
        view = memoryview(HEAD.pack(word, len(body)) + body)
        try:
            while view:
                if talk is not None:
                    readable, writable, _ = select.select([self._open], [self._open], [])
                    if readable:
                        self._buffer += self._receive()
                    if not writable:
                        continue
                view = view[self._open.send(view[:PIECE_BYTES]) :]
        except OSError as error:
            self.close()
            raise AnsibleConnectionFailure("Moorline has ended this run.") from error

    def _receive(self) -> bytes:
        data = self._open.recv(PIECE_BYTES)
        if not data:
            raise ConnectionResetError
        return data

    def _next(self, deadline: float | None) -> tuple[bytes, bytes]:
        """The next frame."""
        try:
            while True:
                if len(self._buffer) >= HEAD.size:
                    word, length = HEAD.unpack_from(self._buffer)
                    if len(self._buffer) >= HEAD.size + length:
                        body = bytes(self._buffer[HEAD.size : HEAD.size + length])
                        del self._buffer[: HEAD.size + length]
                        return word, body
                self._open.settimeout(None if deadline is None else max(0.01, deadline - time.monotonic()))
                self._buffer += self._receive()
        except TimeoutError as error:
            self.close()
            raise AnsibleConnectionFailure("become's question or its success did not come in time") from error
        except OSError as error:
            self.close()
            raise AnsibleConnectionFailure("Moorline has ended this run.") from error

    def _until_end(self, talk: Talk) -> int:
        """Take what comes until the command has ended; its status."""
        while True:
            word, body = self._next(None if talk.free else talk.deadline)
            if word == OUT and talk.file is not None:
                talk.file.write(body)
            elif word in {OUT, ERR}:
                (talk.out if word == OUT else talk.err).extend(body)
                if not talk.free:
                    self._become_step(talk)
            elif word == RESULT:
                self._send_nothing(talk)
                return int(json.loads(body)["rc"])
            elif word == FAILED:
                with contextlib.suppress(AnsibleConnectionFailure):  # it may have closed the socket
                    self._send_nothing(talk)
                raise AnsibleConnectionFailure(json.loads(body)["error"])
            if self._socket is not None:
                self._socket.settimeout(None)

    def _send_nothing(self, talk: Talk) -> None:
        """The broker is owed a size for each command, also for one that has ended before it got its input."""
        if not talk.fed:
            talk.waits_with = b""
            self._send_input(talk)

    def _become_step(self, talk: Talk) -> None:
        become, said = talk.become, bytes(talk.out) + b"\n" + bytes(talk.err)
        if become.check_success(said):
            talk.free = True
            if self._socket is not None:
                self._socket.settimeout(None)
            self._send_input(talk)
        elif talk.answered and become.check_incorrect_password(said):
            self.close()
            raise AnsibleConnectionFailure(f"Incorrect {become.name} password")
        elif become.check_missing_password(said):
            self.close()
            raise AnsibleConnectionFailure(f"Missing {become.name} password")
        elif not talk.answered and become.check_password_prompt(said):
            talk.answered = True
            secret = become.get_option("become_pass", playcontext=self._play_context)
            self._send(ANSWER, to_bytes(secret) + b"\n")


class Talk:
    """One command's state. `free`: nothing has to be answered any more before its input is sent."""

    def __init__(self, connection: Connection, become: Any, free: bool) -> None:
        self.become = become
        self.free = free
        self.out = bytearray()
        self.err = bytearray()
        self.file: Any = None
        self.fed = False
        self.answered = False
        self.waits_with = b""
        self.deadline = time.monotonic() + connection.get_option("timeout")

    def cleaned(self, data: bytes, prompt_only: bool = False) -> bytes:
        """Without become's question and its mark of success."""
        if self.become is None:
            return data
        if self.answered and self.become.check_password_prompt(data):
            data = self.become.strip_become_prompt(data)
        return data if prompt_only else self.become.strip_become_success(data)
