"""The demo's workspace: who works there and which channels they have."""

from collections.abc import Callable

from bot.demo.slack.world import Bot, Channel, Team, User, World

BOT = Bot(user_id="U0BOT", bot_id="B0BOT", app_id="A0BOT", name="recordings")
STAFF = frozenset({"U0ANA", "U0LEO", "U0ADA"})


def demo_world(clock: Callable[[], float]) -> World:
    """A fresh workspace: an agent, a lead, an administrator, a guest; channels with and without the bot."""
    return World(
        team=Team(id="T0DEMO", name="Demo", domain="demo"),
        bot=BOT,
        users=_users(),
        channels=_channels(),
        groups={"S0SUPPORT": ["U0ANA", "U0LEO"]},
        clock=clock,
    )


def _users() -> tuple[User, ...]:
    return (
        User(id="U0ANA", name="ana", real_name="Ana Agent", tz="Europe/Zurich"),
        User(id="U0LEO", name="leo", real_name="Leo Lead", tz="Europe/London"),
        User(id="U0ADA", name="ada", real_name="Ada Admin", tz="America/New_York", is_admin=True, is_owner=True),
        User(id="U0GIL", name="gil", real_name="Gil Guest", tz="Asia/Tokyo", is_guest=True),
        User(id=BOT.user_id, name=BOT.name, real_name="Call Recordings", is_bot=True),
    )


def _channels() -> tuple[Channel, ...]:
    crew = STAFF | {BOT.user_id}
    return (
        Channel(id="C0GENERAL", name="general", members={*crew, "U0GIL"}, is_general=True),
        Channel(id="C0CALLS", name="calls", members=set(crew)),
        Channel(id="C0SALES", name="sales", members={"U0LEO", "U0ADA", BOT.user_id}, is_private=True),
        Channel(id="C0LOBBY", name="lobby", members=set(STAFF)),
        Channel(id="C0BOARD", name="board", members={"U0ADA"}, is_private=True),
        Channel(id="C0OLD", name="old-calls", members=set(crew), is_archived=True),
    )
