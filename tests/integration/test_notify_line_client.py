"""The client of LINE's API: who gives up waiting costs nobody else a connection, and looks aside hold up no push."""

import asyncio

import pytest
from notify.line import Access, LineApi

from tests.integration.notify_stage import FakeLine

CONNECTIONS = 20


async def test_after_held_pushes_and_cancelled_look_ups_one_push_passes() -> None:
    """The pool of httpcore 1.0 lost a slot for each that was cancelled while it waited, until a restart."""
    held = asyncio.Event()
    line = FakeLine(names={"U1": "社工甲"}, held=held, slow=0.5)
    async with line.serving() as address:
        api = LineApi(Access(address, "t"), seconds=10, connections=CONNECTIONS)
        async with api.running():
            pushes = [asyncio.create_task(api.push("C1", "{}", retry_key=f"held-{n}")) for n in range(CONNECTIONS)]
            asking = [asyncio.create_task(api.name_of("U1", "C1")) for _ in range(50)]
            waiting = [asyncio.create_task(api.push("C1", "{}", retry_key=f"waits-{n}")) for n in range(50)]
            await asyncio.sleep(0.1)
            for task in (*asking, *waiting):
                task.cancel()
            await asyncio.gather(*asking, *waiting, return_exceptions=True)
            answers = await asyncio.gather(*pushes)
            last = await asyncio.wait_for(api.push("C1", "{}", retry_key="last"), 5)
            held.set()
            assert await api.name_of("U1", "C1") == "社工甲"
    assert {each.status for each in answers} == {200}
    assert last.status == 200


async def test_look_ups_that_hang_hold_up_no_push() -> None:
    line = FakeLine(held=asyncio.Event())
    async with line.serving() as address:
        api = LineApi(Access(address, "t"), seconds=10, connections=2)
        async with api.running():
            asking = [asyncio.create_task(api.name_of("U1", "C1")) for _ in range(30)]
            await asyncio.sleep(0.1)
            assert (await asyncio.wait_for(api.push("C1", "{}", retry_key="k"), 5)).status == 200
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"\xff"])
async def test_an_answer_that_is_no_json_object_is_one_without_words(body: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad\r\nretry-after: 99999\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        api = LineApi(Access(f"http://{host}:{port}", "t"), seconds=5, connections=1)
        async with api.running():
            told = await api.push("C1", "{}", retry_key="k")
            assert await api.quota() is None
    assert (told.status, told.message, told.retry_after) == (502, "", 3_600.0)
