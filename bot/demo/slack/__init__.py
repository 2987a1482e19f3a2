"""A strict stand-in for Slack: a workspace, its Web API, and delivery to a bot over HTTP or Socket Mode."""

from bot.demo.slack.stand_in import (
    APP_TOKEN,
    BOT_TOKEN,
    SCOPES,
    SIGNING_SECRET,
    Ack,
    Faults,
    Features,
    Reply,
    SlackStandIn,
)

__all__ = ["APP_TOKEN", "BOT_TOKEN", "SCOPES", "SIGNING_SECRET", "Ack", "Faults", "Features", "Reply", "SlackStandIn"]
