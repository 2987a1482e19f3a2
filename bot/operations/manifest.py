"""The Slack app's manifest: what an administrator pastes into Slack to create the app.

Source: docs.slack.dev/reference/app-manifest. The app-level token of Socket Mode (scope `connections:write`) cannot be
part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bot.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class SlashCommand:
    """A command that Slack offers in every composer."""

    command: str
    """With its slash."""
    description: str
    hint: str
    """What may stand after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A shortcut that Slack offers in the composer's menu, or in the menu of every message."""

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
"""What the bot's token may do: post, name channels, write to its administrators, look for a post of its own whose fate
is unknown, and know people's time zones, and their telephones by number or e-mail address.
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
"""What Slack tells the bot of, by the names of the Events API."""
EVENTS_PATH = "/slack/events"
"""Where `web` takes commands and clicks alike."""

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
    """The manifest as YAML: for Socket Mode, or for HTTP mode below the address at which Slack reaches `web`.

    Raises SettingsError for an address that Slack cannot call.
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
    """The address without a slash at its end. It may be pasted with the path that Slack calls."""
    bare = url.strip().removesuffix("/").removesuffix(EVENTS_PATH)
    if not _callable(bare):
        raise SettingsError(("--url is no address: where Slack reaches `web`, e.g. https://recordings.example.com",))
    return bare


def _callable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    fits_between_quotes = url.isprintable() and not set(url) & set('"\\ ')
    bare = not (parts.query or parts.fragment)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bare and fits_between_quotes
