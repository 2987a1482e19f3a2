"""The Bolt app, independent of the environment variables that Bolt reads by itself."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack.answering import FIRST_ANSWER, Answering, Services
from bot.slack.clients import Identity
from bot.slack.features import FEATURES
from bot.slack.replies import Replies

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
    identity: Identity,
    services: Services,
    *,
    new_reference: Callable[[], str],
    signing_secret: str | None = None,
    first_answer: timedelta = FIRST_ANSWER,
) -> AsyncApp:
    """Return an app that answers with every feature. Without a signing secret it serves Socket Mode alone.

    `identity` is fixed: Bolt would otherwise call `auth.test` for each request that comes before the first answer.
    Bolt would also make an OAuth flow, with files in the home directory, when SLACK_CLIENT_ID and
    SLACK_CLIENT_SECRET happen to be set.
    """
    clients = services.clients
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
    answering = Answering(FEATURES, services, replies, new_reference=new_reference, first_answer=first_answer)
    answering.register(app)
    return app


@contextmanager
def _unset(names: tuple[str, ...]) -> Iterator[None]:
    """Remove variables from the environment inside the block: Bolt has no argument to ignore them."""
    removed = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(removed)
