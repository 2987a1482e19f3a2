"""The page's server: static files, one person's view, the stream of changes, and a POST for each action.

It communicates only with the two stand-ins; the bot has no connection to it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.demo.page import bodies
from bot.demo.page.actions import Actions
from bot.demo.page.changes import Changes
from bot.demo.page.guard import Guard
from bot.demo.page.panel import Panel
from bot.demo.page.uploads import send_file
from bot.demo.page.user_view import user_view
from bot.demo.slack import SlackStandIn
from bot.serving import serving

FIRST_CHOICE = 8750
"""The preferred port; a free one is used when it is taken."""
STATIC = Path(__file__).parent / "static"
OPTIONS: dict[str, Any] = {"http": "h11", "ws": "none", "lifespan": "off", "server_header": False}

AskedBody = TypeVar("AskedBody", bound=bodies.Body)


class Page:
    """The page for a Slack stand-in, and the panel that controls both stand-ins. `app` is the ASGI application."""

    def __init__(self, slack: SlackStandIn, panel: Panel) -> None:
        self._slack = slack
        self._panel = panel
        self._changes = Changes(slack.world)
        reads = [
            Route("/", _index),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/api/state", self._state),
            Route("/api/changes", self._stream),
            Route("/files/{file}", self._file),
        ]
        self.app = Guard(Starlette(routes=[*reads, *_action_routes(Actions(slack)), *_panel_routes(panel)]))

    @asynccontextmanager
    async def serve(self, port: int = FIRST_CHOICE) -> AsyncIterator[str]:
        """Listen on this machine and yield the address to open in a browser. On exit, end every event stream."""
        async with AsyncExitStack() as stack:
            try:
                taken = await stack.enter_async_context(serving(self.app, port=port, **OPTIONS))
            except OSError:
                taken = await stack.enter_async_context(serving(self.app, **OPTIONS))
            stack.callback(self._changes.end)
            yield f"http://127.0.0.1:{taken}"

    async def _state(self, request: Request) -> Response:
        """Return one person's whole view."""
        try:
            seen = user_view(self._slack.world, request.query_params.get("user", ""))
        except LookupError as error:
            return JSONResponse({"error": str(error)}, 404)
        return JSONResponse({**self._common(), **seen})

    def _common(self) -> dict[str, Any]:
        """Return the state that is the same for all people."""
        slack = self._slack
        return {
            "version": slack.world.version,
            "now": slack.world.clock(),
            "team": {"name": slack.world.team.name},
            "commands": slack.features.commands,
            "shortcuts": slack.features.shortcuts,
            "complaints": slack.errors,
            "bot": {"connected": slack.connected > 0 or slack.request_url is not None},
            "tour": tour(self._panel.newest_id),
            **self._panel.show(),
        }

    async def _stream(self, _request: Request) -> Response:
        return StreamingResponse(self._changes.stream(), media_type="text/event-stream")

    async def _file(self, request: Request) -> Response:
        return send_file(self._slack.world, request.path_params["file"], request.headers.get("range"))


async def _index(_request: Request) -> Response:
    return FileResponse(STATIC / "index.html")


def _action_routes(actions: Actions) -> list[BaseRoute]:
    return [
        _post("/api/command", bodies.Command, actions.command),
        _post("/api/say", bodies.Say, actions.say),
        _post("/api/click", bodies.Click, actions.click),
        _post("/api/select", bodies.Select, actions.select),
        _post("/api/shortcut", bodies.Shortcut, actions.shortcut),
        _post("/api/submit", bodies.Submit, actions.submit),
        _post("/api/close", bodies.CloseView, actions.close),
        _post("/api/home", bodies.Person, actions.home),
    ]


def _panel_routes(panel: Panel) -> list[BaseRoute]:
    return [
        _post("/api/pbx/call", bodies.PlaceCall, panel.call),
        _post("/api/pbx/many", bodies.Many, panel.many),
        _post("/api/pbx/plug", bodies.Plug, panel.plug),
        _post("/api/pbx/slow", bodies.Slow, panel.slow),
        _post("/api/pbx/arriving", bodies.Arriving, panel.arrive),
        _post("/api/pbx/wipe", bodies.Wipe, panel.wipe),
        _post("/api/pbx/reset", bodies.Nothing, panel.reset),
        _post("/api/pbx/reboot", bodies.Nothing, panel.reboot),
        _post("/api/slack/weather", bodies.Weather, panel.weather),
        _post("/api/slack/refuse", bodies.Refusing, panel.refuse),
    ]


def _post(path: str, kind: type[AskedBody], act: Callable[[AskedBody], Awaitable[dict[str, Any] | None]]) -> BaseRoute:
    """Return a POST route that answers `{"error": null | …}`, with 400 for an invalid body and 200 otherwise."""

    async def handle(request: Request) -> Response:
        try:
            body = kind.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": _what_is_wrong(error)}, 400)
        try:
            answer = await act(body)
        except LookupError as error:
            return JSONResponse({"error": str(error)})
        return JSONResponse({"error": None, **(answer or {})})

    return Route(path, handle, methods=["POST"])


def _what_is_wrong(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(": ".join(filter(None, (".".join(map(str, p["loc"])), p["msg"]))) for p in problems)


def tour(newest_id: int) -> list[dict[str, str]]:
    """Return example commands for a new user, and what each shows.

    `newest_id` is the id of the latest recording that the PBX lists, or 0 when it lists none.
    """
    one = (f"show {newest_id}", "one recording in full") if newest_id else ("help", "everything you can ask")
    lines = (
        ("", "the latest ten"),
        ("latest 5 sort:id order:asc page:2", "as many as you like, in any order, page by page"),
        one,
        ("latest 10 sort:tme", "a slip of the finger: it says what you meant"),
        ("status", "whether the PBX answers and every post went out"),
    )
    return [{"line": f"/recordings {words}".rstrip(), "shows": shows} for words, shows in lines]
