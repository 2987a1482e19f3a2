"""A web page that looks and behaves like Slack for users of a bot, with a panel that controls both stand-ins."""

from bot.demo.page.panel import Panel
from bot.demo.page.server import Page

__all__ = ["Page", "Panel"]
