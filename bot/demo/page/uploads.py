"""Files that the bot uploaded, for the page's audio player and images."""

import re

from starlette.responses import JSONResponse, Response

from bot.demo.slack.files import show_file
from bot.demo.slack.world import World

SHOWN_IN_PLACE = re.compile(r"audio/|video/|image/(?!svg)")
"""Types that the page shows. All others are sent as attachments: HTML and SVG could contain scripts."""
PART = re.compile(r"bytes=(\d+)-(\d*)")


def send_file(world: World, file_id: str, asked_part: str | None) -> Response:
    """Return a shared file, or only the part given by `Range: bytes=…`, which a player uses to seek."""
    file = world.files.get(file_id)
    if file is None or not file.get("done"):
        return JSONResponse({"error": f"there is no file {file_id}"}, 404)
    kind = show_file(file)["mimetype"]
    headers = {"Accept-Ranges": "bytes"}
    if not SHOWN_IN_PLACE.match(kind):
        headers["Content-Disposition"] = "attachment"
    return _part(file["content"], kind, headers, PART.fullmatch(asked_part or ""))


def _part(content: bytes, kind: str, headers: dict[str, str], asked: re.Match[str] | None) -> Response:
    if asked is None:
        return Response(content, media_type=kind, headers=headers)
    first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
    if first > last:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, media_type=kind, headers=headers)
