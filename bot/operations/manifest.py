"""The Slack app's manifest, which an administrator pastes into Slack to create the app.

It cannot contain the app-level token of Socket Mode (scope `connections:write`).
Source: docs.slack.dev/reference/app-manifest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bot.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class SlashCommand:
    """A slash command."""

    command: str
    """With the slash."""
    description: str
    hint: str
    """Examples of its arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A global shortcut, in the composer's menu, or a message shortcut, in the menu of every message."""

    name: str
    type: Literal["global", "message"]
    callback_id: str
    description: str


SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
"""Scopes of the bot token: post, read channels, write to administrators, search the history for a post of
unknown outcome, and read people's time zones, telephone numbers and e-mail addresses.
"""
COMMANDS = (
    SlashCommand(
        command="/recordings",
        description="Look up call recordings",
        hint="harris | with:5566 after:yesterday | latest 10 sort:time | show 614 | stats | help",
    ),
)
SHORTCUTS = (
    Shortcut(
        name="Calls with this number",
        type="message",
        callback_id="calls_with_number",
        description="List the calls with the telephone numbers in this message",
    ),
    Shortcut(
        name="Find a recording",
        type="global",
        callback_id="find_recording",
        description="Search the call recordings with a form",
    ),
)
EVENTS: frozenset[str] = frozenset()
"""Subscribed events, by their names in the Events API."""
EVENTS_PATH = "/slack/events"
"""The path at which `web` takes commands and clicks."""

_COMMAND = """
    - command: {0.command}
      description: {0.description}
      usage_hint: "{0.hint}"
      should_escape: true{url}"""
_SHORTCUT = """
    - name: {0.name}
      type: {0.type}
      callback_id: {0.callback_id}
      description: {0.description}"""
_MANIFEST = """\
_metadata:
  major_version: 1
  minor_version: 1
display_information:
  name: Recordings
  description: Look up and be told about the phone system's call recordings.
  long_description: >-
    Recordings answers /recordings with the call recordings of your Yeastar P-Series phone system, newest first, page by
    page, to you alone until you share them. It tells a channel of each new recording, once, soon after the call.
  background_color: "#1f3a5f"
features:
  app_home:
    home_tab_enabled: false
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: Recordings
    always_online: true
  slash_commands:{commands}{shortcuts}
oauth_config:
  scopes:
    bot:{scopes}
settings:
  interactivity:
    is_enabled: true{request_url}{subscriptions}
  org_deploy_enabled: false
  socket_mode_enabled: {socket_mode}
  token_rotation_enabled: false
"""


def manifest(
    url: str | None = None, *, shortcuts: Sequence[Shortcut] = SHORTCUTS, events: frozenset[str] = EVENTS
) -> str:
    """Return the manifest as YAML: for Socket Mode, or for HTTP mode if `url` is given, where Slack reaches `web`.

    Raises SettingsError for a URL that Slack cannot call.
    """
    address = None if url is None else _address(url) + EVENTS_PATH
    return _MANIFEST.format(
        commands="".join(_COMMAND.format(command, url=_url("      url", address)) for command in COMMANDS),
        shortcuts=_shortcuts(shortcuts),
        scopes="".join(f"\n      - {scope}" for scope in sorted(SCOPES)),
        request_url=_url("    request_url", address),
        subscriptions=_subscriptions(events, address),
        socket_mode="false" if address else "true",
    )


def _url(key: str, address: str | None) -> str:
    return f'\n{key}: "{address}"' if address else ""


def _shortcuts(shortcuts: Sequence[Shortcut]) -> str:
    return "\n  shortcuts:" + "".join(map(_SHORTCUT.format, shortcuts)) if shortcuts else ""


def _subscriptions(kinds: frozenset[str], address: str | None) -> str:
    if not kinds:
        return ""
    listed = "".join(f"\n      - {kind}" for kind in sorted(kinds))
    return f"\n  event_subscriptions:{_url('    request_url', address)}\n    bot_events:{listed}"


def _address(url: str) -> str:
    """Return the URL without a slash at its end, and without EVENTS_PATH, which people may have pasted with it."""
    bare = url.strip().removesuffix("/").removesuffix(EVENTS_PATH)
    if not _is_callable(bare):
        raise SettingsError(("--url is no address: where Slack reaches `web`, e.g. https://recordings.example.com",))
    return bare


def _is_callable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_printable = url.isprintable() and not set(url) & set('"\\ ')  # it stands between quotes in the YAML
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and is_printable
        and not (parts.query or parts.fragment)
    )
