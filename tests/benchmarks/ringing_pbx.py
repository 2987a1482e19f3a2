"""A PBX stand-in of so many recordings at which a call ends with every SIGUSR1.

`python ringing_pbx.py ROWS` prints its address as one line, and stops on SIGTERM.
"""

import asyncio
import signal
import sys

from bot.demo.calls import Company
from bot.demo.pbx import PbxStandIn, utc_now


async def main(rows: int) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    pbx = PbxStandIn(calls=Company().history(rows, until=utc_now()))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, pbx.place, "Evelyn<5566>", "Dave Harris<5556>", "Internal", 20)
    async with pbx.serve() as url:
        print(url, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
