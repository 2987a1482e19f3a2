"""The side panel: it adds calls, and switches faults of the PBX and of Slack on and off."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.demo.calls import CUSTOMERS, EXTENSIONS, FICTIONAL, HOSTILE, QUEUE, RECEPTION, Company
from bot.demo.page import bodies
from bot.demo.pbx import PbxStandIn
from bot.demo.slack import SlackStandIn

PARTIES = (
    *EXTENSIONS,
    RECEPTION,
    QUEUE,
    *(f"{name}<{numbers.format(100)}>" for name, numbers in zip(CUSTOMERS, FICTIONAL, strict=False)),
    *(f"{name}<{numbers.format(150)}>" for name, numbers in zip(HOSTILE, FICTIONAL, strict=False)),
    "Anonymous",
)
"""Parties to choose from: the company, some of its customers, callers with hostile names, and a withheld one."""
FOR_GOOD = 1_000_000_000
"""Number of posts to limit; so high that the fault lasts until it is switched off."""
HTTP_FAILING = 500
REFUSAL = "restricted_action"
"""Error for a post into a refused channel: the workspace lets only some people post there."""


class Panel:
    """Controls for both stand-ins. Every change counts as a change of the workspace, so that the pages refresh."""

    def __init__(self, pbx: PbxStandIn, slack: SlackStandIn, company: Company) -> None:
        self.arriving = True
        """Whether new calls keep arriving automatically."""
        self._pbx = pbx
        self._slack = slack
        self._company = company

    @property
    def newest_id(self) -> int:
        """The id of the latest recording on the PBX, or 0 when there is none."""
        return self._pbx.calls[-1].id if self._pbx.calls else 0

    def show(self) -> dict[str, Any]:
        """Return the state of both stand-ins, as `pbx` and `slack`."""
        pbx, slack = self._pbx.faults, self._slack.faults
        return {
            "pbx": {
                "down": pbx.down,
                "slow_seconds": pbx.hang_seconds,
                "held": len(self._pbx.calls),
                "newest_id": self.newest_id,
                "parties": PARTIES,
                "arriving": self.arriving,
            },
            "slack": {
                "ratelimit": slack.ratelimit_next > 0,
                "failing": slack.status == HTTP_FAILING,
                "dropping": slack.store_then_drop_every > 0,
                "down": slack.down,
                "refusing": sorted(slack.error_by_channel),
            },
        }

    def ring(self) -> None:
        """Add one generated call that has just ended."""
        self._pbx.add(self._company.next_call(_now()))
        self._slack.world.changed()

    async def call(self, body: bodies.PlaceCall) -> None:
        """Add a call between these two parties that has just ended."""
        begun = _now() - timedelta(seconds=body.seconds)
        self._pbx.place(body.caller, body.callee, body.direction, body.seconds, at=begun)
        self._slack.world.changed()

    async def many(self, body: bodies.Many) -> None:
        """Add `count` generated calls that have just ended."""
        self._pbx.fill(self._company.next_call(_now()) for _ in range(body.count))
        self._slack.world.changed()

    async def plug(self, body: bodies.Plug) -> None:
        """Disconnect or reconnect the PBX. It still records calls; only the bot cannot reach it."""
        self._pbx.faults.down = body.down
        self._slack.world.changed()

    async def slow(self, body: bodies.Slow) -> None:
        """Set how long the PBX waits before each answer."""
        self._pbx.faults.hang_seconds = body.seconds
        self._slack.world.changed()

    async def arrive(self, body: bodies.Arriving) -> None:
        """Switch the automatic arrival of new calls on or off."""
        self.arriving = body.on
        self._slack.world.changed()

    async def wipe(self, body: bodies.Wipe) -> None:
        """Delete the PBX's oldest recordings and keep the latest `keep`."""
        gone = self._pbx.calls[: max(0, len(self._pbx.calls) - body.keep)]
        self._pbx.delete([row.id for row in gone])
        self._slack.world.changed()

    async def reset(self, _body: bodies.Nothing) -> None:
        """Reset the PBX to its factory state: no recordings, and the next one has id 1."""
        self._pbx.reset_ids()
        self._slack.world.changed()

    async def reboot(self, _body: bodies.Nothing) -> None:
        """Reboot the PBX, which ends every login."""
        self._pbx.restart()
        self._slack.world.changed()

    async def weather(self, body: bodies.Weather) -> None:
        """Switch faults of Slack on or off: rate limit, HTTP 500, connections cut after a post is stored, down."""
        faults = self._slack.faults
        if body.ratelimit is not None:
            faults.ratelimit_next = FOR_GOOD if body.ratelimit else 0
        if body.failing is not None:
            faults.status = HTTP_FAILING if body.failing else 0
        if body.dropping is not None:
            faults.store_then_drop_every = int(body.dropping)
        if body.down is not None:
            await self._cut_off(down=body.down)
        self._slack.world.changed()

    async def refuse(self, body: bodies.Refusing) -> None:
        """Make Slack refuse or accept posts into a channel. Raises LookupError for an unknown channel."""
        if body.channel not in self._slack.world.channels:
            raise LookupError(f"there is no channel {body.channel}")
        if body.on:
            self._slack.faults.error_by_channel[body.channel] = REFUSAL
        else:
            self._slack.faults.error_by_channel.pop(body.channel, None)
        self._slack.world.changed()

    async def _cut_off(self, *, down: bool) -> None:
        self._slack.faults.down = down
        if down:
            await self._slack.drop_sockets()


def _now() -> datetime:
    return datetime.now(UTC)
