"""Rights of what goes on for a while, and of what belongs to somebody else."""

from __future__ import annotations

import asyncio
import json

from tests.integration.files.conftest import Place, client_of


async def test_a_stream_ends_with_the_right_to_it(place: Place) -> None:
    group = (await place.call("POST", "/groups", 201, json={"name": "web"}))["id"]
    await place.call("PATCH", f"/hosts/{place.host_id}", json={"group_ids": [group]})
    browser = await place.front.user("olga", role="operator", group_ids=[group])
    place.home.put("app.log", b"first\n")
    url = f"/hosts/{place.host_id}/files/tail"
    users = (await place.call("GET", "/users"))["items"]
    olga = next(user["id"] for user in users if user["username"] == "olga")
    async with client_of(place.url, browser) as client:
        begun = await client.post(f"/hosts/{place.host_id}/files/uploads", json={"path": "~/hers", "size": 5})
        assert begun.status_code == 201
        async with client.stream("GET", url, params={"path": "~/app.log"}) as answer:
            lines = answer.aiter_lines()
            async for line in lines:
                if json.loads(line)["type"] == "data":
                    break
            await place.call("PATCH", f"/users/{olga}", json={"group_ids": []})
            place.home.put("app.log", b"first\nsecret\n")
            rest = [json.loads(line) async for line in lines]
        assert [line["code"] for line in rest if line["type"] == "problem"] == ["not_found"]
        assert "secret" not in str(rest)
        data = await client.put(f"/transfers/{begun.json()['id']}/data", params={"offset": 0}, content=b"12345")
        assert data.status_code == 404


async def test_transfers_are_their_owners_alone(place: Place) -> None:
    browser = await place.front.user("omar", role="operator", all_hosts=True)
    begun = await place.call("POST", "uploads", 201, json={"path": "~/mine", "size": 5})
    async with client_of(place.url, browser) as client:
        for method, path in (
            ("GET", ""), ("DELETE", ""), ("POST", "/finish"), ("POST", "/cancel"), ("PUT", "/data?offset=0"),
        ):  # fmt: skip
            answer = await client.request(method, f"/transfers/{begun['id']}{path}", json={})
            assert answer.status_code == 404, path
        assert (await client.get("/transfers")).json()["total"] == 0
        await client.post("/transfers/clear")
    assert (await place.call("GET", f"/transfers/{begun['id']}"))["state"] == "waiting"


async def test_a_viewer_and_a_reading_token_get_nothing_of_files(place: Place) -> None:
    viewer = await place.front.user("vera", role="viewer", all_hosts=True)
    async with client_of(place.url, viewer) as client:
        answer = await client.get(f"/hosts/{place.host_id}/files/list", params={"path": "/"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    made = await place.call("POST", "/tokens", 201, json={"name": "t", "scopes": ["read"], "all_hosts": True})
    headers = {"Authorization": f"Bearer {made['token']}", "Cookie": ""}
    answer = await place.client.get(f"/hosts/{place.host_id}/files/list", params={"path": "/"}, headers=headers)
    assert answer.status_code == 403
    answer = await place.client.post(
        f"/hosts/{place.host_id}/files/delete", json={"paths": ["/x"]}, headers={"Origin": "https://evil.example"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


async def test_a_host_that_goes_away_says_so(place: Place) -> None:
    place.home.put("x", b"1")
    await place.listed()
    place.daemon.stop()
    async with asyncio.timeout(20):
        answer = await place.client.get(f"/hosts/{place.host_id}/files/list", params={"path": "~"})
    assert answer.status_code == 503
    assert answer.json()["code"] in {"refused", "closed"}
