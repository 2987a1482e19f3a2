"""Pictures for one person: into the direct messages, where they stay."""

import json
from http import HTTPStatus

from bot.errors import MessageRefused, SlackBusy, SlackOutcomeUnknown, SlackUnreachable
from bot.slack.clients import Clients
from bot.slack.directory import SlackDirectory
from bot.slack.errors import read_retry_after, slack_error
from bot.slack.picture import Picture

KIND = {"Content-Type": "application/octet-stream"}
"""The address is the permission: the bytes go there without the token."""
UPLOAD = "the upload of a picture"


class Uploads:
    """Sends pictures. The address that Slack names for the bytes is a secret: whoever has it may put a file there.

    Source: Slack, "Working with files", "Uploading files". Arguments go in forms: the SDK's own methods put them into
    the address, where long words do not fit, and the first step takes no JSON.
    """

    def __init__(self, clients: Clients) -> None:
        self._session = clients.session
        self._reads = clients.reads
        self._posts = clients.posts
        self._directory = SlackDirectory(clients)

    async def send(self, user: str, picture: Picture) -> None:
        """Put the picture into our direct messages with the user.

        1. Open the direct messages.
        2. Ask for an address. A file that never comes there is dropped by Slack: asking again does no harm.
        3. Send the bytes there.
        4. Have the file shared, once: asked again, it would stand there twice.

        Raises SlackError; SlackOutcomeUnknown when the picture may be there all the same.
        """
        try:
            channel = await self._directory.direct(user)
            url, file = await self._address(picture)
            await self._carry(url, picture.content)
        except SlackOutcomeUnknown as error:
            raise SlackUnreachable(str(error), code=error.code) from error  # nothing is shared before the last step
        await self._share(file, picture, channel)

    async def _address(self, picture: Picture) -> tuple[str, str]:
        """Where the bytes go, and the file's id."""
        asked = {"filename": picture.name, "length": str(len(picture.content)), "alt_txt": picture.alt}
        try:
            answer = await self._reads.api_call("files.getUploadURLExternal", data=asked)
            return str(answer["upload_url"]), str(answer["file_id"])
        except Exception as error:
            raise slack_error(error, "files.getUploadURLExternal") from error

    async def _carry(self, url: str, content: bytes) -> None:
        try:
            async with self._session.post(url, data=content, headers=KIND, allow_redirects=False) as answer:
                status, pause = answer.status, answer.headers.get("Retry-After")
        except Exception as error:  # noqa: BLE001 - raised again
            raise slack_error(error, UPLOAD) from None  # its own text may hold the address
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise SlackBusy(f"Slack limits {UPLOAD}", retry_after=read_retry_after(pause))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise SlackUnreachable(f"Slack failed at {UPLOAD} ({status})")
        if status != HTTPStatus.OK:
            raise MessageRefused(f"Slack refuses {UPLOAD} ({status})", code=f"status {status}")

    async def _share(self, file: str, picture: Picture, channel: str) -> None:
        files = json.dumps([{"id": file, "title": picture.title}])
        asked = {"files": files, "channel_id": channel, "initial_comment": picture.words}
        try:
            await self._posts.api_call("files.completeUploadExternal", data=asked)
        except Exception as error:
            raise slack_error(error, "files.completeUploadExternal") from error
