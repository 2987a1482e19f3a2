"""User actions in Slack: type a command, press a button, choose an option, run a shortcut, submit a form."""

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
from bot.demo.slack.views import checked_view, replace, stack
from bot.demo.slack.world import Message, World

AGENT = "U0ANA"
PICKED = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
"""Elements that report the chosen value as a plain string, and the key of that string."""
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
"""Elements that report typed text when their block has `dispatch_action`."""


@dataclass(slots=True, kw_only=True)
class Reply:
    """The first reaction to an action that the user saw."""

    seconds: float
    """Time from the key press to the ack."""
    message: Message | None = None
    """The message in the ack; None when the bot only acknowledged, or failed."""
    error: str | None = None
    """`operation_timeout`, `dispatch_failed`, or Slack's name for the error in the answer."""
    field_errors: dict[str, str] = field(default_factory=dict)
    """Errors shown under a form's inputs, by block_id."""
    trigger_id: str = ""
    response_url: str = ""
    """URL for later answers; empty when Slack provides none."""

    @property
    def text(self) -> str:
        """The ack message's text, or the error."""
        return str(self.message["text"]) if self.message else self.error or ""


class Interactions:
    """All actions of a person with the bot. Mistakes of the bot are added to the error list of `answers`."""

    base_url = ""
    """The URL of this Slack, without a slash at the end."""

    def __init__(self, *, world: World, links: Links, dispatcher: Dispatcher, answers: Answers) -> None:
        self.world = world
        self.links = links
        self.answers = answers
        self._dispatcher = dispatcher

    async def command(
        self,
        text: str,
        *,
        user: str = AGENT,
        channel: str = "C0GENERAL",
        command: str = "/recordings",
        escape: bool = True,
    ) -> Reply:
        """Type a slash command. With `escape`, rewrite its text as with `should_escape` in the manifest."""
        links = self._links(user, channel, None, f"{command} {text}".strip())
        sent = payloads.escaped(self.world, text) if escape else text
        payload = payloads.command(self.world, user=user, channel=channel, command=command, text=sent, links=links)
        ack = await self._dispatcher.send("slash_commands", payload)
        reply = self._reply(ack, f"{command} {text}", links)
        if reply.error is None and ack.body is not None:
            with self._noted("command's answer", reply):
                reply.message = self.answers.show_ack(links["response_url"], _object(ack.body))
        return reply

    async def click(
        self,
        place: dict[str, Any],
        action_id: str,
        *,
        user: str = AGENT,
        value: str | None = None,
        block_id: str | None = None,
    ) -> Reply:
        """Press a button on a message or view. Raises LookupError when the button does not exist.

        `value` and `block_id` distinguish buttons with the same action_id.
        """
        place = self._live(place)
        return await self._act(place, press(place, action_id, value, block_id), user)

    async def select(
        self,
        place: dict[str, Any],
        action_id: str,
        value: str,
        *,
        user: str = AGENT,
        block_id: str | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reply:
        """Choose an option by its value, or type into an input with `dispatch_action`. Raises LookupError.

        `values` are the current states of a view's inputs.
        """
        place = self._live(place)
        return await self._act(place, choose(place, action_id, value, block_id), user, values)

    async def open_shortcut(self, callback_id: str, *, user: str = AGENT, message: Message | None = None) -> Reply:
        """Run a message shortcut, or a global shortcut when `message` is None."""
        message = None if message is None else self._live(message)
        links = self._links(user, message["channel"], message) if message else self._trigger(user)
        payload = payloads.shortcut(self.world, user=user, callback_id=callback_id, message=message, links=links)
        return self._reply(await self._dispatcher.send("interactive", payload), f"shortcut {callback_id}", links)

    async def submit_view(self, view: dict[str, Any], values: dict[str, Any], *, user: str = AGENT) -> Reply:
        """Submit a modal and apply the bot's answer: close, errors, update, push, clear.

        `values` are the inputs' states by block_id and action_id.
        """
        view, links = self.world.views[view["id"]], self._trigger(user)
        answers = self._answers(view, values, user)
        payload = payloads.view_submission(
            self.world, user=user, view=view, values=values, links=links, answers=answers
        )
        ack = await self._dispatcher.send("interactive", payload)
        url = {"response_url": answers[0]["response_url"]} if answers else {}
        reply = self._reply(ack, f"form {view['callback_id']}", {**links, **url})
        if reply.error is None:
            with self._noted("form's answer", reply):
                reply.field_errors = self._after_submit(view, user, _object(ack.body or {}))
        return reply

    async def close_view(self, view: dict[str, Any], *, user: str = AGENT) -> Ack | None:
        """Close the top modal and return the ack of `view_closed`, or None when the view has no `notify_on_close`."""
        self.world.modals[user].remove(view["id"])
        self.world.changed()
        if not view["notify_on_close"]:
            return None
        ack = await self._dispatcher.send("interactive", payloads.view_closed(self.world, user=user, view=view))
        self._note(ack, f"closing {view['callback_id']}")
        return ack

    async def event(self, kind: str, *, retry: int = 0, **fields: Any) -> Ack:
        """Send an event of the Events API. `retry` is the number of the repetition, 0 for the first try."""
        ack = await self._dispatcher.send("events_api", payloads.event(self.world, kind, fields), retry=retry)
        self._note(ack, f"event {kind}")
        return ack

    async def _act(
        self, place: dict[str, Any], action: dict[str, Any], user: str, values: dict[str, Any] | None = None
    ) -> Reply:
        links = self._links(user, place["channel"], place) if "channel" in place else self._trigger(user)
        payload = payloads.block_actions(self.world, user=user, place=place, action=action, links=links, values=values)
        ack = await self._dispatcher.send("interactive", payload)
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
        """Return the current state of this message or view. Raises LookupError when it no longer exists."""
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
        """Return a response_url for each conversation that was chosen under `response_url_enabled`.

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
    def _noted(self, what: str, reply: Reply) -> Iterator[None]:
        """Record a Refused answer as an error that the user sees."""
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
    """Return the errors by block_id. They must name input blocks of the view (Slack, "Modals")."""
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise Refused("invalid_arguments", [Complaint("/errors", "must name input blocks of the view")])
    return {str(block_id): str(words) for block_id, words in errors.items()}


def press(place: dict[str, Any], action_id: str, value: str | None = None, inside: str | None = None) -> dict[str, Any]:
    """Return the action of pressing the button with this action_id.

    `value` and the block `inside` are compared only when they are given. Raises LookupError when there is no such
    button.
    """
    for block_id, element in _elements(place, inside):
        meant = element["type"] == "button" and element.get("action_id") == action_id
        if meant and value in (None, element.get("value")):
            return _action(block_id, element, {key: element[key] for key in ("text", "value") if key in element})
    raise LookupError(f"no button {action_id!r} to press" + (f" with value {value!r}" if value else ""))


def choose(place: dict[str, Any], action_id: str, value: str, inside: str | None = None) -> dict[str, Any]:
    """Return the action of choosing by value in a select, menu or picker, or of typing the value into an input.

    The element has this action_id and is, if given, in the block `inside`. Raises LookupError when there is none, and
    for an input whose block does not have `dispatch_action`.
    """
    for block_id, element in _elements(place, inside):
        if element.get("action_id") != action_id or not _is_told(place, block_id):
            continue
        if element["type"] in TYPED:
            return _action(block_id, element, {"value": value or None})
        if element["type"] in PICKED:
            return _action(block_id, element, {PICKED[element["type"]]: value})
        for option in _options(element):
            if option["value"] == value:
                chosen = [option] if element["type"] == "checkboxes" else option
                return _action(block_id, element, {_chosen_key(element): chosen})
    raise LookupError(f"nothing to choose {value!r} in under {action_id!r}")


def _is_told(place: dict[str, Any], block_id: str) -> bool:
    """Return whether the bot receives the block's actions before the form is submitted (Slack, "Input block")."""
    block = next(block for block in place["blocks"] if block["block_id"] == block_id)
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def _chosen_key(element: dict[str, Any]) -> str:
    return "selected_options" if element["type"] == "checkboxes" else "selected_option"


def _action(block_id: str, element: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    return {"type": element["type"], "block_id": block_id, "action_id": element.get("action_id", ""), **told}


def _elements(place: dict[str, Any], inside: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in place["blocks"]:
        if inside not in (None, block["block_id"]):
            continue
        found = list(block.get("elements", [])) if block["type"] in ("actions", "context_actions") else []
        found += [block[key] for key in ("accessory", "element") if key in block]
        for element in found:
            yield block["block_id"], element


def _options(element: dict[str, Any]) -> list[dict[str, Any]]:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]
