"""The bot's answers to a command or a click, in the ack or later by response_url, and how Slack shows them."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.demo.slack.call import Call, Refused, read_arguments
from bot.demo.slack.chat import ANSWER, content, known_only
from bot.demo.slack.links import Links, ResponseUrl, WornOut
from bot.demo.slack.shapes import Complaint
from bot.demo.slack.world import Message, World


class Answers:
    """Handler of answers, which checks them as strictly as posts and adds the user-visible errors to `errors`."""

    def __init__(self, world: World, links: Links, call: Callable[[dict[str, Any]], Call], errors: list[str]) -> None:
        self._world = world
        self._links = links
        self._call = call
        self._errors = errors
        self.received: list[dict[str, Any]] = []
        """Every body sent to a response_url."""

    async def handle(self, request: Request) -> Response:
        """Answer a post to a response_url: `ok`, 404 for an expired or used URL, or 400 for an invalid body.

        The text of a 404 or 400 is the name of the error.
        """
        try:
            url = self._links.open(request.path_params["key"])
        except WornOut as reason:
            return PlainTextResponse(str(reason), 404)
        try:
            body = read_arguments("", request.headers.get("content-type", ""), await request.body())
            self.received.append(body)
            self._world.changed()
            self.show(url, body)
        except Refused as refusal:
            self.complain("response_url", refusal)
            return PlainTextResponse(refusal.error, 400)
        url.uses += 1
        return PlainTextResponse("ok")

    def show_ack(self, response_url: str, body: dict[str, Any]) -> Message | None:
        """Show an answer from the ack, which does not count as a use of the response_url. Raises Refused."""
        return self.show(self._links.open(response_url.rpartition("/")[2]), body)

    def show(self, url: ResponseUrl, body: dict[str, Any]) -> Message | None:
        """Show an answer where the command or click came from, and return the resulting message, if any.

        Raises Refused. A body with only `{"response_type": "in_channel"}` shows the typed command and no answer.
        """
        call = self._call(body)
        known_only(call, ANSWER)
        if call.text("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
            raise Refused("invalid_arguments", [Complaint("/response_type", "must be ephemeral or in_channel")])
        if call.flag("delete_original"):
            self._delete(url)
            return None
        if not body.keys() - {"response_type", "replace_original"}:
            return None
        new = content(call)
        if call.flag("replace_original") and url.origin is not None:
            return self._replace(url.origin, new)
        if call.text("response_type") == "in_channel":
            return self._say(url, new)
        return self._world.whisper(url.user, url.channel, new)

    def _say(self, url: ResponseUrl, new: dict[str, Any]) -> Message:
        """Post an answer for all members. Above an answer to a command, Slack shows the typed line."""
        message = self._world.say(url.channel, new)
        if url.typed:
            message["typed"] = url.typed
        return message

    def complain(self, place: str, refusal: Refused) -> None:
        """Record an error as a user would see it."""
        self._errors.append(" ".join([f"{place}: {refusal.error}", *refusal.complaints]))
        self._world.changed()

    def _delete(self, url: ResponseUrl) -> None:
        if url.origin is not None and self._is_there(url.origin):
            self._world.remove(url.origin)

    def _replace(self, message: Message, new: dict[str, Any]) -> Message:
        if not self._is_there(message):
            raise Refused("message_not_found")
        self._world.edit(message, new)
        return message

    def _is_there(self, message: Message) -> bool:
        find = self._world.find_whisper if message.get("is_ephemeral") else self._world.find
        return find(message["channel"], message["ts"]) is message
