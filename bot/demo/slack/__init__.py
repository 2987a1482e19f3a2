"""A strict stand-in for Slack: a workspace, its Web API, and the ways by which it calls a bot."""

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
