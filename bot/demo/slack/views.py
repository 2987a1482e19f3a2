"""The views.* methods: modals by trigger_id, App Home by user."""

import hashlib
import json
from typing import Any

from bot.demo.slack.blocks import check_view, view_too_large
from bot.demo.slack.call import Call, Refused
from bot.demo.slack.links import WornOut
from bot.demo.slack.shapes import Complaint
from bot.demo.slack.world import World

DEEPEST = 3
"""Maximum number of modals on top of each other (Slack, "Modals")."""


def open_modal(call: Call) -> dict[str, Any]:
    """Open a modal for the user of the trigger_id, which is valid for three seconds."""
    view = _view(call, "modal")
    try:
        user = call.links.pull(call.need("trigger_id"))
    except WornOut as reason:
        raise Refused(str(reason)) from None
    return {"view": stack(call.world, user, view)}


def update_modal(call: Call) -> dict[str, Any]:
    """Replace an open modal."""
    old = _open_view(call)
    _same_hash(call, old)
    return {"view": replace(call.world, old, _view(call, "modal"))}


def publish_home(call: Call) -> dict[str, Any]:
    """Set a user's App Home."""
    user = call.user("user_id")
    old = call.world.homes.get(user.id)
    if old:
        _same_hash(call, old)
    view = _shown(call.world, _view(call, "home"), old["id"] if old else call.world.new_id("V"))
    call.world.homes[user.id] = call.world.views[view["id"]] = view
    call.world.changed()
    return {"view": view}


def stack(world: World, user: str, view: dict[str, Any]) -> dict[str, Any]:
    """Open a modal on top of the user's open modals. Raises Refused (`push_limit_reached`) for a fourth one."""
    open_ids = world.modals.setdefault(user, [])
    if len(open_ids) >= DEEPEST:
        raise Refused("push_limit_reached")
    shown = _shown(world, view, world.new_id("V"))
    shown["previous_view_id"] = open_ids[-1] if open_ids else None
    shown["root_view_id"] = open_ids[0] if open_ids else shown["id"]
    open_ids.append(shown["id"])
    world.views[shown["id"]] = shown
    world.changed()
    return shown


def replace(world: World, old: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Replace an open view by another view."""
    kept = {name: old[name] for name in ("root_view_id", "previous_view_id")}
    world.views[old["id"]] = {**_shown(world, view, old["id"]), **kept}
    world.changed()
    return world.views[old["id"]]


def checked_view(view: Any, kind: str) -> dict[str, Any]:
    """Return a copy of a valid view of this kind. Raises Refused (`invalid_arguments`, `view_too_large`)."""
    complaints = check_view(view)
    if complaints:
        raise Refused("invalid_arguments", complaints)
    if view["type"] != kind:
        raise Refused("invalid_arguments", [Complaint("/view/type", f"must be {kind}")])
    if view_too_large(view):
        raise Refused("view_too_large")
    return dict(view)


def _view(call: Call, kind: str) -> dict[str, Any]:
    return checked_view(call.arguments.get("view"), kind)


def _open_view(call: Call) -> dict[str, Any]:
    view_id, external = call.text("view_id"), call.text("external_id")
    open_ids = [open_id for ids in call.world.modals.values() for open_id in ids]
    for view in (call.world.views[open_id] for open_id in open_ids):
        if view["id"] == view_id or (external and view["external_id"] == external):
            return view
    raise Refused("not_found")


def _same_hash(call: Call, view: dict[str, Any]) -> None:
    if call.text("hash", view["hash"]) != view["hash"]:
        raise Refused("hash_conflict")


def _shown(world: World, view: dict[str, Any], view_id: str) -> dict[str, Any]:
    ts = world.new_ts()
    digest = hashlib.sha256(json.dumps([ts, view]).encode()).hexdigest()[:8]
    return {
        "title": None,
        "submit": None,
        "close": None,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        **view,
        "blocks": world.with_ids(view["blocks"]),
        "id": view_id,
        "team_id": world.team.id,
        "app_installed_team_id": world.team.id,
        "app_id": world.bot.app_id,
        "bot_id": world.bot.bot_id,
        "state": {"values": {}},
        "hash": f"{ts.partition('.')[0]}.{digest}",
        "root_view_id": view_id,
        "previous_view_id": None,
    }
