"""The endpoints of api.line.me that a sender of group messages calls, with LINE's answers."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from line_standin.channel import Channel, Push
from line_standin.groups import Group
from line_standin.messages import PushRequest, ValidateRequest
from line_standin.records import Accepted, Fault
from line_standin.refusals import BAD_TOKEN, FORBIDDEN, NOT_FOUND, TOO_MANY, Refused, check, invalid, parse
from line_standin.tokens import Tokens

MOST_BYTES = 2 * 1024 * 1024
RECEIVER = re.compile(r"[CRU][0-9a-f]{32}")
RETRY_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
PUSH = TypeAdapter(PushRequest)
VALIDATE = TypeAdapter(ValidateRequest)


@dataclass(slots=True)
class Call:
    """What is known of one push request so far."""

    request_id: str
    retry_key: str | None
    at: float
    body: Any = None
    fault: Fault | None = None

    @property
    def to(self) -> str | None:
        """The receiver, if the body names one."""
        return self.body.get("to") if isinstance(self.body, dict) else None


class LineApi:
    """LINE's Messaging API over one channel, for callers with its token."""

    def __init__(self, channel: Channel, tokens: Tokens, *, hold: float) -> None:
        self._channel = channel
        self._tokens = tokens
        self._hold = hold

    def routes(self) -> list[Route]:
        """Every endpoint, under LINE's paths."""
        group = "/v2/bot/group/{group_id}"
        return [
            Route("/v2/bot/message/push", self.push, methods=["POST"]),
            Route("/v2/bot/message/validate/push", self.validate, methods=["POST"]),
            Route("/v2/bot/message/quota", self.quota),
            Route("/v2/bot/message/quota/consumption", self.consumption),
            Route(f"{group}/summary", self.summary),
            Route(f"{group}/members/count", self.members),
            Route(f"{group}/member/{{user_id}}", self.member),
        ]

    async def push(self, request: Request) -> Response:
        """Accept a push once, or refuse it; either way it is on record."""
        call = Call(str(uuid4()), request.headers.get("x-line-retry-key"), self._channel.clock())
        try:
            response = await self._pushed(request, call)
        except Refused as refused:
            response = refusal(refused, call.request_id)
            self._note(call, refused.status, str(refused))
        else:
            self._note(call, response.status_code, None)
        return response

    async def validate(self, request: Request) -> Response:
        """Say whether message objects are well formed; nothing is sent."""
        self._authorise(request)
        check(VALIDATE, parse(await read(request)))
        return answer({})

    async def quota(self, request: Request) -> Response:
        """The month's limit."""
        self._authorise(request)
        limit = self._channel.quota
        return answer({"type": "none"} if limit is None else {"type": "limited", "value": limit})

    async def consumption(self, request: Request) -> Response:
        """What the month has used."""
        self._authorise(request)
        return answer({"totalUsage": self._channel.used()})

    async def summary(self, request: Request) -> Response:
        """A group's id and the name its members gave it."""
        group = self._group(request)
        return answer({"groupId": group.id, "groupName": group.zh})

    async def members(self, request: Request) -> Response:
        """How many people are in a group, the official account not counted."""
        return answer({"count": len(self._group(request).members)})

    async def member(self, request: Request) -> Response:
        """The name a member shows in a group."""
        member = self._group(request).members.get(request.path_params["user_id"])
        if member is None:
            raise Refused(404, NOT_FOUND)
        return answer({"userId": member.user_id, "displayName": member.name})

    async def _pushed(self, request: Request, call: Call) -> Response:
        self._authorise(request)
        call.body = parse(await read(request))
        push = _push(call)
        call.fault = self._channel.next_fault(push.to)
        if call.fault and call.fault.kind != "accept_then_timeout":
            await self._fail(request, call.fault)
        self._channel.check(push)
        accepted = self._channel.accept(push, call.request_id)
        if call.fault:
            await self._withhold(request, call.fault)
        return answer({"sentMessages": accepted.sent}, accepted)

    async def _fail(self, request: Request, fault: Fault) -> None:
        if fault.kind == "timeout":
            await self._withhold(request, fault)
        words = {401: BAD_TOKEN, 403: FORBIDDEN, 429: TOO_MANY[fault.cause]}.get(fault.status, "Internal server error")
        raise Refused(fault.status, words)

    async def _withhold(self, request: Request, fault: Fault) -> None:
        """Answer nothing until the caller hangs up, or for as long as a gateway would wait."""
        try:
            async with asyncio.timeout(fault.seconds or self._hold):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            pass
        raise Refused(504, "Gateway timeout")

    def _note(self, call: Call, status: int, answer: str | None) -> None:
        self._channel.attempt(
            at=call.at,
            request_id=call.request_id,
            retry_key=call.retry_key,
            to=call.to,
            status=status,
            answer=answer,
            fault=call.fault.kind if call.fault else None,
            body=call.body,
        )

    def _authorise(self, request: Request) -> None:
        if not self._tokens.know(request.headers.get("authorization", "")):
            raise Refused(401, BAD_TOKEN)

    def _group(self, request: Request) -> Group:
        self._authorise(request)
        group = self._channel.groups.get(request.path_params["group_id"])
        if group is None:
            raise Refused(404, NOT_FOUND)
        return group


def refusal(refused: Refused, request_id: str) -> Response:
    """LINE's error body, with the request's id."""
    headers = {"x-line-request-id": request_id, **refused.headers}
    return JSONResponse(refused.body, refused.status, headers=headers)


def answer(body: dict[str, Any], accepted: Accepted | None = None) -> Response:
    """An answer with the request's id, or the first request's."""
    return JSONResponse(body, headers={"x-line-request-id": accepted.request_id if accepted else str(uuid4())})


def _push(call: Call) -> Push:
    body = check(PUSH, call.body)
    if not RECEIVER.fullmatch(body["to"]):
        raise invalid("to")
    if call.retry_key is not None and not RETRY_KEY.fullmatch(call.retry_key):
        raise Refused(400, "The value of the request header 'X-Line-Retry-Key' is invalid: it must be a UUID")
    call.retry_key = str(UUID(call.retry_key)) if call.retry_key else None
    return Push(to=body["to"], messages=call.body["messages"], retry_key=call.retry_key)


async def read(request: Request) -> bytes:
    """The raw JSON body. Refuses another kind, and more than LINE takes."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, f"The content type, {content_type or 'none'}, is not supported")
    if int(request.headers.get("content-length", 0)) > MOST_BYTES:
        raise Refused(413, "The request exceeds the maximum size of 2MB")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise Refused(413, "The request exceeds the maximum size of 2MB")
    return bytes(raw)
