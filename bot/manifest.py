"""The Slack app's manifest: what an administrator pastes into Slack to create the app.

Source: docs.slack.dev/reference/app-manifest. The app-level token of Socket Mode (scope `connections:write`) cannot be
part of it.
"""

from urllib.parse import urlsplit

from bot.errors import SettingsError

SCOPES = frozenset({"channels:history", "channels:read", "chat:write", "commands", "groups:history", "groups:read"})
"""What the bot's token may do: post, name channels, and look for a post of its own whose fate is unknown."""
EVENTS_PATH = "/slack/events"
"""Where `web` takes commands and clicks alike."""

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
  bot_user:
    display_name: Recordings
    always_online: true
  slash_commands:
    - command: /recordings
      description: Look up call recordings
      usage_hint: "latest 10 sort:time | show 614 | help"
      should_escape: true{command_url}
oauth_config:
  scopes:
    bot:{scopes}
settings:
  interactivity:
    is_enabled: true{request_url}
  org_deploy_enabled: false
  socket_mode_enabled: {socket_mode}
  token_rotation_enabled: false
"""


def manifest(url: str | None = None) -> str:
    """The manifest as YAML: for Socket Mode, or for HTTP mode below the address at which Slack reaches `web`.

    Raises SettingsError for an address that Slack cannot call.
    """
    events = None if url is None else _address(url) + EVENTS_PATH
    return _MANIFEST.format(
        command_url=f'\n      url: "{events}"' if events else "",
        scopes="".join(f"\n      - {scope}" for scope in sorted(SCOPES)),
        request_url=f'\n    request_url: "{events}"' if events else "",
        socket_mode="false" if events else "true",
    )


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
