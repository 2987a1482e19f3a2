"""The least that answers `/recordings`: Bolt behind Starlette and uvicorn, saying "hello".

`python bare_bolt.py PORT API`, where API is Slack's Web API to check the token with.
"""

import sys

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.slack import BOT_TOKEN, SIGNING_SECRET


def bare_app(api_url: str) -> Starlette:
    """An app for one team; its token is checked with `auth.test`, once."""
    client = AsyncWebClient(token=BOT_TOKEN, base_url=api_url)
    app = AsyncApp(client=client, signing_secret=SIGNING_SECRET)
    handler = AsyncSlackRequestHandler(app)

    @app.command("/recordings")
    async def hello(ack: AsyncAck) -> None:
        await ack("hello")

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(bare_app(sys.argv[2]), port=int(sys.argv[1]), log_level="error", access_log=False)
