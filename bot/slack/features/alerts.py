"""What the bot reports about itself in channels, and *Try again now* below the alert about a channel."""

from bot.domain.access import Asker
from bot.domain.alert import Alert, Happening
from bot.slack.answering import Answer, Feature, Services
from bot.slack.blocks.message import Message, text_message
from bot.slack.blocks.values import ButtonValue
from bot.text import alert_lines, sentences

RESUME: ButtonValue[str] = ButtonValue(
    "recordings.resume.v1",
    lambda channel: {"channel": channel},
    lambda fields: channel if isinstance(channel := fields.get("channel"), str) else None,
)
"""The id of a paused channel."""


async def resume(asker: Asker, channel: str, services: Services) -> Answer:  # noqa: ARG001 - as every handler
    """Post into a paused channel again."""
    return Answer(message=resumed(found=await services.resume(channel)))


def message(alert: Alert) -> Message:
    """An alert. One about a channel that takes no posts has a button to try again."""
    lines = alert_lines.alert(alert)
    if alert.happening is not Happening.CLOSED:
        return text_message(lines)
    return text_message(
        lines, *RESUME.button("Try again now", alert.channel, spoken_label="Try again now to post there")
    )


def resumed(*, found: bool) -> Message:
    """The answer to *Try again now*; `found` tells whether the channel was paused."""
    return text_message([sentences.RESUMED if found else sentences.NOT_PAUSED])


FEATURE = Feature(buttons={RESUME: resume})
