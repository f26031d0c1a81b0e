"""An answer comes in time, whatever hangs; a stream that has begun is left alone."""

import asyncio

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.deadline import Deadline, run_with_timeout

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
PART: Message = {"type": "http.response.body", "body": b"x", "more_body": True}
END: Message = {"type": "http.response.body", "body": b"", "more_body": False}


async def call(app: ASGIApp, send: Send) -> None:
    """Call an application behind a short deadline."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await Deadline(app, seconds=0.05)(scope, receive, send)


def answers_of(app: ASGIApp) -> list[Message]:
    """Call an application behind a short deadline, and return what it sends."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(call(app, send))
    return sent


async def answer_at_once(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(START)
    await send(END)


async def hang(_scope: Scope, _receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def hang_and_answer_when_stopped(
    scope: Scope, receive: Receive, send: Send
) -> None:
    try:
        await hang(scope, receive, send)
    finally:
        await answer_at_once(scope, receive, send)


async def hang_and_fail_when_stopped(
    scope: Scope, receive: Receive, send: Send
) -> None:
    try:
        await hang(scope, receive, send)
    finally:
        raise ZeroDivisionError


async def stream_beyond_the_deadline(
    _scope: Scope, _receive: Receive, send: Send
) -> None:
    await send(START)
    for _ in range(4):
        await send(PART)
        await asyncio.sleep(0.03)
    await send(END)


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ZeroDivisionError


def test_an_answer_in_time_passes() -> None:
    assert answers_of(answer_at_once) == [START, END]


@pytest.mark.parametrize(
    "app", [hang, hang_and_answer_when_stopped, hang_and_fail_when_stopped]
)
def test_an_answer_that_is_late_is_a_503(app: ASGIApp) -> None:
    start, body = answers_of(app)

    assert start["status"] == 503
    assert (b"retry-after", b"1") in start["headers"]
    assert b"in time" in body["body"]


def test_the_503_does_not_wait_for_work_that_does_not_stop() -> None:
    async def check() -> None:
        answered = asyncio.Event()
        stopped = asyncio.Event()

        async def hang_on(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await hang(scope, receive, send)
            finally:
                await stopped.wait()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                answered.set()

        request = asyncio.create_task(call(hang_on, send))
        await answered.wait()
        assert not request.done()
        stopped.set()
        await request

    asyncio.run(check())


def test_a_late_request_leaves_its_task_uncancelled() -> None:
    async def send(_message: Message) -> None:
        pass

    async def check() -> int:
        await call(hang, send)
        task = asyncio.current_task()
        return task.cancelling() if task else -1

    assert asyncio.run(check()) == 0


def test_a_request_that_the_server_cancels_ends() -> None:
    async def check() -> None:
        begun = asyncio.Event()

        async def wait(_scope: Scope, _receive: Receive, _send: Send) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def send(_message: Message) -> None:
            pass

        request = asyncio.create_task(call(wait, send))
        await begun.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(check())


def test_a_stream_may_take_longer() -> None:
    assert answers_of(stream_beyond_the_deadline) == [START, *[PART] * 4, END]


def test_an_exception_passes() -> None:
    with pytest.raises(ZeroDivisionError):
        answers_of(fail)


def test_work_within_its_time_gives_its_result() -> None:
    async def work() -> int:
        return 7

    assert asyncio.run(run_with_timeout(1, work())) == 7


def test_work_that_hangs_is_not_waited_for() -> None:
    stopped: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append("yes")

    with pytest.raises(TimeoutError):
        asyncio.run(run_with_timeout(0.05, work()))

    assert stopped == ["yes"]
