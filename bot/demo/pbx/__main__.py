"""`python -m bot.demo.pbx --port 8088 --rows 200000`: a PBX stand-in in its own process.

It prints its base URL as one line, and stops on SIGTERM.
"""

import argparse
import asyncio
import signal
import sys
from datetime import UTC, datetime

from bot.demo.calls import Company
from bot.demo.pbx.stand_in import PbxStandIn


async def _run(port: int, rows: int, seed: int) -> None:
    """Serve the recordings of a generated company until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stand_in = PbxStandIn(seed=seed, calls=Company(seed).history(rows, until=datetime.now(UTC)))
    async with stand_in.serve(port=port) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m bot.demo.pbx", description="A Yeastar P-Series PBX to test against."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--rows", type=int, default=184, help="recordings to start with")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same calls")
    asyncio.run(_run(**vars(parser.parse_args())))


main()
