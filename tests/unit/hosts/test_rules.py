from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.core.errors import Invalid
from controller.hosts import rules


@pytest.mark.parametrize(
    ("given_address", "kept"),
    [
        ("web-1.example.org", "web-1.example.org"),
        (" WEB.Example.ORG. ", "web.example.org"),
        ("192.0.2.10", "192.0.2.10"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("my_host", "my_host"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
    ],
)
def test_addresses_are_kept_in_one_form(given_address: str, kept: str) -> None:
    assert rules.address(given_address) == kept
    assert rules.address(kept) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        "", " ", ".", "-oProxyCommand=x", "a b", "a\0b", "a\nb", "host;rm", "$(id)", "user@host", "host:22", "http://x",
        "a..b", "x-", "1.2.3", "127.1", "0x7f000001", "256.1.1.1", "1.2.3.4%eth0", "fe80::1%a b", "fe80::1%$(id)",
        "a" * 64, "a." * 127 + "bc", "\u202ehost", "ho\u200bst", "/etc",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        rules.address(wrong)


@given(st.text(max_size=300))
def test_an_accepted_address_holds_nothing_that_a_shell_or_a_program_would_take_for_more(text: str) -> None:
    try:
        kept = rules.address(text)
    except ValueError:
        return
    assert re.fullmatch(r"[a-z0-9_.:%-]+", kept.lower())
    assert not kept.startswith("-")
    assert len(kept) <= 253
    assert rules.address(kept) == kept


@given(st.ip_addresses())
def test_every_ip_address_is_accepted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert ipaddress.ip_address(rules.address(str(address))) == address


@given(st.text(max_size=150))
def test_a_kept_name_is_one_visible_line(text: str) -> None:
    try:
        kept = rules.name(text)
    except ValueError:
        return
    assert kept.strip() == kept != ""
    assert "\0" not in kept
    assert "\n" not in kept
    assert len(kept) <= rules.NAME_LENGTH
    assert rules.name(kept) == kept


@given(st.lists(st.text("aZ9 -_.:/=@+ßéΣ区ǅİ", max_size=12) | st.text(max_size=5), max_size=6))
def test_kept_tags_are_sorted_once_each_and_stay_as_they_are(given_tags: list[str]) -> None:
    try:
        kept = rules.tags(given_tags)
    except ValueError:
        return
    assert kept == sorted(set(kept))
    assert rules.tags(kept) == kept


def test_tags_are_normalised() -> None:
    assert rules.tags(["Web Server", "web-server", " DB ", "区域:东京"]) == ["db", "web-server", "区域:东京"]
    for wrong in ("", "a,b", "-x", "a\0", "x" * 41, "<b>"):
        with pytest.raises(ValueError, match="tag"):
            rules.tags([wrong])
    with pytest.raises(ValueError, match="30 tags"):
        rules.tags([f"t{n}" for n in range(31)])


@pytest.mark.parametrize("wrong", ["", "-lroot", "a b", "root\n", "ro\0ot", "x" * 129])
def test_user_names(wrong: str) -> None:
    if wrong != "root\n":
        with pytest.raises(ValueError, match="user name"):
            rules.username(wrong)
    assert rules.username(" deploy ") == "deploy"
    assert rules.username("DOMAIN\\ann") == "DOMAIN\\ann"


@pytest.mark.parametrize("wrong", [-1, 0, 65536])
def test_ports(wrong: int) -> None:
    assert rules.port(65535) == 65535
    with pytest.raises(ValueError, match="65535"):
        rules.port(wrong)


def test_notes_take_lines_but_no_null_bytes() -> None:
    assert rules.note(" a\n\tb ") == "a\n\tb"
    for wrong in ("a\0", "x" * 10_001, "\x1b[31m"):
        with pytest.raises(ValueError, match="note"):
            rules.note(wrong)


def test_interfaces() -> None:
    assert rules.interfaces(None) is None
    assert rules.interfaces([]) == []
    assert rules.interfaces(["eth1", "eth0", "eth0", "eth0.100"]) == ["eth0", "eth0.100", "eth1"]
    for wrong in (["a/b"], [""], ["x" * 16], ["a b"], ["e"] * 65):
        with pytest.raises(ValueError, match="interface"):
            rules.interfaces(wrong)


def test_secrets_keep_every_character_but_the_null_byte() -> None:
    assert rules.secret("  p\u200b ") == "  p\u200b "
    for wrong in ("", "a\0", "x" * 4097):
        with pytest.raises(ValueError, match="password"):
            rules.secret(wrong)
    assert rules.private_key("  -----BEGIN X\r\nabc\r\n") == "-----BEGIN X\nabc\n"


def test_all_findings_are_told_at_once() -> None:
    findings = rules.Findings()
    findings.take("name", rules.name, "")
    findings.take("port", rules.port, 0)
    findings.take("username", rules.username, "root")
    with pytest.raises(Invalid) as caught:
        findings.settle()
    assert [error.field for error in caught.value.errors] == ["name", "port"]
