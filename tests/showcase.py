"""The page over a workspace without a bot, furnished with everything that a bot can show in Slack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal

from bot.demo.audio import wav
from bot.demo.calls import Company
from bot.demo.page import Page, Panel
from bot.demo.pbx import PbxStandIn
from bot.demo.slack import Features, SlackStandIn
from bot.demo.slack.files import show_file

Block = dict[str, Any]

EVIL = "<img src=x onerror=alert(1)>"
COMMAND = {"command": "/recordings", "description": "Look up call recordings", "hint": "latest 10 | help"}
SHORTCUTS = (
    {"name": "Find this caller", "type": "message", "callback_id": "find", "description": "Their latest calls"},
    {"name": "Latest recordings", "type": "global", "callback_id": "latest", "description": "Ask from anywhere"},
)
STAMP = 1_641_980_184
"""2022-01-12 09:36:24 UTC."""


@dataclass(frozen=True)
class Showcase:
    """`url` is the page's; what is done to `slack` from here goes through `portal`, into the page's own thread."""

    url: str
    slack: SlackStandIn
    portal: BlockingPortal

    def say(self, text: str, blocks: list[Block] | None = None, channel: str = "C0CALLS", **more: Any) -> None:
        """The bot posts a message."""
        self.portal.call(self.slack.world.say, channel, {"text": text, "blocks": blocks or [], **more})

    def open_modal(self, user: str = "U0ANA") -> None:
        """The bot opens a form with every input."""
        self.portal.call(_open, self.slack, user)

    def close_modals(self) -> None:
        """Nothing is open any more."""
        self.portal.call(self.slack.world.modals.clear)
        self.portal.call(self.slack.world.changed)


@contextmanager
def showcase() -> Iterator[Showcase]:
    """Serve it."""
    slack = SlackStandIn(features=Features(commands=(COMMAND,), shortcuts=SHORTCUTS))
    page = Page(slack, Panel(PbxStandIn(), slack, Company()))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(page.serve(0)) as url:
        shown = Showcase(url, slack, portal)
        for channel in ("C0GENERAL", "C0CALLS"):
            shown.say("Everything that a message can hold", blocks(), channel)
        shown.say("*bold* _italic_ ~gone~ `code` <https://example.org|a link> <@U0LEO> :tada:\n&gt; quoted &amp; done")
        shown.say("And a sound", files=[_sound(slack)], channel="C0LOBBY")
        portal.call(slack.world.homes.update, {"U0LEO": {"id": "V0HOME", "type": "home", "blocks": blocks()}})
        yield shown


def _sound(slack: SlackStandIn) -> Block:
    content = wav(timedelta(seconds=30))
    facts = {"id": "F0SOUND", "name": "call-614.wav", "alt_txt": "", "size": len(content), "shares": {}}
    slack.world.files["F0SOUND"] = {**facts, "content": content, "done": True}
    return show_file(slack.world.files["F0SOUND"])


def text(words: str, kind: str = "plain_text") -> Block:
    """A text object."""
    return {"type": kind, "text": words}


def blocks() -> list[Block]:
    """One of each."""
    return [
        {"type": "header", "text": text("This week at a glance")},
        {
            "type": "section",
            "text": text(f"*184* recordings, last <!date^{STAMP}^{{date_long}} at {{time}}|2022>", "mrkdwn"),
            "accessory": {"type": "overflow", "action_id": "more", "options": _options("Share", "Delete")},
        },
        {"type": "section", "fields": [text("*Inbound*\n120", "mrkdwn"), text("*Outbound*\n64", "mrkdwn")]},
        {"type": "divider"},
        {"type": "rich_text", "elements": _rich()},
        {"type": "table", "rows": [_row("Who", "Calls"), _row("Evelyn", "31"), _row(EVIL, "2")]},
        {"type": "markdown", "text": "**Strong** and [linked](https://example.org)\n1. one\n2. two"},
        {"type": "data_visualization", "title": "Recordings by weekday", "chart": _bars()},
        {"type": "data_visualization", "title": "Recordings by direction", "chart": _pie()},
        {"type": "context", "elements": [text("As of <!date^1641980184^{time}|09:36>", "mrkdwn")]},
        {"type": "actions", "elements": _controls()},
    ]


def _rich() -> list[Block]:
    row = [{"type": "text", "text": EVIL, "style": {"bold": True}}, {"type": "text", "text": " → Evelyn · "}]
    date = {"type": "date", "timestamp": STAMP, "format": "{date_num} {time_secs}", "fallback": "2022-01-12"}
    section = {"type": "rich_text_section", "elements": [*row, date]}
    return [
        {"type": "rich_text_list", "style": "ordered", "offset": 10, "elements": [section, section]},
        {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [section]},
        {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": "U0LEO"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "errcode 10004"}]},
    ]


def _bars() -> Block:
    points = [{"label": day, "value": value} for day, value in (("Mon", 31), ("Tue", 1_204), ("W" * 20, 0))]
    categories = [point["label"] for point in points]
    return {
        "type": "bar",
        "series": [{"name": "Recordings", "data": points}],
        "axis_config": {"categories": categories},
    }


def _pie() -> Block:
    segments = (("inbound", 120), ("outbound", 64), ("internal", 9))
    return {"type": "pie", "segments": [{"label": label, "value": value} for label, value in segments]}


def _controls() -> list[Block]:
    confirm = {"title": text("Delete it?"), "text": text("It cannot be brought back."), "style": "danger"}
    confirm |= {"confirm": text("Delete"), "deny": text("Keep")}
    return [
        {"type": "static_select", "action_id": "pick", "placeholder": text("Open…"), "options": _options(*"abcdefgh")},
        {"type": "button", "action_id": "go", "text": text("Next"), "style": "primary"},
        {"type": "button", "action_id": "drop", "text": text("Delete"), "style": "danger", "confirm": confirm},
        {"type": "datepicker", "action_id": "day", "initial_date": "2022-01-12"},
    ]


def _options(*words: str) -> list[Block]:
    return [{"text": text(word), "value": word} for word in words]


def _row(*cells: str) -> list[Block]:
    return [{"type": "raw_text", "text": cell} for cell in cells]


def form() -> list[Block]:
    """An input block for every kind of input."""
    elements: dict[str, Block] = {
        "Words": {"type": "plain_text_input", "placeholder": text("Such as harris 5566")},
        "Note": {"type": "plain_text_input", "multiline": True},
        "Direction": {"type": "static_select", "options": _options("Inbound", "Outbound")},
        "Days": {"type": "multi_static_select", "options": _options("Monday", "Tuesday")},
        "After": {"type": "datepicker", "initial_date": "2022-01-12"},
        "At": {"type": "timepicker", "initial_time": "17:30"},
        "Also": {"type": "checkboxes", "options": _options("Voicemail", "Queues")},
        "Order": {"type": "radio_buttons", "options": _options("Newest", "Oldest")},
        "How many": {"type": "number_input", "is_decimal_allowed": False, "initial_value": "10"},
        "Who": {"type": "users_select"},
        "Where": {"type": "channels_select", "initial_channel": "C0CALLS"},
    }
    return [
        {"type": "section", "block_id": "intro", "text": text("Which recordings shall be *posted*?", "mrkdwn")},
        *(
            {
                "type": "input",
                "block_id": label,
                "optional": label != "Words",
                "label": text(label),
                "element": {"action_id": "value", **element},
                "hint": text(f"A hint for {label}"),
            }
            for label, element in elements.items()
        ),
    ]


def _open(slack: SlackStandIn, user: str) -> None:
    view_id = slack.world.new_id("V")
    slack.world.views[view_id] = {
        "id": view_id,
        "type": "modal",
        "callback_id": "form",
        "title": text("Tell a channel"),
        "submit": text("Save"),
        "close": text("Not now"),
        "blocks": form(),
    }
    slack.world.modals.setdefault(user, []).append(view_id)
    slack.world.changed()
