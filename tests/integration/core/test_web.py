"""What all routes share: problems that say what to do, headers, paging, the page's files, health."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller.core import web
from tests.support.front import PASSWORD, Browser, Front

INDEX = "<!doctype html><title>the page</title>"


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, after a look at its form."""
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["status"], found["code"]) == (status, status, code), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert len(found["detail"]) > 10
    for trace in ("Traceback", "File ", ".py", "sqlalchemy", "psycopg", "litestar"):
        assert trace not in answer.text
    return found


async def test_each_status_is_a_problem_with_a_code_and_a_sentence(front: Front) -> None:
    admin, viewer = await front.admin(), await front.user("viewer")
    stranger = await front.browser()
    is_problem(await stranger.get("/hosts"), 401, "unauthenticated")
    is_problem(await viewer.get("/users"), 403, "forbidden")
    is_problem(await admin.get("/hosts/1"), 404, "not_found")
    is_problem(await admin.get("/nowhere"), 404, "not_found")
    is_problem(await admin.put("/hosts"), 405, "method_not_allowed")
    await admin.post("/groups", json={"name": "alfa"})
    is_problem(await admin.post("/groups", json={"name": "ALFA"}), 409, "name_taken")
    named = is_problem(await admin.post("/hosts", json={"address": "a b", "username": ""}), 400, "invalid")
    assert {error["field"] for error in named["errors"]} == {"address", "username"}
    assert (await stranger.get("/hosts")).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"\0", b'{"name": 1}', b'{"name": "a", "more": 1}', b"{}",
        b'{"name": "\xed\xa0\x80"}', b'{"name": "\\ud800"}', b'{"name": NaN}', b"[" * 100_000,
        b'{"name": ' + b"[" * 100_000, b'{"name": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
async def test_a_body_that_is_none_is_invalid(front: Front, content: bytes) -> None:
    admin = await front.admin()
    answer = await admin.post("/groups", content=content, headers={"Content-Type": "application/json"})
    is_problem(answer, 400, "invalid")
    assert await front.rows("select 1 from host_group") == []


async def test_a_body_beyond_a_megabyte_is_too_large_whether_it_says_so_or_not(front: Front) -> None:
    admin = await front.admin()
    is_problem(await admin.post("/groups", json={"name": "x" * web.BODY_BYTES}), 413, "too_large")

    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    is_problem(await admin.post("/groups", content=endless()), 413, "too_large")
    stranger = await front.browser()
    is_problem(await stranger.post("/login", json={"username": "x" * web.BODY_BYTES, "password": ""}), 413, "too_large")


async def test_something_unexpected_is_500_with_a_number_that_the_log_has_too(
    front: Front, logged: Callable[[], str]
) -> None:
    admin = await front.admin()
    await front.do("alter table host_group rename to gone")
    found = is_problem(await admin.get("/groups"), 500, "internal")
    identity = found["detail"].rstrip(".").rpartition(" ")[2]
    assert len(identity) == 12
    assert identity in logged()


async def test_an_error_in_the_database_tells_the_log_nothing_that_was_sent(
    front: Front, logged: Callable[[], str]
) -> None:
    admin = await front.admin()
    await front.do("alter table credential rename column name to gone")
    secret = {"name": "named-credential", "kind": "password", "password": "open sesame 42"}
    is_problem(await admin.post("/credentials", json=secret), 500, "internal")
    await front.do("alter table login_failure rename to lost")
    is_problem(await (await front.browser()).log_in("typed-name", PASSWORD), 500, "internal")
    said = logged()
    assert "web.unexpected" in said
    for private in ("open sesame 42", PASSWORD, "typed-name", "named-credential"):
        assert private not in said


@pytest.mark.parametrize("query", ["limit=0", "limit=5001", "limit=x", "offset=-1", f"offset={2**70}", "limit="])
async def test_a_page_has_limits(front: Front, query: str) -> None:
    is_problem(await (await front.admin()).get(f"/hosts?{query}"), 400, "invalid")


async def test_pages_follow_each_other(front: Front) -> None:
    admin = await front.admin()
    for number in range(5):
        new = {"address": "127.0.0.1", "username": "root", "enabled": False, "name": f"host-{number}"}
        assert (await admin.post("/hosts", json=new)).status_code == 201
    pages = [(await admin.get(f"/hosts?limit=2&offset={offset}")).json() for offset in (0, 2, 4, 6)]
    assert [[host["name"] for host in page["items"]] for page in pages] == [
        ["host-0", "host-1"], ["host-2", "host-3"], ["host-4"], [],
    ]  # fmt: skip
    assert {page["total"] for page in pages} == {5}


async def test_without_the_database_it_is_alive_and_not_ready_and_says_so(away: Front) -> None:
    browser = await away.browser()
    assert (await browser.get("http://moorline.test/healthz")).text == "ok"
    ready = await browser.get("http://moorline.test/readyz")
    assert (ready.status_code, ready.json()) == (503, {"database": False})
    is_problem(await browser.get("/setup"), 503, "unavailable")
    is_problem(await browser.log_in("admin"), 503, "unavailable")
    is_problem(await (await away.program("ml_token")).get("/hosts"), 503, "unavailable")


async def test_with_the_database_it_is_ready(front: Front) -> None:
    ready = await (await front.browser()).get("http://moorline.test/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": True})


async def test_every_connection_taken_is_a_pause_and_no_fault(front: Front) -> None:
    pool = front.controller.database.engine.pool
    pool._timeout = 0.05  # type: ignore[attr-defined]
    held = [await front.controller.database.engine.connect() for _ in range(8)]
    answer = await (await front.browser()).get("/setup")
    for connection in held:
        await connection.close()
    is_problem(answer, 503, "unavailable")


async def test_the_document_is_at_api_schema(front: Front) -> None:
    answer = await (await front.admin()).get("http://moorline.test/api/schema")
    document = answer.json()
    assert document["openapi"].startswith("3.")
    assert "/api/v1/hosts" in document["paths"]
    kept = json.loads((Path(__file__).resolve().parents[3] / "ui/openapi.json").read_text())
    assert document["paths"].keys() == kept["paths"].keys()


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/setup", "/api/v1/hosts", "/api/v1/nowhere"])
async def test_every_answer_carries_the_headers_that_guard_a_browser(front: Front, path: str) -> None:
    headers = (await (await front.browser()).get(f"http://moorline.test{path}")).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
    assert policy["script-src"] == "'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_answers_with_data_are_kept_by_no_cache(front: Front) -> None:
    headers = (await (await front.admin()).get("/me")).headers
    assert headers["cache-control"] == "no-store"


# the page


@pytest.fixture
async def page(front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser before an application that has a built page."""
    built = tmp_path / "page"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(INDEX)
    (built / "assets" / "index-1a2b.js").write_text("let a")
    (built / "favicon.svg").write_text("<svg/>")
    (tmp_path / "private.txt").write_text("private")
    (built / "leads-out").symlink_to(tmp_path / "private.txt")
    monkeypatch.setattr(web, "DIST", (built,))
    front.app = front.controller.web()
    browser = await front.browser()
    browser.base_url = httpx.URL("http://moorline.test")
    return browser


@pytest.mark.parametrize("path", ["/", "/hosts", "/hosts/7?range=24h", "/setup?token=x", "/login", "/深", "/a.b/c"])
async def test_every_address_of_the_page_is_the_page(page: Browser, path: str) -> None:
    answer = await page.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert "content-security-policy" in answer.headers


async def test_its_files_are_kept_for_long_and_those_that_are_not_there_are_not(page: Browser) -> None:
    answer = await page.get("/assets/index-1a2b.js")
    assert answer.text == "let a"
    assert "javascript" in answer.headers["content-type"]
    assert "immutable" in answer.headers["cache-control"]
    assert (await page.get("/favicon.svg")).headers["content-type"] == "image/svg+xml"
    assert (await page.get("/assets/old-9f.js")).status_code == 404
    for path in ("/api", "/api/v2/hosts", "/api/v1/nowhere"):
        is_problem(await page.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/../private.txt", "/assets/../../private.txt", "/%2e%2e/private.txt", "/assets/%2e%2e%2f%2e%2e%2fprivate.txt",
        "/..%5cprivate.txt", "//etc/passwd", "/%2fetc/passwd", "/leads-out", "/%00", "/private.txt%00.js",
        "/" + "a" * 5000, "/" + "a/" * 3000, "/%ff%fe", "/%ed%a0%80", "/assets", "/assets/", "/assets/%00",
    ],
    ids=lambda path: path[:30],
)  # fmt: skip
async def test_no_address_leads_out_of_the_page_or_breaks_it(page: Browser, path: str) -> None:
    raw = httpx.URL("http://moorline.test").copy_with(raw_path=path.encode())
    answer = await page.get(raw)
    assert answer.status_code in {200, 404}, answer.text
    assert "private" not in answer.text
    assert "root:" not in answer.text
