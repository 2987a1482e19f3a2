"""What people do in Slack: type a command, press, choose, open a shortcut, send a form."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.demo.slack import payloads
from bot.demo.slack.answers import Answers
from bot.demo.slack.call import Refused
from bot.demo.slack.dispatch import Ack, Dispatcher
from bot.demo.slack.links import Links
from bot.demo.slack.shapes import Complaint
from bot.demo.slack.touch import choose, press
from bot.demo.slack.views import checked_view, replace, stack
from bot.demo.slack.world import Message, World

AGENT = "U0ANA"


@dataclass(slots=True, kw_only=True)
class Reply:
    """What the user saw first."""

    seconds: float
    """From the key press to the ack."""
    message: Message | None = None
    """The message in the ack; None when the bot only acknowledged, or failed."""
    error: str | None = None
    """`operation_timeout`, `dispatch_failed`, or Slack's name for what was wrong with the answer."""
    field_errors: dict[str, str] = field(default_factory=dict)
    """Under a form's inputs, by block_id."""
    trigger_id: str = ""
    response_url: str = ""
    """Where later answers may go; empty where Slack gives none."""

    @property
    def text(self) -> str:
        """The ack message's text, or the error."""
        return str(self.message["text"]) if self.message else self.error or ""


@dataclass(kw_only=True)
class Hands:
    """Everyone's hands. What the bot gets wrong goes into `answers`' list of errors."""

    world: World
    links: Links
    dispatcher: Dispatcher
    answers: Answers
    base_url: str = ""

    async def command(self, text: str, *, user: str, channel: str, command: str, escape: bool = True) -> Reply:
        """Type a command. With `escape` the text is rewritten as Slack does under `should_escape`."""
        links = self._links(user, channel, None, f"{command} {text}".strip())
        sent = payloads.escaped(self.world, text) if escape else text
        payload = payloads.command(self.world, user=user, channel=channel, command=command, text=sent, links=links)
        ack = await self.dispatcher.send("slash_commands", payload)
        reply = self._reply(ack, f"{command} {text}", links)
        if reply.error is None and ack.body is not None:
            with self._noting("command's answer", reply):
                reply.message = self.answers.show_ack(links["response_url"], _object(ack.body))
        return reply

    async def click(
        self, place: dict[str, Any], action_id: str, *, user: str, value: str | None = None, block_id: str | None = None
    ) -> Reply:
        """Press a button on a message or a view. Raises LookupError when it is not there."""
        place = self._live(place)
        return await self._act(place, press(place, action_id, value, block_id), user)

    async def select(
        self,
        place: dict[str, Any],
        action_id: str,
        value: str,
        *,
        user: str,
        block_id: str | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reply:
        """Choose an option by its value, or type into an input that tells of it. Raises LookupError.

        `values` is what the inputs of a view hold meanwhile.
        """
        place = self._live(place)
        return await self._act(place, choose(place, action_id, value, block_id), user, values)

    async def shortcut(self, callback_id: str, *, user: str, message: Message | None) -> Reply:
        """Run a shortcut: on a message, or a global one without."""
        message = None if message is None else self._live(message)
        links = self._links(user, message["channel"], message) if message else self._trigger(user)
        payload = payloads.shortcut(self.world, user=user, callback_id=callback_id, message=message, links=links)
        return self._reply(await self.dispatcher.send("interactive", payload), f"shortcut {callback_id}", links)

    async def submit(self, view: dict[str, Any], values: dict[str, Any], *, user: str) -> Reply:
        """Send a modal off, and do with it what the bot answers: close, errors, update, push, clear."""
        view, links = self.world.views[view["id"]], self._trigger(user)
        answers = self._answers(view, values, user)
        payload = payloads.view_submission(
            self.world, user=user, view=view, values=values, links=links, answers=answers
        )
        ack = await self.dispatcher.send("interactive", payload)
        url = {"response_url": answers[0]["response_url"]} if answers else {}
        reply = self._reply(ack, f"form {view['callback_id']}", {**links, **url})
        if reply.error is None:
            with self._noting("form's answer", reply):
                reply.field_errors = self._after_submit(view, user, _object(ack.body or {}))
        return reply

    async def close(self, view: dict[str, Any], *, user: str) -> Ack | None:
        """Close the modal in front. The bot hears of it, and Slack awaits its ack, where the view asks for that."""
        self.world.modals[user].remove(view["id"])
        self.world.changed()
        if not view["notify_on_close"]:
            return None
        ack = await self.dispatcher.send("interactive", payloads.view_closed(self.world, user=user, view=view))
        self._note(ack, f"closing {view['callback_id']}")
        return ack

    async def event(self, kind: str, fields: dict[str, Any], *, retry: int = 0) -> Ack:
        """Something happened that the bot is subscribed to."""
        ack = await self.dispatcher.send("events_api", payloads.event(self.world, kind, fields), retry=retry)
        self._note(ack, f"event {kind}")
        return ack

    async def _act(
        self, place: dict[str, Any], action: dict[str, Any], user: str, values: dict[str, Any] | None = None
    ) -> Reply:
        links = self._links(user, place["channel"], place) if "channel" in place else self._trigger(user)
        payload = payloads.block_actions(self.world, user=user, place=place, action=action, links=links, values=values)
        ack = await self.dispatcher.send("interactive", payload)
        reply = self._reply(ack, f"action {action['action_id']}", links)
        if ack.body is not None:
            complaint = Complaint("", "the ack of an action shows nothing: answer by response_url")
            self.answers.complain(f"action {action['action_id']}", Refused("ignored_answer", [complaint]))
        return reply

    def _after_submit(self, view: dict[str, Any], user: str, answer: dict[str, Any]) -> dict[str, str]:
        open_ids = self.world.modals.get(user, [])
        match answer.get("response_action"):
            case None:
                open_ids[-1:] = []
            case "clear":
                open_ids.clear()
            case "errors":
                return _field_errors(view, answer.get("errors"))
            case "update":
                replace(self.world, view, checked_view(answer.get("view"), "modal"))
            case "push":
                stack(self.world, user, checked_view(answer.get("view"), "modal"))
            case unknown:
                raise Refused("invalid_arguments", [Complaint("/response_action", f"unknown: {unknown}")])
        self.world.changed()
        return {}

    def _live(self, place: dict[str, Any]) -> dict[str, Any]:
        """What is on the screen now under this message's or view's name. Raises LookupError when it is gone."""
        if "channel" not in place:
            return self.world.views[place["id"]]
        find = self.world.find_whisper if place.get("is_ephemeral") else self.world.find
        live = find(place["channel"], place["ts"])
        if live is None:
            raise LookupError(f"message {place['ts']} is gone")
        return live

    def _trigger(self, user: str) -> dict[str, str]:
        return {"trigger_id": self.links.trigger(user)}

    def _links(self, user: str, channel: str, origin: Message | None, typed: str = "") -> dict[str, str]:
        key = self.links.response_url(user, channel, origin, typed)
        return {**self._trigger(user), "response_url": f"{self.base_url}/respond/{key}"}

    def _answers(self, view: dict[str, Any], values: dict[str, Any], user: str) -> list[dict[str, str]]:
        """A response_url for each conversation chosen under `response_url_enabled`.

        Source: Slack, "Handling user interaction", "Publishing responses from modals".
        """
        found = []
        for block in view["blocks"]:
            element = block.get("element", {})
            told = values.get(block["block_id"], {}).get(element.get("action_id"), {})
            channel = told.get("selected_conversation") or told.get("selected_channel")
            if element.get("response_url_enabled") and channel:
                names = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel}
                found.append({**names, "response_url": self._links(user, channel, None)["response_url"]})
        return found

    def _reply(self, ack: Ack, what: str, links: dict[str, str]) -> Reply:
        self._note(ack, what)
        url = links.get("response_url", "")
        return Reply(seconds=ack.seconds, error=ack.error, trigger_id=links["trigger_id"], response_url=url)

    def _note(self, ack: Ack, what: str) -> None:
        if ack.error is not None:
            self.answers.complain(what, Refused(ack.error))

    @contextmanager
    def _noting(self, what: str, reply: Reply) -> Iterator[None]:
        """An answer that Slack would not take is an error that the user sees."""
        try:
            yield
        except Refused as refusal:
            reply.error = refusal.error
            self.answers.complain(what, refusal)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refused("invalid_arguments", [Complaint("", "must provide an object")])
    return body


def _field_errors(view: dict[str, Any], errors: Any) -> dict[str, str]:
    """Errors must name input blocks of the view (Slack, "Modals")."""
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise Refused("invalid_arguments", [Complaint("/errors", "must name input blocks of the view")])
    return {str(block_id): str(words) for block_id, words in errors.items()}
