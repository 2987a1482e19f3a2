"""The Bolt app, made so that nothing in the environment changes what it is."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack.clients import Clients, Identity
from bot.slack.desk import Desk
from bot.slack.listeners import FIRST_ANSWER, listen, listen_to_the_rest
from bot.slack.replies import Replies
from bot.slack.shortcuts import listen_to_shortcuts

log = logging.getLogger(__name__)
log.setLevel(logging.ERROR)  # Bolt warns that it does not use the client's token by itself

READ_BY_BOLT = (
    "SLACK_BOT_TOKEN",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN",
)


def bolt_app(
    clients: Clients,
    identity: Identity,
    desk: Desk,
    *,
    signing_secret: str | None = None,
    region: str | None = None,
    first_answer: timedelta = FIRST_ANSWER,
) -> AsyncApp:
    """An app that answers with the desk. Without a signing secret it serves Socket Mode alone.

    `region` is the country of telephone numbers that are written without one.

    Who we are is told once, by `identity`: Bolt would otherwise call `auth.test` for each request that comes before
    the first answer. It would also make an OAuth flow, with files in the home directory, when SLACK_CLIENT_ID and
    SLACK_CLIENT_SECRET happen to be set.
    """
    result = AuthorizeResult(
        enterprise_id=identity.enterprise,
        team_id=identity.team,
        bot_id=identity.bot,
        bot_user_id=identity.bot_user,
        bot_token=clients.reads.token,
    )

    async def authorize() -> AuthorizeResult:
        return result

    with _unset(READ_BY_BOLT):
        app = AsyncApp(
            name="recordings",
            logger=log,
            client=clients.reads,
            authorize=authorize,
            signing_secret=signing_secret or "unused",
            request_verification_enabled=signing_secret is not None,
        )
    replies = Replies(clients.session)
    listen(app, desk, replies, first_answer=first_answer)
    listen_to_shortcuts(app, desk, replies, clients, region=region, first_answer=first_answer)
    listen_to_the_rest(app, replies)
    return app


@contextmanager
def _unset(names: tuple[str, ...]) -> Iterator[None]:
    """Take variables out of the environment inside the block: no argument tells Bolt to leave them alone."""
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
