"""Containers of a real Docker engine: listed, measured, followed and told what to do."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.integration.containers.conftest import IMAGE, Watched, one
from tests.support.api import ApiError
from tests.support.lab import LabHost

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]


async def test_what_runs_is_listed_with_its_figures(watched: Watched, dock: LabHost) -> None:
    dock.exec(
        f"docker run -d --name web -p 8080:80 -l com.docker.compose.project=shop -l com.docker.compose.service=front"
        f" -e PASSWORD=hunter2 -e PLAIN=yes --memory 64m {IMAGE} sh -c 'while :; do :; done'; docker create --name idle {IMAGE}"
    )
    host_id = await watched.add(dock)
    shelf = await watched.shelf(host_id, lambda now: bool((one(now, "web").get("figures") or {}).get("cpu_percent")), 40)
    (engine,) = shelf["engines"]
    assert (engine["state"], engine["transport"], engine["kind"], engine["rootless"]) == ("up", "socket", "docker", False)
    web = one(shelf, "web")
    assert (web["state"], web["image"], web["project"], web["service"]) == ("running", IMAGE, "shop", "front")
    assert {"private": 80, "public": 8080, "protocol": "tcp", "address": "0.0.0.0"} in web["ports"]
    assert web["figures"]["memory_limit_bytes"] == 64 << 20
    assert web["figures"]["processes"] == 1
    assert one(shelf, "idle")["state"] == "created"
    assert one(shelf, "idle")["figures"] is None
