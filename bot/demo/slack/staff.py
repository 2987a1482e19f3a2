"""The demo's workspace: its users and its channels.

Ana has Evelyn's telephone number in her profile, Leo's e-mail address is that of an extension, and Ada's telephone
number is the mobile number of an extension.
"""

from collections.abc import Callable

from bot.demo.slack.world import Bot, Channel, Team, User, World

BOT = Bot(user_id="U0BOT", bot_id="B0BOT", app_id="A0BOT", name="recordings")
STAFF = frozenset({"U0ANA", "U0LEO", "U0ADA"})


def demo_world(clock: Callable[[], float]) -> World:
    """Return a new workspace: an agent, a lead, an administrator, a guest; channels with and without the bot."""
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
        User(id="U0ANA", name="ana", real_name="Ana Agent", title="agent", tz="Europe/Zurich", phone="5566"),
        User(
            id="U0LEO",
            name="leo",
            real_name="Leo Lead",
            title="lead",
            tz="Europe/London",
            email="leo.ball@demo.example",
        ),
        User(
            id="U0ADA",
            name="ada",
            real_name="Ada Admin",
            title="administrator",
            tz="America/New_York",
            phone="+44 7700 900556",
            is_admin=True,
            is_owner=True,
        ),
        User(id="U0GIL", name="gil", real_name="Gil Guest", title="guest", tz="Asia/Tokyo", is_guest=True),
        User(id=BOT.user_id, name=BOT.name, real_name="Recordings", title="app", is_bot=True),
    )


def _channels() -> tuple[Channel, ...]:
    crew = STAFF | {BOT.user_id}
    return (
        Channel(
            id="C0GENERAL", name="general", members={*crew, "U0GIL"}, is_general=True, topic="For everybody, guests too"
        ),
        Channel(id="C0CALLS", name="calls", members=set(crew), topic="Each new recording is told here"),
        Channel(
            id="C0SALES",
            name="sales",
            members={"U0LEO", "U0ADA", BOT.user_id},
            is_private=True,
            topic="Sales, behind closed doors",
        ),
        Channel(id="C0LOBBY", name="lobby", members=set(STAFF), topic="Small talk: the bot is not in here"),
        Channel(id="C0BOARD", name="board", members={"U0ADA"}, is_private=True, topic="The board alone"),
        Channel(id="C0OLD", name="old-calls", members=set(crew), is_archived=True),
        *(_dm(name) for name in ("ANA", "LEO", "ADA", "GIL")),
    )


def _dm(name: str) -> Channel:
    """Return a user's direct messages with the bot."""
    return Channel(id=f"D0{name}", name="", members={f"U0{name}", BOT.user_id}, dm_with=f"U0{name}")
