"""`python -m tests.pictures`: the README's pictures, taken of the demo's page into `.github/pictures`.

They are in the light theme and twice the size they are shown at. Names in many scripts want fonts for them; these were
taken with Debian's fonts-inter, fonts-noto-core, fonts-noto-cjk and fonts-noto-color-emoji.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser import open_browser, open_page, running_demo, tell

FOLDER = Path(__file__).parents[1] / ".github" / "pictures"
LOOK: dict[str, Any] = {"viewport": {"width": 620, "height": 900}, "device_scale_factor": 2, "color_scheme": "light"}
CALL: dict[str, Any] = {
    "caller": "Zoë Müller<+442079460100>",
    "callee": "Evelyn<5566>",
    "direction": "Inbound",
    "seconds": 94,
}


def take() -> None:
    """Every picture, one after the other, of one demo."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_demo() as url, open_browser() as browser:
        tell(url, "pbx/arriving", on=False)
        page = open_page(browser, url, "U0ANA/C0GENERAL", **LOOK)
        keep("look-up", look_up(page))
        tell(
            url, "say", user="U0LEO", channel="C0CALLS", text="Good morning"
        )  # so that the bot's name stands there anew
        tell(url, "pbx/call", **CALL)
        keep("notification", notification(open_page(browser, url, "U0ANA/C0CALLS", **LOOK)))


def look_up(page: Page) -> Locator:
    """The answer to the line that every newcomer types."""
    answer = page.locator(".message.ephemeral").last
    expect(answer).to_contain_text("Latest recordings")
    return answer


def notification(page: Page) -> Locator:
    """A new recording, as its channel is told of it."""
    told = page.locator(".message").last
    expect(told).to_contain_text("Zoë Müller")
    return told


def keep(name: str, shown: Locator) -> None:
    """The picture of this part of the page."""
    path = FOLDER / f"{name}.png"
    shown.screenshot(path=path)
    print(path)


if __name__ == "__main__":
    take()
