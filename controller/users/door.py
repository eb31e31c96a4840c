"""Who comes in: the cookie or token of a request becomes a principal, or nothing.

A cookie is sent by the browser whoever asks for it, so a request that changes something needs the session's CSRF token
as a header, and a WebSocket an Origin that is ours. A token is sent by a program that means it, and needs neither.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from controller.core.clock import Clock, utc_now
from controller.core.db import Database
from controller.core.errors import Forbidden, Unauthenticated
from controller.core.settings import Settings
from controller.users import sessions
from controller.users.rights import Principal

COOKIE = "moorline_session"
SECURE_COOKIE = "__Host-moorline"  # browsers take it over https alone, for this very host and all of its paths
CSRF_HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Knock:
    """What a request brings along. Header names in small letters; `peer` is the address of the TCP connection."""

    method: str
    scheme: str
    peer: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    websocket: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the door found out about a request, whoever sent it."""

    address: str
    secure: bool
    principal: Principal | None = None
    csrf_token: str | None = None
    csrf_missing: bool = False


class Door:
    """Opens for cookies and tokens."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._proxies = frozenset(_plain(p.strip()) for p in settings.trusted_proxies.split(",") if p.strip())
        self._home = _origin(settings.base_url())

    async def open(self, knock: Knock) -> Visitor:
        """Who knocks. Raises Forbidden for a foreign origin, Unauthenticated for a token that is none."""
        address, secure = self._address(knock), self._secure(knock)
        changes = knock.method not in SAFE
        if (changes or knock.websocket) and not self._ours(knock, secure):
            raise Forbidden("The request comes from another site's page.", code="foreign_origin")
        word = _bearer(knock)
        if word is not None:
            return Visitor(address, secure, await self._by_token(word))
        cookie = knock.cookies.get(SECURE_COOKIE if secure else COOKIE)
        if not cookie:
            return Visitor(address, secure)
        async with self._database.session() as session:
            found = await sessions.by_secret(session, cookie, utc_now(self._clock))
        if found is None:
            return Visitor(address, secure)
        principal, csrf_token = found
        sent = knock.headers.get(CSRF_HEADER, "")
        if changes and not secrets.compare_digest(sent.encode(), csrf_token.encode()):
            return Visitor(address, secure, csrf_missing=True)  # nobody: a public route goes on, others are refused
        return Visitor(address, secure, principal, csrf_token)

    async def renew(self, knock: Knock) -> Principal | None:
        """The same caller's rights now; None when session or token have ended. For connections that stay open."""
        word = _bearer(knock)
        cookie = knock.cookies.get(SECURE_COOKIE if self._secure(knock) else COOKIE)
        async with self._database.session() as session:
            if word is not None:
                return await sessions.by_token(session, word, utc_now(self._clock))
            found = await sessions.by_secret(session, cookie, utc_now(self._clock)) if cookie else None
        return found[0] if found is not None else None

    async def _by_token(self, word: str) -> Principal:
        async with self._database.session() as session:
            principal = await sessions.by_token(session, word, utc_now(self._clock))
        if principal is None:
            raise Unauthenticated("This token is unknown, has expired, or its owner is disabled.", code="bad_token")
        return principal

    def _address(self, knock: Knock) -> str:
        """The client's address: the nearest one that is no proxy of ours."""
        found = _plain(knock.peer)
        for claimed in reversed(knock.headers.get("x-forwarded-for", "").split(",")):
            if found not in self._proxies:
                break
            try:
                ipaddress.ip_address(claimed.strip())
            except ValueError:
                break
            found = _plain(claimed.strip())
        return found

    def _secure(self, knock: Knock) -> bool:
        """Does the browser use https? Said by a trusted proxy, by the connection, or by the name it is called by."""
        if _plain(knock.peer) in self._proxies:
            return knock.headers.get("x-forwarded-proto", "").strip().lower() == "https"
        named = _origin(f"https://{knock.headers.get('host', '')}")
        return knock.scheme in {"https", "wss"} or named == self._home

    def _ours(self, knock: Knock, secure: bool) -> bool:
        """Does a page of ours send it? Programs send no Origin; browsers do with everything that changes something."""
        origin = knock.headers.get("origin")
        if origin is None:
            return not knock.websocket or _bearer(knock) is not None
        host = knock.headers.get("host", "")
        return origin.lower() in {self._home, _origin(f"{'https' if secure else 'http'}://{host}")}


def _plain(address: str) -> str:
    """An address in its one form; IPv4 as such also where it comes through a socket of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def _bearer(knock: Knock) -> str | None:
    kind, _, word = knock.headers.get("authorization", "").partition(" ")
    return word.strip() if kind.lower() == "bearer" and word.strip() else None


def _origin(address: str) -> str:
    """Scheme, host and port of an address, as browsers write them in Origin."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = port is None or (parts.scheme, port) in {("http", 80), ("https", 443)}
    return f"{parts.scheme}://{host}" if default else f"{parts.scheme}://{host}:{port}"
