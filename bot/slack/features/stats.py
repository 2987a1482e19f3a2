"""`/recordings stats`: the figures in words, and a chart that follows."""

from bot.domain.access import Asker
from bot.language.grammar import AskStats
from bot.slack.answering import Answer, Feature, Send, Services
from bot.slack.stats import figures


async def stats(asker: Asker, command: AskStats, services: Services) -> Answer:
    """Answer `stats`."""
    statistics = await services.lookup.stats(asker, command.query, command.by, patience=services.patience)

    async def send_chart(send: Send) -> None:
        await send(await services.charts.send(statistics, asker.user, zone=asker.zone))

    return Answer(figures(statistics, zone=asker.zone), later=send_chart if statistics.buckets else None)


FEATURE = Feature(commands={AskStats: stats})
