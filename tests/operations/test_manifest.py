"""The manifest: valid by Slack's schema, and holding what the code listens to and calls, no more and no less."""

import ast
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError
from bot.operations.manifest import Shortcut, manifest
from bot.slack.features import FEATURES

ROOT = Path(__file__).parents[2]
URL = "https://recordings.example.com"
SCHEMA = json.loads((Path(__file__).parent / "slack_manifest_schema" / "manifest.schema.1.0.0.json").read_text())
"""Source: slackapi/manifest-schema, schemas/manifest.schema.1.0.0.json; its licence lies beside it."""

SCOPES = {
    "auth_test": (),
    "apps_connections_open": (),
    "chat_postMessage": ("chat:write",),
    "conversations_history": ("channels:history", "groups:history", "im:history"),
    "conversations_info": ("channels:read", "groups:read"),
    "conversations_list": ("channels:read", "groups:read"),
    "conversations_open": ("im:write",),
    "usergroups_users_list": ("usergroups:read",),
    "users_info": ("users:read", "users:read.email"),
    "views_open": (),
    "views_update": (),
}
"""The bot scopes a method needs for public and private channels, and for direct messages where it is called for them.

Source: docs.slack.dev/reference/methods, "Required scopes" of each method. `apps.connections.open` is called with the
app-level token, which has scopes of its own.
"""


def _trees() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for path in sorted((ROOT / "bot" / "slack").rglob("*.py"))]


def _calls() -> Iterator[tuple[ast.Attribute, ast.Call]]:
    """Every call of something's attribute: `client.chat_postMessage(...)`, `app.command(...)`."""
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.func, node


def _methods_called() -> set[str]:
    web_api = {name for name in dir(AsyncWebClient) if "_" in name.strip("_") and name != "api_call"}
    by_name = {attribute.attr for attribute, _ in _calls() if attribute.attr in web_api}
    by_text = {_text(call).replace(".", "_") for attribute, call in _calls() if attribute.attr == "api_call"}
    return by_name | by_text


def _registered(kind: str) -> list[ast.Call]:
    return [
        call
        for attribute, call in _calls()
        if attribute.attr == kind and isinstance(attribute.value, ast.Name) and attribute.value.id == "app"
    ]


def _text(call: ast.Call) -> str:
    """The first argument of a call. It must be written out: what it stands for cannot be read from the code."""
    argument = call.args[0]
    assert isinstance(argument, ast.Constant), f"line {call.lineno}: name it in words"
    return str(argument.value)


@pytest.fixture(params=[None, URL], ids=["Socket Mode", "HTTP"])
def app(request: pytest.FixtureRequest) -> dict[str, Any]:
    app: dict[str, Any] = yaml.safe_load(manifest(request.param))
    return app


def test_it_is_what_slack_takes(app: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(app)


def test_the_scopes_are_those_that_called_methods_need(app: dict[str, Any]) -> None:
    called = _methods_called()
    assert called
    assert called <= SCOPES.keys(), "a method is called whose scopes are not in the table above"
    needed = {scope for method in called for scope in SCOPES[method]} | {"commands"}
    assert set(app["oauth_config"]["scopes"]["bot"]) == needed


def test_the_commands_are_those_listened_to(app: dict[str, Any]) -> None:
    listened_to = [_text(call) for call in _registered("command")]
    assert listened_to
    assert [entry["command"] for entry in app["features"]["slash_commands"]] == listened_to


def test_the_events_are_those_listened_to(app: dict[str, Any]) -> None:
    subscribed = app["settings"].get("event_subscriptions", {}).get("bot_events", [])
    assert set(subscribed) == {_text(call) for call in _registered("event")}


def test_the_shortcuts_are_those_listened_to(app: dict[str, Any]) -> None:
    offered = {entry["callback_id"] for entry in app["features"].get("shortcuts", [])}
    assert offered == {name for feature in FEATURES for name in feature.shortcuts}


def test_clicks_are_sent_when_something_listens_to_them(app: dict[str, Any]) -> None:
    listening = any(_registered(kind) for kind in ("action", "view", "shortcut", "options"))
    assert app["settings"]["interactivity"]["is_enabled"] is listening


def test_the_file_in_the_repository_is_the_one_printed() -> None:
    assert (ROOT / "manifest.yaml").read_text() == manifest()


def test_the_two_ways_differ_in_their_addresses_alone() -> None:
    socket, http = yaml.safe_load(manifest()), yaml.safe_load(manifest(URL))
    command, settings = http["features"]["slash_commands"][0], http["settings"]
    assert command.pop("url") == settings["interactivity"].pop("request_url") == f"{URL}/slack/events"
    assert (socket["settings"].pop("socket_mode_enabled"), settings.pop("socket_mode_enabled")) == (True, False)
    assert http == socket


def test_shortcuts_and_events_are_declared_once_there_are_some() -> None:
    find = Shortcut(name="Find a call", type="message", callback_id="find", description="Look up its numbers")
    app = yaml.safe_load(manifest(URL, shortcuts=[find], events=frozenset({"app_home_opened"})))
    jsonschema.Draft7Validator(SCHEMA).validate(app)
    assert app["features"]["shortcuts"] == [asdict(find)]
    subscribed = {"request_url": f"{URL}/slack/events", "bot_events": ["app_home_opened"]}
    assert app["settings"]["event_subscriptions"] == subscribed


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param(f"{URL}/", id="a slash at the end"),
        pytest.param(f" {URL} ", id="blanks around it"),
        pytest.param(f"{URL}/slack/events", id="the path that Slack calls"),
        pytest.param(f"{URL}/slack/events/", id="that path and a slash"),
    ],
)
def test_an_address_is_taken_as_pasted(pasted: str) -> None:
    assert manifest(pasted) == manifest(URL)


def test_an_address_without_tls_is_taken() -> None:
    """A proxy in the same house may add it."""
    address = "http://recordings.example.com"
    assert yaml.safe_load(manifest(address))["settings"]["interactivity"]["request_url"] == f"{address}/slack/events"


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("", id="empty"),
        pytest.param("recordings.example.com", id="no scheme"),
        pytest.param("ftp://recordings.example.com", id="another scheme"),
        pytest.param("https://", id="no host"),
        pytest.param(f"{URL}?a=1", id="a query"),
        pytest.param(f'{URL}"', id="a quote"),
        pytest.param(f"{URL}#a", id="a fragment"),
        pytest.param(f"{URL}\\a", id="a backslash"),
        pytest.param(f"{URL}/a b", id="a blank"),
        pytest.param(f"{URL}/\u2028x", id="a line end"),
        pytest.param("https://[::1", id="half an address"),
    ],
)
def test_an_address_that_slack_cannot_call_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="--url is no address"):
        manifest(address)
