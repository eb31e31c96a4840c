"""A client of a running Moorline, as a program or a browser would use it: cookie, CSRF header, JSON."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx


class ApiError(Exception):
    """A route answered with an error; the problem's code and detail are in it."""

    def __init__(self, request: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(
            f"{request}: {status} {problem.get('code')}: {problem.get('detail')} {problem.get('errors') or ''}"
        )
        self.status = status
        self.code = problem.get("code")


class Api:
    """One caller. `token`: authenticate by it; else `set_up` or `log_in` first."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.base_url = base_url
        # the machine's proxy settings are not for us
        self._client = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30.0, trust_env=False)
        self._client.headers["Origin"] = base_url

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """Ask one route below /api/v1. Returns its JSON, None where there is none; raises ApiError."""
        parameters = {name: value for name, value in query.items() if value is not None}
        answer = await self._client.request(method, f"/api/v1{path}", json=body, params=parameters or None)  # type: ignore[arg-type]
        if answer.is_error:
            try:
                problem = answer.json()
            except ValueError:
                problem = {"code": "no_json", "detail": answer.text[:200]}
            raise ApiError(f"{method} {path}", answer.status_code, problem)
        return answer.json() if answer.content else None

    async def raw(self, method: str, path: str, **query: object) -> httpx.Response:
        """The same, for a route whose answer is no JSON."""
        answer = await self._client.request(method, f"/api/v1{path}", params=dict(query))  # type: ignore[arg-type]
        return answer.raise_for_status()

    async def set_up(self, token: str, username: str, password: str) -> None:
        """Make the first administrator and go on as that one."""
        self._enter(await self.call("POST", "/setup", {"token": token, "username": username, "password": password}))

    async def log_in(self, username: str, password: str) -> None:
        """Go on as this user."""
        self._enter(await self.call("POST", "/login", {"username": username, "password": password}))

    def _enter(self, me: Mapping[str, Any]) -> None:
        self._client.headers["X-CSRF-Token"] = me["csrf_token"]

    async def add_host(self, known_fingerprints: set[str], **host: object) -> dict[str, Any]:
        """Add a host, wait for the key that it shows, and approve it when it is known; raise when it is not."""
        added: dict[str, Any] = await self.call("POST", "/hosts", host)
        shown = await self.wait_for_host(added["id"], lambda now: now["state"] not in {"connecting", "down"})
        key = shown["presented_key"]
        if shown["state"] == "key_pending":
            if key["fingerprint"] not in known_fingerprints:
                raise RuntimeError(f"{shown['name']} shows {key['fingerprint']}, which is not its key")
            shown = await self.call("POST", f"/hosts/{added['id']}/keys/approve", {"fingerprint": key["fingerprint"]})
        return shown

    async def wait_for_host(
        self, host_id: int, wanted: Callable[[dict[str, Any]], bool], within_s: float = 60.0
    ) -> dict[str, Any]:
        """Ask until the host is as wanted, also of a controller that is just being started.

        Raises TimeoutError that says how it is instead.
        """
        deadline = time.monotonic() + within_s
        host: dict[str, Any] = {}
        while True:
            with suppress(httpx.ConnectError):
                host = await self.call("GET", f"/hosts/{host_id}")
                if wanted(host):
                    return host
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{host['name']} is {host['state']}: {host['state_reason']}" if host else "no answer"
                )
            await asyncio.sleep(0.1)
