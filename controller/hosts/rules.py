"""What a host's fields may hold: each rule returns the value as it is kept, or raises ValueError with a sentence."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

from controller.core.errors import FieldError, Invalid

NAME_LENGTH = 100
NOTE_LENGTH = 10_000
USERNAME_LENGTH = 128
ADDRESS_LENGTH = 253  # RFC 1035 §2.3.4, without the root's dot
TAG_LENGTH = 40
TAGS = 30
GROUPS = 100
INTERFACES = 64
SECRET_LENGTH = 4096
KEY_LENGTH = 65_536
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")  # RFC 1123 §2.1, and the underscore that people do use
TAG = re.compile(r"[^\W_][\w.:/=@+-]*")
ZONE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
T = TypeVar("T")


class Findings:
    """Collects what is wrong with the fields of one input, so that all of it is said at once."""

    def __init__(self) -> None:
        self._errors: list[FieldError] = []

    def take(self, field: str, rule: Callable[[T], T], value: T) -> T:
        """The value as kept; when it breaks the rule, that is noted and the value comes back as it is."""
        try:
            return rule(value)
        except ValueError as error:
            self.add(field, str(error))
            return value

    def add(self, field: str, message: str) -> None:
        """Note what is wrong with a field."""
        self._errors.append(FieldError(field, message))

    def settle(self) -> None:
        """Raises Invalid when anything was found."""
        if self._errors:
            raise Invalid(self._errors[0].message, errors=tuple(self._errors))


def name(value: str) -> str:
    """A host's, group's or credential's name: one line, shown to people."""
    tidy = unicodedata.normalize("NFC", " ".join(value.split()))
    if not tidy:
        raise ValueError("Give it a name.")
    if len(tidy) > NAME_LENGTH:
        raise ValueError(f"The name is longer than {NAME_LENGTH} characters.")
    if _hidden(value):
        raise ValueError("The name holds control characters or characters that cannot be seen; type it anew.")
    return tidy


def note(value: str) -> str:
    """Free text of several lines."""
    if len(value) > NOTE_LENGTH:
        raise ValueError(f"The note is longer than {NOTE_LENGTH} characters.")
    if _hidden(value.replace("\n", "").replace("\r", "").replace("\t", "")):
        raise ValueError("The note holds control characters; remove them.")
    return value.strip()


def address(value: str) -> str:
    """A host name, IPv4 or IPv6 address, in its canonical form; international names as they travel (xn--…)."""
    text = value.strip()
    if _hidden(text) or any(c.isspace() for c in text):
        raise ValueError("The address holds spaces or control characters.")
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    literal = _literal(text)
    if literal is not None:
        return literal
    return _host_name(text)


def port(value: int) -> int:
    """A TCP port."""
    if not 1 <= value <= 65535:
        raise ValueError("A port is a number from 1 to 65535.")
    return value


def username(value: str) -> str:
    """The account to log in as."""
    text = value.strip()
    if not text:
        raise ValueError("Give the user name to log in with, such as root.")
    if len(text) > USERNAME_LENGTH:
        raise ValueError(f"The user name is longer than {USERNAME_LENGTH} characters.")
    if _hidden(text) or any(c.isspace() for c in text) or text.startswith("-"):
        raise ValueError("A user name has no spaces or control characters and does not begin with a dash.")
    return text


def tags(value: Iterable[str]) -> list[str]:
    """Tags in small letters, spaces as dashes, each once, sorted."""
    found = {_tag(tag) for tag in value}
    if len(found) > TAGS:
        raise ValueError(f"A host takes up to {TAGS} tags.")
    return sorted(found)


def interfaces(value: list[str] | None) -> list[str] | None:
    """Network interface names; None leaves the choice to Moorline."""
    if value is None:
        return None
    if len(value) > INTERFACES:
        raise ValueError(f"Choose up to {INTERFACES} interfaces.")
    for interface in value:
        # IFNAMSIZ is 16 with the closing zero; dev_valid_name() refuses "/", ":" and spaces
        if not 0 < len(interface.encode()) < 16 or _hidden(interface) or re.search(r"[\s/:]", interface):
            raise ValueError("That is no name of a network interface.")
    return sorted(set(value))


def secret(value: str) -> str:
    """A password or passphrase."""
    if not value:
        raise ValueError("Give the password.")
    if len(value) > SECRET_LENGTH or "\0" in value:
        raise ValueError(f"A password has up to {SECRET_LENGTH} characters and no null byte.")
    return value


def private_key(value: str) -> str:
    """The text of a private key; whether it can be read is for the SSH library to say."""
    if len(value) > KEY_LENGTH or "\0" in value:
        raise ValueError("That is no private key: paste the file's text, beginning with -----BEGIN.")
    text = value.strip().replace("\r\n", "\n")
    if not text:
        raise ValueError("Paste the private key.")
    return text + "\n"


def _tag(value: str) -> str:
    text = "-".join(unicodedata.normalize("NFC", value).lower().split())
    if not 0 < len(text) <= TAG_LENGTH:
        raise ValueError(f"A tag has 1 to {TAG_LENGTH} characters.")
    if not TAG.fullmatch(text):
        raise ValueError(
            f"The tag {text!r} may hold letters, digits and - _ . : / = @ +, and begins with a letter or digit."
        )
    return text


def _literal(text: str) -> str | None:
    base, percent, zone = text.partition("%")
    try:
        parsed = ipaddress.ip_address(base)
    except ValueError:
        return None
    if percent and (parsed.version == 4 or not ZONE.fullmatch(zone)):
        raise ValueError("What follows the % of an IPv6 address is the name of an interface, such as fe80::1%eth0.")
    return str(parsed) + percent + zone


def _host_name(text: str) -> str:
    try:
        ascii_text = text.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError("That is no host name or IP address.") from None
    labels = ascii_text.split(".")
    if not ascii_text or len(ascii_text) > ADDRESS_LENGTH or not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError("That is no host name or IP address.")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):  # 127.1 and 0x7f000001 are addresses to some, names to others
        raise ValueError("Write an IPv4 address with its four numbers, such as 192.0.2.10.")
    return ascii_text


def _hidden(text: str) -> bool:
    """Does it hold characters that do not show: control, direction, private, lone surrogates?"""
    return any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in text)
