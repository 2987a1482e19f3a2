"""A page that looks and behaves like Slack as far as a bot goes, and a panel that drives both stand-ins."""

from bot.demo.page.panel import Panel
from bot.demo.page.server import Page

__all__ = ["Page", "Panel"]
