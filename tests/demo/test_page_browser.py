"""The page as a newcomer meets it, in a real browser."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no py.typed
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import CHROMIUM, open_browser, open_page, running_demo, tell
from tests.showcase import EVIL, Showcase, showcase

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium or google-chrome to open the page in")

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
LINE = "/recordings latest 10 sort:time"
WITHIN_MS = 10_000
expect.set_options(timeout=WITHIN_MS)

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The demo's address; calls come only from tests."""
    with running_demo() as url:
        tell(url, "pbx/arriving", on=False)
        yield url


@pytest.fixture(scope="module")
def shown() -> Iterator[Showcase]:
    with showcase() as shown:
        yield shown


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open the page; at the end none of them has complained, or asked anything of anybody else."""
    pages: list[Page] = []
    faults: list[str] = []

    def open_watched(url: str, place: str = "U0ANA/C0GENERAL", **look: Any) -> Page:
        page = open_page(browser, url, place, **{"viewport": WIDE, **look}, watch=lambda p: _watch(p, url, faults))
        page.set_default_timeout(WITHIN_MS)
        pages.append(page)
        return page

    yield open_watched
    for page in pages:
        page.context.close()
    assert faults == []


def _watch(page: Page, url: str, faults: list[str]) -> None:
    page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(url) else faults.append(asked.url))
    page.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))


def ask(page: Page, line: str) -> Locator:
    """Type a line and send it; the answer that only this person sees."""
    private = page.locator(".message.ephemeral")
    before = private.count()
    composer(page).fill(line)
    composer(page).press("Enter")
    expect(private).to_have_count(before + 1)
    return private.last


def composer(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Message")


def test_the_first_minute(demo: str, visit: Visit) -> None:
    page = visit(demo)
    expect(page.locator(".message.ephemeral").first).to_contain_text("Latest recordings · 1–10 of")

    answer = ask(page, LINE)
    expect(answer).to_contain_text("Only visible to you")
    expect(answer.locator("ol li")).to_have_count(10)

    answer.get_by_role("button", name="Next page").click()
    expect(answer).to_contain_text("11–20 of")

    answer.get_by_role("button", name="Open…").click()
    page.locator(".menu").get_by_role("option").nth(2).click()
    expect(page.locator(".message.ephemeral").last.get_by_role("button", name="Close recording")).to_be_visible()

    panel = page.get_by_role("complementary")
    panel.get_by_label("From").select_option("Zoë Müller<+442079460100>")
    panel.get_by_role("button", name="Place the call").click()
    calls = page.get_by_role("button", name="calls 1 unread")
    calls.click()
    expect(page.locator(".message").last).to_contain_text("Zoë Müller +442079460100 → Evelyn 5566")
    expect(page.get_by_role("button", name="calls", exact=True)).to_have_attribute("aria-current", "page")


def test_paging_forth_and_back(demo: str, visit: Visit) -> None:
    answer = ask(visit(demo), "/recordings latest 5")
    first = answer.locator("ol li").first.inner_text()
    answer.get_by_role("button", name="Next page").click()
    expect(answer.locator("ol")).to_have_attribute("start", "6")
    answer.get_by_role("button", name="Previous page").click()
    expect(answer.locator("ol")).to_have_attribute("start", "1")
    expect(answer.locator("ol li").first).to_have_text(first)


def test_two_people_at_once(demo: str, visit: Visit) -> None:
    ana, leo = visit(demo), visit(demo, "U0LEO/C0GENERAL")
    seen = leo.locator(".message.ephemeral").count()
    ask(ana, "/recordings status")
    composer(ana).fill("Leo, have a look")
    composer(ana).press("Enter")
    expect(leo.locator(".message").last).to_contain_text("Leo, have a look")
    expect(leo.locator(".message.ephemeral")).to_have_count(seen)


def test_the_plug_pulled_and_back(demo: str, visit: Visit) -> None:
    page = visit(demo)
    ask(page, LINE)
    plug = page.get_by_role("switch", name="Pull the plug")
    plug.check()
    try:
        expect(page.locator(".card .pill").first).to_have_text("Unplugged")
        expect(ask(page, LINE)).to_contain_text("as of today")
    finally:
        plug.uncheck()
        expect(page.locator(".card .pill").first).to_have_text("Answers")
    expect(ask(page, LINE)).not_to_contain_text("as of")


@pytest.mark.parametrize("name", [EVIL, "<!channel> *bold*"])
def test_a_hostile_caller_is_text(demo: str, visit: Visit, name: str) -> None:
    page = visit(demo, "U0ANA/C0CALLS")
    tell(demo, "pbx/call", caller=f"{name}<+442079460150>", callee="Evelyn<5566>", direction="Inbound", seconds=9)
    expect(page.locator(".message").last.locator("strong", has_text=name)).to_be_visible()
    assert page.locator(".message img, .message script, .message .mention").count() == 0


def test_with_the_keyboard_alone(demo: str, visit: Visit) -> None:
    page = visit(demo)
    private = page.locator(".message.ephemeral")
    before = private.count()
    expect(composer(page)).to_be_focused()
    page.keyboard.type("/rec")
    expect(page.locator(".suggestions").get_by_role("option")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("latest 10")
    page.keyboard.press("Enter")
    expect(private).to_have_count(before + 1)
    opener = private.last.get_by_role("button", name="Open…")
    opener.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(private).to_have_count(before + 2)


def test_on_a_phone(demo: str, visit: Visit) -> None:
    page = visit(demo, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(page.get_by_role("navigation")).to_be_hidden()
    page.get_by_role("button", name="Channels").click()
    page.get_by_role("navigation").get_by_role("button", name="calls").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("calls")
    page.get_by_role("button", name="PBX & weather").click()
    expect(page.get_by_role("button", name="Place the call")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_tour_fills_the_composer(demo: str, visit: Visit) -> None:
    page = visit(demo)
    line = page.get_by_role("list", name="Lines to try").get_by_role("button").nth(1)
    line.click()
    expect(composer(page)).to_have_value(line.locator("code").inner_text())
    expect(composer(page)).to_be_focused()


def test_times_are_the_readers_own(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0ANA/C0CALLS")
    section = page.locator(".section").first
    expect(section).to_contain_text("Wednesday, January 12th, 2022 at 10:36")
    page.get_by_role("button", name="Be somebody else").click()
    page.get_by_role("option", name="Ada Admin").click()
    expect(section).to_contain_text("Wednesday, January 12th, 2022 at 4:36 AM")


def test_a_chart_shows_its_figures_on_a_phone(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0ANA/C0CALLS", viewport=PHONE)
    bars = page.get_by_role("img", name="Recordings by weekday: Mon 31, Tue 1204").first
    expect(bars).to_contain_text("1,204")
    chart, drawn = page.locator(".chart").first.bounding_box(), bars.locator("text.figure").nth(1).bounding_box()
    assert chart is not None
    assert drawn is not None
    assert drawn["x"] + drawn["width"] <= chart["x"] + chart["width"]
    expect(page.locator(".legend").first).to_contain_text("inbound 120 · 62%")


def test_a_live_update_disturbs_nobody(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0ANA/C0CALLS")
    composer(page).fill("half a sen")
    page.get_by_role("button", name="Open…").first.click()
    page.keyboard.press("ArrowDown")
    shown.say("news")
    expect(page.locator(".message").last).to_contain_text("news")
    expect(page.locator(".menu").get_by_role("option", name="b")).to_have_class("current ")
    expect(composer(page)).to_have_value("half a sen")


def test_a_sound_plays_on_through_a_live_update(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0ANA/C0LOBBY")
    player = page.locator("audio")
    expect(player).to_have_js_property("duration", 30)  # the page's policy forbids `wait_for_function`: it uses eval
    player.evaluate("player => { player.muted = true; return player.play() }")
    expect(player).not_to_have_js_property("currentTime", 0)
    shown.say("news", channel="C0LOBBY")
    expect(page.locator(".message").last).to_contain_text("news")
    reached = player.evaluate("player => player.currentTime")
    expect(player).not_to_have_js_property("currentTime", reached)
    expect(player).to_have_js_property("paused", value=False)


def test_a_burst_of_calls_and_a_channel_that_slack_refuses(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0ANA/C0CALLS")
    panel = page.get_by_role("complementary")
    panel.get_by_role("button", name="A burst of twelve calls").click()
    expect(panel.locator(".facts strong").first).to_have_text(re.compile(r"1[2-9]|2[0-4]"))
    weather, refusal = panel.locator(".pill").last, panel.get_by_role("switch", name="Slack refuses this channel")
    refusal.check()
    expect(weather).to_have_text("Rough")
    page.get_by_role("button", name="lobby").click()
    expect(refusal).not_to_be_checked()
    page.get_by_role("button", name="calls", exact=True).click()
    refusal.uncheck()
    expect(weather).to_have_text("Fair")


def test_a_thread_beside_its_channel(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0LEO/C0LOBBY")
    composer(page).fill("Who called?")
    composer(page).press("Enter")
    root = page.get_by_role("main").locator(".message", has_text="Who called?").last
    root.hover()
    root.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("region", name="Thread")
    reply = thread.get_by_role("combobox", name="Reply…")
    reply.fill("Zoë did")
    reply.press("Enter")
    expect(thread.locator(".message").last).to_contain_text("Zoë did")
    expect(root.get_by_role("button", name="1 reply")).to_be_visible()
    reply.fill("/recordings")
    reply.press("Enter")
    expect(page.get_by_role("alert").last).to_contain_text("/recordings is not supported in threads")


def test_the_search_form_shows_its_line_and_answers_where_one_is(demo: str, visit: Visit) -> None:
    page = visit(demo, "U0LEO/C0CALLS")
    page.get_by_role("button", name="Shortcuts", exact=True).click()
    page.get_by_role("option", name="Find a recording").click()
    form = page.get_by_role("dialog", name="Find a recording")
    form.get_by_label("Words or numbers").press_sequentially("evelyn")
    expect(form).to_contain_text("/recordings search evelyn")
    form.get_by_label("Order").select_option("Oldest first")
    expect(form).to_contain_text("/recordings search evelyn order:asc")
    expect(form.get_by_label("Show the answer in")).to_have_value("C0CALLS")
    form.get_by_label("At least so long").fill("soon")
    form.get_by_role("button", name="Find").click()
    expect(form.get_by_role("alert")).to_contain_text("I cannot read “soon” as a length")
    form.get_by_label("At least so long").fill("")
    form.get_by_role("button", name="Find").click()
    expect(form).to_have_count(0)
    expect(page.locator(".message", has_text="Only visible to you").last).to_contain_text("Evelyn")


def test_shortcuts_go_to_the_bot(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0LEO/C0CALLS")
    page.locator(".message").first.hover()
    page.get_by_role("button", name="Message shortcuts").first.click()
    page.get_by_role("option", name="Find this caller").click()
    expect(page.get_by_role("alert").filter(has_text="complains")).to_contain_text("shortcut find: dispatch_failed")


def test_app_home(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0LEO/C0CALLS")
    page.get_by_role("button", name="Recordings Home").click()
    home = page.get_by_role("region", name="App Home")
    expect(home.get_by_role("heading", name="This week at a glance")).to_be_visible()
    page.get_by_role("button", name="Be somebody else").click()
    page.get_by_role("option", name="Gil Guest").click()
    expect(home).to_contain_text("has published nothing here yet")


def test_a_form_is_sent_as_slack_sends_it(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0GIL/C0GENERAL")
    shown.open_modal("U0GIL")
    dialog = page.get_by_role("dialog", name="Tell a channel")
    dialog.get_by_label("Words").fill("harris")
    dialog.get_by_label("Direction").select_option("Outbound")
    dialog.get_by_label("Tuesday").check()
    with page.expect_request("**/api/submit") as sent:
        dialog.get_by_role("button", name="Save").click()
    body = sent.value.post_data_json
    assert body is not None
    values = {block: state["value"] for block, state in body["values"].items()}
    option = {"text": {"type": "plain_text", "text": "Outbound"}, "value": "Outbound"}
    assert values["Words"] == {"type": "plain_text_input", "value": "harris"}
    assert values["Direction"] == {"type": "static_select", "selected_option": option}
    assert [chosen["value"] for chosen in values["Days"]["selected_options"]] == ["Tuesday"]
    assert values["After"] == {"type": "datepicker", "selected_date": "2022-01-12"}
    assert values["Where"] == {"type": "channels_select", "selected_channel": "C0CALLS"}
    assert values["Note"] == {"type": "plain_text_input", "value": None}
    shown.close_modals()


def test_a_form_keeps_what_is_typed_and_says_what_is_missing(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0LEO/C0CALLS")
    shown.open_modal("U0LEO")
    dialog = page.get_by_role("dialog", name="Tell a channel")
    expect(dialog.get_by_label("Words")).to_be_focused()
    dialog.get_by_label("Note").fill("for the morning")
    shown.say("meanwhile")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("Please complete this required field.")
    expect(dialog.get_by_label("Note")).to_have_value("for the morning")
    shown.close_modals()
    expect(dialog).to_have_count(0)


def test_what_slack_refuses_is_said_aloud(shown: Showcase, visit: Visit) -> None:
    page = visit(shown.url, "U0ADA/C0CALLS")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert").filter(has_text="complains")).to_contain_text("action go: dispatch_failed")
    expect(page.get_by_role("alert").last).to_contain_text("the app could not be reached")
    composer(page).fill("/unheard of")
    composer(page).press("Enter")
    expect(page.get_by_role("alert").last).to_contain_text("/unheard is not a valid command")


@pytest.mark.parametrize(
    "look",
    [
        pytest.param({"color_scheme": "light"}, id="light"),
        pytest.param({"color_scheme": "dark"}, id="dark", marks=pytest.mark.slow),
        pytest.param({"viewport": PHONE}, id="phone", marks=pytest.mark.slow),
    ],
)
def test_nothing_stands_in_anybodys_way(shown: Showcase, visit: Visit, look: dict[str, Any]) -> None:
    page = visit(shown.url, "U0GIL/C0GENERAL", **look)
    assert grave_faults(page) == []
    shown.open_modal("U0GIL")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert grave_faults(page) == []
    shown.close_modals()


def grave_faults(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds that keeps people out: the rule, and the first place."""
    violations = Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["html"]) for v in violations if v["impact"] in {"serious", "critical"}]
