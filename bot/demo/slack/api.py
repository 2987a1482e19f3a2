"""The Web API: authorization, rate limits and faults, applied before each method runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from bot.demo.slack import chat, conversations, files, views
from bot.demo.slack.call import Call, Refused, read_arguments
from bot.demo.slack.faults import Faults, Pace, Silence, cut
from bot.demo.slack.links import Links
from bot.demo.slack.world import World


@dataclass(frozen=True, slots=True)
class Method:
    """The function of a name under /api/, and the scopes that it requires.

    A method whose scopes depend on the channel checks them itself.
    """

    run: Callable[[Call], dict[str, Any]]
    scopes: tuple[str, ...] = ()


METHODS = {
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "conversations.info": Method(conversations.info),
    "conversations.list": Method(conversations.list_channels),
    "conversations.members": Method(conversations.members),
    "conversations.history": Method(conversations.history),
    "conversations.open": Method(conversations.open_dm, ("im:write",)),
    "users.info": Method(conversations.user_info, ("users:read",)),
    "usergroups.users.list": Method(conversations.group_users, ("usergroups:read",)),
    "views.open": Method(views.open_modal),
    "views.update": Method(views.update_modal),
    "views.publish": Method(views.publish_home),
    "files.getUploadURLExternal": Method(files.upload_url, ("files:write",)),
    "files.completeUploadExternal": Method(files.complete, ("files:write",)),
    "files.info": Method(files.info, ("files:read",)),
}
POST = "chat.postMessage"
CONNECT = "apps.connections.open"


class ConnectionCut(Exception):
    """The connection must be cut at once, without an answer."""


class Unanswered(Exception):
    """The connection must stay open without an answer."""


@dataclass(kw_only=True)
class WebApi:
    """Handler of all Web API calls, checked in Slack's order: token, method, scope, rate, arguments."""

    world: World
    links: Links
    faults: Faults
    bot_token: str
    app_token: str
    scopes: frozenset[str]
    pace: Pace
    new_socket_url: Callable[[], str]
    errors: list[str]
    """Errors of malformed calls, recorded even if the bot handles the error answer."""
    base_url: str = ""
    silence: Silence = field(default_factory=Silence)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Every call so far: the method and its arguments, without the token."""
    posts: int = 0
    """Number of posts that passed the rate limits; the faults for each n-th post use it."""

    async def handle(self, request: Request) -> Response:
        """Answer one request under /api/."""
        name = request.path_params["method"]
        try:
            kind = request.headers.get("content-type", "")
            arguments = read_arguments(request.url.query, kind, await request.body())
            token = request.headers.get("authorization", "").removeprefix("Bearer ") or arguments.get("token", "")
            arguments.pop("token", None)
            self.requests.append((name, arguments))
            self.world.changed()
            return self._json({"ok": True, **self._run(name, arguments, token)})
        except Refused as refusal:
            self._note(name, refusal)
            return self._refusal(refusal)
        except Unanswered:
            await self.silence.hold(request.receive)
        except ConnectionCut:
            pass
        await cut(request.scope)
        return Response()

    def _json(self, body: dict[str, Any], status: int = 200) -> Response:
        return JSONResponse(body, status, {"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def _refusal(self, refusal: Refused) -> Response:
        response = self._json(refusal.answer(), refusal.status)
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        return response

    def _note(self, name: str, refusal: Refused) -> None:
        if refusal.complaints:
            self.errors.append(" ".join([f"{name}: {refusal.error}", *refusal.complaints]))
            self.world.changed()

    def _run(self, name: str, arguments: dict[str, Any], token: str) -> dict[str, Any]:
        self._check_token(name, token)
        if name == CONNECT:
            return {"url": self.new_socket_url()}
        if name == "auth.test":
            return self._auth_test()
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        call = self.call(arguments)
        call.needs_scope(*method.scopes)
        if name in self.faults.error_by_method:
            raise Refused(self.faults.error_by_method[name])
        return self._post(call) if name == POST else method.run(call)

    def call(self, arguments: dict[str, Any]) -> Call:
        """Return a `Call` of these arguments, with all objects that a method may use."""
        return Call(
            arguments=arguments,
            scopes=self.scopes,
            world=self.world,
            faults=self.faults,
            links=self.links,
            base_url=self.base_url,
        )

    def _check_token(self, name: str, token: str) -> None:
        """Raise Refused unless the token has the right type; only apps.connections.open takes the app's token."""
        if not token:
            raise Refused("not_authed")
        if token in self.faults.revoked:
            raise Refused(self.faults.revoked_name)
        if token not in (self.bot_token, self.app_token):
            raise Refused("invalid_auth")
        if (token == self.app_token) != (name == CONNECT):
            raise Refused("not_allowed_token_type")

    def _auth_test(self) -> dict[str, Any]:
        team, bot = self.world.team, self.world.bot
        return {
            "url": f"https://{team.domain}.slack.com/",
            "team": team.name,
            "user": bot.name,
            "team_id": team.id,
            "user_id": bot.user_id,
            "bot_id": bot.bot_id,
            "is_enterprise_install": False,
        }

    def _post(self, call: Call) -> dict[str, Any]:
        """Run chat.postMessage, with its rate limit and its faults."""
        channel = self._id(call.need("channel"))
        self._limit(channel)
        self.posts += 1
        failure, stores = self._failure(channel)
        if failure is not None and not stores:
            raise failure
        answer = chat.post_message(call)
        if failure is not None:
            raise failure
        return answer

    def _failure(self, channel: str) -> tuple[Exception | None, bool]:
        """Return the failure of this post or None, and whether the message is stored in spite of it."""
        faults = self.faults
        if _each(faults.drop_before_every, self.posts):
            return ConnectionCut(), False
        if faults.spend("timeout_next"):
            return Unanswered(), faults.timeout_stores
        if faults.spend("status_next"):
            return Refused("internal_error", status=faults.status_code), faults.status_stores
        if faults.spend("error_next"):
            return Refused(faults.error_name), faults.error_stores
        if channel in faults.error_by_channel:
            return Refused(faults.error_by_channel[channel]), False
        return (ConnectionCut() if _each(faults.store_then_drop_every, self.posts) else None), True

    def _id(self, name: str) -> str:
        """Return the channel id for a `#name` or for a user id (direct messages), or any other value unchanged."""
        if name in self.world.users:
            return self.world.dm(name).id
        named = self.world.channel_named(name) if name.startswith("#") else None
        return named.id if named else name

    def _limit(self, channel: str) -> None:
        if self.faults.spend("ratelimit_next"):
            wait = self.faults.retry_after_seconds
        else:
            wait = self.pace.wait(channel, self.world.clock())
        if wait:
            raise Refused("ratelimited", status=429, retry_after=wait)

    async def upload(self, request: Request) -> Response:
        """Receive the bytes of a file. The URL itself is the authorization."""
        body = await request.body()
        if not files.receive(self.world, request.path_params["file"], body):
            return PlainTextResponse("not expected", 400)
        return PlainTextResponse(f"OK - {len(body)}")


def _each(every: int, count: int) -> bool:
    return every > 0 and count % every == 0


def page_instead(faults: Faults) -> Response | None:
    """Return the answer of a Slack outage that replaces the method's answer, or None."""
    if faults.html:
        return HTMLResponse("<!DOCTYPE html><title>Slack</title><h1>Something went wrong</h1>", faults.status or 200)
    if faults.status:
        return JSONResponse({"ok": False, "error": "internal_error"}, faults.status)
    return None
