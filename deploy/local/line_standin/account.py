"""The endpoints of api.line.me about the account itself: tokens, its name, its webhook, its friends, its replies."""

from typing import Any

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from line_standin.channel import Channel
from line_standin.messages import ReplyRequest
from line_standin.messaging import answer, read
from line_standin.refusals import BAD_TOKEN, NOT_FOUND, Refused, check, parse
from line_standin.tokens import STATELESS_SECONDS, Tokens
from line_standin.webhook import BOT, Webhook

REPLY = TypeAdapter(ReplyRequest)


class AccountApi:
    """What LINE tells of an account, and takes as a reply."""

    def __init__(self, channel: Channel, tokens: Tokens, webhook: Webhook) -> None:
        self._channel = channel
        self._tokens = tokens
        self._webhook = webhook

    def routes(self) -> list[Route]:
        """Every endpoint, under LINE's paths."""
        return [
            Route("/oauth2/v3/token", self.token, methods=["POST"]),
            Route("/v2/bot/info", self.info),
            Route("/v2/bot/profile/{user_id}", self.profile),
            Route("/v2/bot/message/reply", self.reply, methods=["POST"]),
            Route("/v2/bot/channel/webhook/endpoint", self.endpoint),
            Route("/v2/bot/channel/webhook/test", self.test, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """A stateless token for the channel's id and secret."""
        form = await request.form()
        token = self._tokens.issue(str(form.get("client_id")), str(form.get("client_secret")))
        if form.get("grant_type") != "client_credentials" or token is None:
            return JSONResponse({"error": "invalid_client", "error_description": "Invalid client"}, 400)
        return answer({"token_type": "Bearer", "access_token": token, "expires_in": STATELESS_SECONDS})

    async def info(self, request: Request) -> Response:
        """The account."""
        self._authorise(request)
        name = {"displayName": "社安網通知", "basicId": "@safetynet"}
        return answer({"userId": BOT, **name, "chatMode": "bot", "markAsReadMode": "auto"})

    async def profile(self, request: Request) -> Response:
        """The name a friend shows; 404 for who is none."""
        self._authorise(request)
        friend = self._channel.friends.get(request.path_params["user_id"])
        if friend is None:
            raise Refused(404, NOT_FOUND)
        return answer({"userId": friend.user_id, "displayName": friend.name})

    async def reply(self, request: Request) -> Response:
        """Answer an event, once and within a minute; it counts for nothing."""
        self._authorise(request)
        if "x-line-retry-key" in request.headers:
            raise Refused(400, "The request header 'X-Line-Retry-Key' cannot be used here")
        body: dict[str, Any] = parse(await read(request))
        check(REPLY, body)
        return answer({"sentMessages": self._channel.reply(body["replyToken"], body["messages"])})

    async def endpoint(self, request: Request) -> Response:
        """Where events go."""
        self._authorise(request)
        if self._webhook.url is None:
            raise Refused(404, NOT_FOUND)
        return answer({"endpoint": self._webhook.url, "active": True})

    async def test(self, request: Request) -> Response:
        """Send an empty event, and tell what came back."""
        self._authorise(request)
        status = await self._webhook.send({"destination": BOT, "events": []})
        ok = status == 200
        said = {"reason": "OK" if ok else "COULD_NOT_CONNECT", "detail": str(status)}
        return answer({"success": ok, "statusCode": status if isinstance(status, int) else 0, **said})

    def _authorise(self, request: Request) -> None:
        if not self._tokens.know(request.headers.get("authorization", "")):
            raise Refused(401, BAD_TOKEN)
