"""Hosts from a table: comma, semicolon or tab; with a line of column names in English or Chinese, or without."""

from __future__ import annotations

import csv
from io import StringIO

from inventory.found import Found, Reading, UnreadableError, check, full, port, words

ORDER = ("name", "address", "port", "username", "password", "groups", "tags", "note", "fingerprint")
NAMES = {
    "name": {"name", "hostname", "label", "title", "名称", "主机名", "主机"},
    "address": {"address", "ip", "host", "hostname/ip", "ipv4", "ip address", "地址", "ip地址"},
    "port": {"port", "ssh port", "端口"},
    "username": {"user", "username", "login", "account", "用户", "用户名", "账号"},
    "password": {"password", "pass", "passwd", "密码"},
    "groups": {"groups", "group", "分组", "组"},
    "tags": {"tags", "tag", "标签"},
    "note": {"note", "notes", "comment", "备注"},
    "fingerprint": {"fingerprint", "host key", "hostkey", "指纹"},
    "jump": {"jump", "jump host", "via", "through", "bastion", "跳板机", "跳板"},
}


def read(text: str) -> Reading:
    """All rows.

    A row that is wrong says why; an empty one and one that begins with # are left out. Raises UnreadableError.
    """
    text = check(text)
    reading = Reading()
    rows = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    columns: list[str] | None = None
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if columns is None:
                columns = _columns(cells, reading)
                if columns:
                    continue
                columns = list(ORDER)
            if full(reading):
                break
            reading.hosts.append(_host(rows.line_num, columns, row))
    except csv.Error as error:
        raise UnreadableError(
            f"Line {rows.line_num} cannot be read as a table ({error}). Look at its quotes."
        ) from None
    if not reading.hosts:
        reading.note("There is no host in this file: a row needs at least an address.")
    return reading


def _delimiter(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return max(",;\t", key=head.count) if any(mark in head for mark in ",;\t") else ","


def _columns(cells: list[str], reading: Reading) -> list[str]:
    """The columns of a line of names; none when it is none."""
    known: list[str] = []
    taken: set[str] = set()
    for cell in cells:
        word = cell.lower().replace("_", " ")
        name = next((name for name, spellings in NAMES.items() if word in spellings and name not in taken), "")
        taken.add(name)
        known.append(name)
    if "address" not in known and "name" in known and "hostname" in {cell.lower() for cell in cells}:
        known[known.index("name")] = "address"
    if "address" not in known:
        return []
    unknown = [cell for cell, name in zip(cells, known, strict=True) if not name and cell]
    if unknown:
        reading.note(f"Columns that are not read: {', '.join(cell[:30] for cell in unknown[:10])}.")
    return known


def _host(line: int, columns: list[str], row: list[str]) -> Found:
    cells = dict(zip(columns, row, strict=False))
    tidy = {name: cell.strip() for name, cell in cells.items()}
    problems: list[str] = []
    if len(row) > len(columns):
        problems.append(f"The row has {len(row)} fields where {len(columns)} were expected; put quotes around commas.")
    address = tidy.get("address", "")
    if not address:
        problems.append("The address is missing.")
    return Found(
        line=line,
        name=tidy.get("name", "") or address,
        address=address,
        port=port(tidy.get("port", ""), problems),
        username=tidy.get("username", "") or "root",
        password=cells.get("password", ""),  # spaces may be part of it
        groups=words(tidy.get("groups", "")),
        tags=words(tidy.get("tags", "")),
        note=tidy.get("note", ""),
        fingerprint=tidy.get("fingerprint", ""),
        jump=tidy.get("jump", ""),
        problems=problems,
    )
