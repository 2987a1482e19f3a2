"""What each person sees of one workspace."""

import pytest

from bot.demo.page.user_view import MOST_MESSAGES, channel_of, message_of, user_view
from bot.demo.slack.staff import demo_world
from bot.demo.slack.world import World

NOON = 1_795_000_000.0


@pytest.fixture
def world() -> World:
    return demo_world(lambda: NOON)


@pytest.mark.parametrize(
    ("user", "channels"),
    [
        pytest.param("U0ANA", ["general", "calls", "lobby", "old-calls", ""], id="the agent"),
        pytest.param("U0LEO", ["general", "calls", "sales", "lobby", "old-calls", ""], id="the team lead"),
        pytest.param("U0ADA", ["general", "calls", "sales", "lobby", "board", "old-calls", ""], id="the administrator"),
        pytest.param("U0GIL", ["general", ""], id="the guest"),
    ],
)
def test_each_is_in_their_own_channels(world: World, user: str, channels: list[str]) -> None:
    world.say("C0BOARD", {"text": "secret"}, user="U0ADA")
    seen = user_view(world, user)
    assert [channel["name"] for channel in seen["channels"]] == channels
    assert list(seen["messages"]) == [channel["id"] for channel in seen["channels"]]
    assert ("secret" in str(seen)) == (user == "U0ADA")


def test_a_channel_tells_its_kind(world: World) -> None:
    seen = {channel["id"]: channel for channel in user_view(world, "U0LEO")["channels"]}
    assert [seen[name]["kind"] for name in ("C0GENERAL", "C0SALES", "D0LEO")] == ["channel", "private", "dm"]
    assert seen["D0LEO"]["with"] == "U0BOT"
    assert "with" not in seen["C0GENERAL"]
    assert seen["C0OLD"]["is_archived"]


def test_whispers_stand_where_they_came_and_are_ones_own(world: World) -> None:
    world.say("C0CALLS", {"text": "first"})
    world.whisper("U0ANA", "C0CALLS", {"text": "for Ana"})
    world.whisper("U0LEO", "C0CALLS", {"text": "for Leo"})
    world.say("C0CALLS", {"text": "last"}, user="U0LEO")
    seen = user_view(world, "U0ANA")["messages"]["C0CALLS"]
    assert [(message["text"], "ephemeral" in message) for message in seen] == [
        ("first", False),
        ("for Ana", True),
        ("last", False),
    ]


def test_a_message_brings_what_it_has_and_nothing_of_ours(world: World) -> None:
    message = world.say("C0CALLS", {"text": "old"})
    world.edit(message, {"text": "new", "blocks": [{"type": "divider", "block_id": "line"}]})
    (seen,) = user_view(world, "U0ANA")["messages"]["C0CALLS"]
    assert seen == {
        "ts": message["ts"],
        "user": "U0BOT",
        "text": "new",
        "blocks": [{"type": "divider", "block_id": "line"}],
        "edited": True,
    }


def test_of_a_long_history_the_newest_are_shown(world: World) -> None:
    for number in range(MOST_MESSAGES + 5):
        world.say("C0CALLS", {"text": str(number)})
    seen = user_view(world, "U0ANA")["messages"]["C0CALLS"]
    assert [seen[0]["text"], seen[-1]["text"]] == ["5", str(MOST_MESSAGES + 4)]


def test_nobody_reaches_for_what_is_not_theirs(world: World) -> None:
    whisper = world.whisper("U0LEO", "C0CALLS", {"text": "for Leo"})
    assert message_of(world, "U0LEO", "C0CALLS", whisper["ts"]) is whisper
    with pytest.raises(LookupError, match="is gone"):
        message_of(world, "U0ANA", "C0CALLS", whisper["ts"])
    with pytest.raises(LookupError, match="in no channel C0SALES"):
        channel_of(world, "U0ANA", "C0SALES")
