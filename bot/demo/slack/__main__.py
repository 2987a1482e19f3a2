"""`python -m bot.demo.slack --port 8080`: a Slack stand-in in its own process.

It prints its base URL as one line, and stops on SIGTERM.
"""

import argparse
import asyncio
import signal

from bot.demo.slack.stand_in import SlackStandIn


async def _run(arguments: argparse.Namespace) -> None:
    slack = SlackStandIn(burst=arguments.burst)
    slack.request_url = arguments.request_url
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with slack.serve(arguments.port) as url:
        print(url, flush=True)
        await stop.wait()


def main() -> None:
    """Run a stand-in in this process until SIGTERM. Its only output is one line with its base URL."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.slack", description="A stand-in for Slack.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--request-url", help="where the bot takes signed HTTP posts; Socket Mode without")
    parser.add_argument("--burst", type=int, default=1, help="posts a channel takes at once")
    asyncio.run(_run(parser.parse_args()))


main()
