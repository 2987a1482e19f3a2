"""The files.* methods: request an upload URL, upload the bytes, then share the file."""

import mimetypes
from typing import Any

from bot.demo.slack.call import Call, Refused, family
from bot.demo.slack.world import World

LONGEST_ALT = 1_000
"""Maximum characters of `alt_txt` (files.getUploadURLExternal)."""


def upload_url(call: Call) -> dict[str, Any]:
    """Return an upload URL for `length` bytes, and the file's id."""
    name = call.need("filename")
    length = str(call.arguments.get("length", ""))
    if not length.isdigit() or int(length) == 0:
        raise Refused("missing_argument")
    if len(call.text("alt_txt")) > LONGEST_ALT:
        raise Refused("invalid_arguments")
    file_id = call.world.new_id("F")
    call.world.files[file_id] = {
        "id": file_id,
        "name": name,
        "alt_txt": call.text("alt_txt"),
        "size": int(length),
        "content": None,
        "shares": {},
    }
    return {"upload_url": f"{call.base_url}/upload/v1/{file_id}", "file_id": file_id}


def receive(world: World, file_id: str, body: bytes) -> bool:
    """Store a file's bytes. Return False when no upload is pending or the length is different."""
    file = world.files.get(file_id)
    if file is None or file["content"] is not None or len(body) != file["size"]:
        return False
    file["content"] = body
    world.changed()
    return True


def complete(call: Call) -> dict[str, Any]:
    """Share uploaded files, each once. As with Slack, the answer does not yet contain where they are shared."""
    asked = call.arguments.get("files")
    if not isinstance(asked, list) or not asked:
        raise Refused("invalid_arguments")
    files = [_uploaded(call, item) for item in asked]
    channel_id = call.text("channel_id")
    if channel_id:
        _share(call, channel_id, files)
    return {"files": [{**show_file(file), "shares": {}, "mimetype": "", "filetype": ""} for file in files]}


def _uploaded(call: Call, item: Any) -> dict[str, Any]:
    file = call.world.files.get(item.get("id", "")) if isinstance(item, dict) else None
    if file is None or file["content"] is None or file.get("done"):
        raise Refused("file_not_found")
    file["done"] = True
    file["title"] = item.get("title") or file["name"]
    return file


def _share(call: Call, channel_id: str, files: list[dict[str, Any]]) -> None:
    channel = call.world.channels.get(channel_id)
    if channel is None or call.hidden(channel):
        raise Refused("channel_not_found")
    if not call.joined(channel):
        raise Refused("not_in_channel")
    shown = [show_file(file) for file in files]
    words = {"text": call.text("initial_comment"), "thread_ts": call.text("thread_ts") or None, "files": shown}
    message = call.world.say(channel.id, words)
    for file in files:
        kind = "public" if family(channel) == "channels" else "private"
        file["shares"] = {kind: {channel.id: [{"ts": message["ts"]}]}}


def info(call: Call) -> dict[str, Any]:
    """Return one file, including where it is shared."""
    file = call.world.files.get(call.need("file"))
    if file is None or not file.get("done"):
        raise Refused("file_not_found")
    return {"file": show_file(file)}


def show_file(file: dict[str, Any]) -> dict[str, Any]:
    """Return a file as Slack shows it."""
    link = f"https://files.example.invalid/{file['id']}"
    return {
        "id": file["id"],
        "name": file["name"],
        "title": file.get("title", file["name"]),
        "alt_txt": file["alt_txt"],
        "mimetype": mimetypes.guess_type(file["name"])[0] or "application/octet-stream",
        "filetype": file["name"].rpartition(".")[2],
        "size": file["size"],
        "url_private": link,
        "url_private_download": f"{link}/download",
        "permalink": link,
        "shares": file["shares"],
    }
