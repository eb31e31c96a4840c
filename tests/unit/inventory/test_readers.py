"""Hosts from files: what people have, and whatever else may come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import ansible_file, csv_file, ssh_config
from inventory.found import Reading, UnreadableError

READERS = (csv_file.read, ssh_config.read, ansible_file.read)


def rows(reading: Reading) -> list[tuple[str, str, int, str]]:
    """What counts of each host."""
    return [(one.name, one.address, one.port, one.username) for one in reading.hosts]


def test_a_table_with_names_in_any_order_and_language() -> None:
    reading = csv_file.read(
        "\ufeff端口;地址;名称;密码;标签;wat\n2222;192.0.2.1;web-1; p;a|b;x\n;192.0.2.2;;;;\n# left out\n;;;;;\n"
    )
    assert rows(reading) == [("web-1", "192.0.2.1", 2222, "root"), ("192.0.2.2", "192.0.2.2", 22, "root")]
    assert reading.hosts[0].password == " p"
    assert reading.hosts[0].tags == ("a", "b")
    assert reading.notes == ["Columns that are not read: wat."]


def test_a_table_without_names_and_rows_that_are_wrong() -> None:
    reading = csv_file.read(
        'web,192.0.2.1,22,root,"a,b"\n,,,\nx,192.0.2.3,abc\ny,,22\nz,192.0.2.4,22,u,p,g,t,n,f,more\n'
    )
    assert reading.hosts[0].password == "a,b"
    assert [bool(one.problems) for one in reading.hosts] == [False, True, True, True]
    assert "abc" in reading.hosts[1].problems[0]
    assert [one.line for one in reading.hosts] == [1, 3, 4, 5]


def test_an_ssh_config_as_ssh_reads_it() -> None:
    reading = ssh_config.read(
        "User=early\nHost web db !no\n  HostName %h.example.org\n  Port 2200\nHost *.lan\n  User lan\n"
        'Host db\n  Port 9\n  ProxyJump gate\nMatch user x\n  Port 1\nInclude other\nHost "quoted name" db\n Port 7\n'
    )
    assert rows(reading) == [
        ("web", "web.example.org", 2200, "early"),
        ("db", "db.example.org", 2200, "early"),
        ("quoted name", "quoted name", 7, "early"),
    ]
    assert reading.hosts[1].note == "through gate"
    assert len(reading.notes) == 3


INI = """
lonely ansible_host=192.0.2.9
[web]
web[01:03] ansible_port=2222
[db:vars]
ansible_user=postgres
[db]
db-[a:b].example.org ansible_password='x y'
evil ansible_host="{{ lookup('pipe','id') }}"
[all_of_it:children]
web
db
"""
YAML = """
all:
  vars: {ansible_user: deploy}
  children:
    web:
      hosts:
        web-1: {ansible_host: 192.0.2.1, ansible_port: 2222}
        web-2:
    db:
      vars: {ansible_user: postgres}
      hosts: {db-1: {ansible_password: !vault "secret"}}
      children: {replicas: {hosts: {"db-[2:3]": }}}
"""


def test_an_ansible_inventory_in_both_forms() -> None:
    ini = ansible_file.read(INI)
    assert rows(ini)[0] == ("lonely", "192.0.2.9", 22, "root")
    assert [one.name for one in ini.hosts][1:4] == ["web01", "web02", "web03"]
    found = {one.name: one for one in ini.hosts}
    assert found["web02"].port == 2222
    assert found["web02"].groups == ("web", "all_of_it")
    assert (found["db-a.example.org"].username, found["db-a.example.org"].password) == ("postgres", "x y")
    assert "template" in found["evil"].problems[0]
    told = {one.name: one for one in ansible_file.read(YAML).hosts}
    assert rows(Reading([told["web-1"]])) == [("web-1", "192.0.2.1", 2222, "deploy")]
    assert (told["db-1"].username, told["db-1"].password) == ("postgres", "")
    assert told["db-3"].groups == ("replicas", "db")


@pytest.mark.parametrize("reader", READERS, ids=["csv", "ssh_config", "ansible"])
@given(text=st.text(max_size=300) | st.text(alphabet="[]:=,;\"'\n \t#{}!&*-a0%HostPmc", max_size=300))
def test_any_text_is_read_or_refused_with_a_sentence(reader: Callable[[str], Reading], text: str) -> None:
    try:
        reading = reader(text)
    except UnreadableError:
        return
    for one in reading.hosts:
        assert 1 <= one.port <= 65535
        assert one.username


NAME = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
WORD = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)


@given(
    st.lists(st.tuples(NAME, st.integers(1, 65535), NAME, WORD), min_size=1, max_size=8, unique_by=lambda row: row[0])
)
def test_what_is_written_is_what_is_read(hosts: list[tuple[str, int, str, str]]) -> None:
    import csv
    from io import StringIO

    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(["name", "address", "port", "user", "password"])
    writer.writerows((name, f"{name}.example.org", port, user, secret) for name, port, user, secret in hosts)
    wanted = [(name, f"{name}.example.org", port, user) for name, port, user, _ in hosts]
    read = csv_file.read(table.getvalue())
    assert rows(read) == wanted
    assert [one.password for one in read.hosts] == [secret for *_, secret in hosts]
    config = "".join(f"Host {n}\n HostName {n}.example.org\n Port {p}\n User {u}\n" for n, p, u, _ in hosts)
    assert rows(ssh_config.read(config)) == wanted
    ini = "".join(f"{n} ansible_host={n}.example.org ansible_port={p} ansible_user={u}\n" for n, p, u, _ in hosts)
    assert rows(ansible_file.read(ini)) == wanted


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (csv_file.read, "a" * 1_000_000),
        (csv_file.read, "a\0b"),
        (csv_file.read, '"' + "x" * 200_000 + '"'),
        (ansible_file.read, "[web\nhost"),
        (ansible_file.read, "---\n- a\n"),
        (ansible_file.read, "all:\n  hosts: {a: [}\n"),
    ],
)
def test_what_cannot_be_read_says_so(reader: Callable[[str], Reading], text: str) -> None:
    with pytest.raises(UnreadableError):
        reader(text)


def test_a_bomb_of_aliases_or_ranges_ends_quickly() -> None:
    bomb = "all: &a\n  children:\n    x: &b {children: {y: &c {hosts: {h: }}}}\n" + "".join(
        f"g{n}: {{children: {{a: *a, b: *b, c: *c}}}}\n" for n in range(500)
    )
    assert len(ansible_file.read(bomb).hosts) == 1
    assert ansible_file.read("h[0:99999999]\n").hosts == []
    assert len(ansible_file.read("h[1:9000][1:9000]\n").hosts) <= 5000
