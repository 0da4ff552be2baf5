"""The renderer in a real Chromium: hostile trees, focus, drafts, scrolling, reading only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import BrowserContext, Page, expect

ROOT = Path(__file__).parents[2]
PAGE = "tests/browser/fixtures/render/index.html"

pytestmark = pytest.mark.browser


class QuietHandler(SimpleHTTPRequestHandler):
    """The checkout, served without a line on stderr for each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def checkout_url() -> Iterator[str]:
    """The checkout's root on a server of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(ROOT)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(context: BrowserContext, checkout_url: str) -> Page:
    """The renderer on an empty page."""
    opened = context.new_page()
    opened.goto(f"{checkout_url}/{PAGE}")
    opened.wait_for_function("window.renderer")
    return opened


@pytest.fixture
def show(page: Page) -> Callable[..., None]:
    """Draws regions and waits until they are on the page."""

    def draw(**regions: object) -> None:
        entries = [[name.replace("__", ":"), tree] for name, tree in regions.items()]
        page.evaluate("regions => { renderer.apply({type: 'render', regions}); renderer.flush(); }", entries)
        page.evaluate("() => new Promise((done) => setTimeout(done, 20))")

    return draw


def effect(page: Page, name: str, **detail: object) -> None:
    """Apply an effect and wait until it has happened."""
    page.evaluate("message => renderer.apply(message)", {"type": "effect", "name": name, **detail})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")


def actions(page: Page) -> list[Sequence[object]]:
    """What was sent since the last look."""
    sent: list[Sequence[object]] = page.evaluate("() => actions.splice(0)")
    return sent


def focused(page: Page) -> str:
    """The id of the focused element."""
    return str(page.evaluate("() => document.activeElement.id"))


DRAFT = ["form", {"on": {"submit": ["send", {}, {"form": True}]}}, [
    ["draft", {"session": "s1", "id": "prompt-input", "name": "text", "aria-label": "Task"}, []],
    ["button", {"type": "submit"}, ["Send"]],
]]  # fmt: skip


def test_a_hostile_tree_leaves_only_its_text(page: Page, show: Callable[..., None]) -> None:
    alarm = "window.alarm += 1"
    show(root=["div", {"id": "zone"}, [
        ["script", {}, [alarm]],
        ["img", {"src": "x", "onerror": alarm}, []],
        ["iframe", {"srcdoc": f"<script>parent.{alarm}</script>"}, ["frame"]],
        ["svg", {"onload": alarm}, [["script", {}, [alarm]]]],
        ["p", {"onclick": alarm, "style": "position:fixed", "dangerouslySetInnerHTML": {"__html": "<b id=x>"}},
         ["<b>text</b>"]],
        ["a", {"href": "javascript:window.alarm=1", "id": "trap"}, ["link"]],
        ["button", {"id": "strings", "on": {"click": alarm, "mouseover": ["x"]}}, ["press"]],
        ["form", {"action": "https://evil.example/", "on": {"submit": ["sent"]}},
         [["button", {"type": "submit", "id": "go"}, ["go"]]]],
        ["div", {"id": "vnode", "children": ["smuggled"], "ref": "x"},
         [{"type": "script", "props": {}, "constructor": None}, None, 7, [], [None], ["p"]]],
        ["island", {"kind": "../../evil"}, []],
        ["icon", {"name": "constructor"}, []],
    ]])  # fmt: skip
    zone = page.locator("#zone")
    assert zone.locator("script, img, iframe, svg, [style], [onclick], [action], #x").count() == 0
    assert "<b>text</b>" in zone.inner_text()
    assert page.locator("#trap").get_attribute("href") is None
    address = page.url
    for target in ("#trap", "#strings", "#go"):
        page.locator(target).click()
    assert page.evaluate("window.alarm") == 0
    assert [name for name, *_ in actions(page)] == ["sent"]
    assert page.url == address


def test_depth_and_size_are_bounded(page: Page, show: Callable[..., None]) -> None:
    page.evaluate(
        """() => {
          let deep = 'core';
          for (let i = 0; i < 20000; i++) deep = ['div', {}, [deep]];
          const wide = ['p', {}, Array.from({ length: 200000 }, () => ['b', {}, ['x']])];
          renderer.apply({ type: 'render', regions: [['root', ['div', { id: 'zone' }, [deep, wide]]]] });
          renderer.flush();
        }"""
    )
    assert page.locator("#zone").inner_text().startswith("…")
    assert page.evaluate("document.querySelectorAll('*').length") < 61_000


def test_regions_are_drawn_alone(page: Page, show: Callable[..., None]) -> None:
    show(root=["div", {}, [["region", {"id": "a"}, []], ["region", {"id": "b"}, []]]],
         a=["p", {"id": "a"}, ["one"]], b=["p", {"id": "b"}, ["two"]])  # fmt: skip
    page.evaluate("() => { document.getElementById('a').firstChild.mark = 1; }")
    show(b=["p", {"id": "b"}, ["three"]])
    assert page.locator("#b").inner_text() == "three"
    assert page.evaluate("document.getElementById('a').firstChild.mark") == 1
    show(b=None)
    assert page.locator("#b").count() == 0


def test_a_region_inside_of_itself_ends(page: Page, show: Callable[..., None]) -> None:
    def around(name: str) -> object:
        return ["div", {"class": "ring"}, ["in ", ["region", {"id": name}, []]]]

    show(root=["div", {"id": "zone"}, [["region", {"id": "a"}, []]]], a=around("b"), b=around("a"))
    assert page.locator("#zone").inner_text().split() == ["in", "in", "…"]
    show(root=["div", {"id": "zone"}, [["region", {"id": "root"}, []], ["p", {"id": "rest"}, ["rest"]]]])
    assert page.locator("#rest").inner_text() == "rest"
    chain = {f"r{n}": around(f"r{n + 1}") for n in range(2000)}
    show(root=["div", {"id": "zone"}, [["region", {"id": "r0"}, []]]], **chain)
    assert page.locator(".ring").count() < 20


def test_keys_and_values(page: Page, show: Callable[..., None]) -> None:
    keys = [["yes", {}, {"keys": ["y"]}], ["down", {}, {"keys": ["ArrowDown"]}]]
    tick = {"type": "checkbox", "id": "box", "on": {"change": ["tick", {"n": 1}, {"value": True}]}}
    show(root=["div", {"tabindex": 0, "id": "group", "on": {"keydown": keys}}, [
        ["input", {"type": "text", "id": "field", "aria-label": "f"}, []],
        ["input", tick, []],
    ]])  # fmt: skip
    page.locator("#group").press("y")
    page.locator("#group").press("Control+y")
    page.locator("#group").press("z")
    page.locator("#field").press("y")
    page.locator("#box").check()
    assert actions(page) == [["yes", {}, {}], ["tick", {"n": 1}, {"value": "true"}]]


def test_a_guarded_button_ignores_what_came_too_early(page: Page, show: Callable[..., None]) -> None:
    show(root=["button", {"id": "allow", "on": {"click": ["allow", {}, {"guard": 700}]}}, ["Allow"]])
    page.locator("#allow").click()
    assert actions(page) == []
    page.wait_for_timeout(750)
    page.locator("#allow").click()
    assert [name for name, *_ in actions(page)] == ["allow"]


def test_typing_survives_redrawing_reloading_and_a_slow_agent(page: Page, show: Callable[..., None]) -> None:
    show(root=["div", {}, [["region", {"id": "prompt"}, []]]], prompt=DRAFT)
    box = page.get_by_label("Task")
    box.press_sequentially("Fix it")
    show(prompt=["form", DRAFT[1], [["draft", {**DRAFT[2][0][1], "placeholder": "new"}, []], DRAFT[2][1]]])
    expect(box).to_have_value("Fix it")
    box.press("Shift+Enter")
    box.press("Enter")
    sent = actions(page)
    assert sent == [["send", {}, {"form": {"text": "Fix it\n"}}]]
    expect(box).to_have_value("Fix it\n")
    box.press_sequentially("and more")
    effect(page, "draft-accepted", session="s1", text="Fix it")
    expect(box).to_have_value("and more")
    page.reload()
    page.wait_for_function("window.renderer")
    show(root=DRAFT)
    expect(page.get_by_label("Task")).to_have_value("and more")
    effect(page, "draft-offered", session="s1", text="Another task")
    expect(page.get_by_label("Task")).to_have_value("and more")


def test_a_question_takes_the_focus_unless_someone_is_writing(page: Page, show: Callable[..., None]) -> None:
    question = ["section", {"id": "question", "tabindex": -1}, ["May I?"]]
    show(root=["div", {}, [DRAFT, ["region", {"id": "question"}, []]]], question=["div", {}, []])
    page.get_by_label("Task").focus()
    effect(page, "focus", id="question", polite=True)  # before it is drawn
    show(question=question)
    assert focused(page) == "question"
    effect(page, "focus", id="elsewhere", back=True)
    assert focused(page) == "prompt-input"
    page.get_by_label("Task").press_sequentially("In the middle of")
    effect(page, "focus", id="question", polite=True)
    assert focused(page) == "prompt-input"


def test_the_transcript_follows_its_end_until_the_user_looks_up(
    page: Page, show: Callable[..., None]
) -> None:
    def lines(count: int) -> object:
        return ["div", {}, [["p", {}, [f"line {n}"]] for n in range(count)]]

    page.add_style_tag(content="#app {height: 300px} .pinned, #log {height: 300px}")
    show(
        root=["pinned", {"id": "log", "class": "transcript"}, [["region", {"id": "lines"}, []]]],
        lines=lines(50),
    )
    gap = "() => { const l = document.getElementById('log'); return l.scrollHeight - l.scrollTop - l.clientHeight; }"
    page.wait_for_timeout(50)
    assert page.evaluate(gap) < 2
    show(lines=lines(80))
    page.wait_for_timeout(50)
    assert page.evaluate(gap) < 2
    page.locator("#log").hover()
    page.mouse.wheel(0, -400)
    jump = page.get_by_role("button", name="Jump to latest")
    jump.wait_for()
    top = page.evaluate("document.getElementById('log').scrollTop")
    show(lines=lines(120))
    page.wait_for_timeout(50)
    assert page.evaluate("document.getElementById('log').scrollTop") == top
    jump.click()
    page.wait_for_timeout(50)
    assert page.evaluate(gap) < 2
    assert jump.count() == 0


def test_a_modal_holds_the_focus_and_gives_it_back(page: Page, show: Callable[..., None]) -> None:
    modal = [
        "modal",
        {"key": "m", "aria-label": "Sure?", "on": {"toggle": ["close"]}},
        [["button", {"id": "ok"}, ["OK"]]],
    ]
    show(
        root=["div", {}, [["button", {"id": "opener"}, ["Open"]], ["region", {"id": "dialog"}, []]]],
        dialog=["div", {}, []],
    )
    page.locator("#opener").focus()
    show(dialog=modal)
    assert page.get_by_role("dialog", name="Sure?").is_visible()
    assert focused(page) == "ok"
    page.keyboard.press("Escape")
    assert [name for name, *_ in actions(page)] == ["close"]
    assert page.get_by_role("dialog").is_visible(), "Python decides when it goes"
    show(
        dialog=[*modal[:2], [["p", {}, ["Other content"]], ["button", {"id": "anew", "key": "anew"}, ["OK"]]]]
    )
    assert focused(page) == "anew"
    show(dialog=["div", {}, []])
    assert focused(page) == "opener"


def test_a_focus_that_comes_before_a_modal_goes_is_there_after_it(
    page: Page, show: Callable[..., None]
) -> None:
    modal = ["modal", {"key": "m", "aria-label": "Sure?"}, [["button", {"id": "ok"}, ["OK"]]]]
    show(root=["div", {}, [DRAFT, ["region", {"id": "dialog"}, []]]], dialog=modal)
    effect(page, "focus", id="prompt-input")
    assert focused(page) == "ok"
    show(dialog=["div", {}, []])
    assert focused(page) == "prompt-input"


def test_a_press_beside_a_sticky_modal_ends_nothing(page: Page, show: Callable[..., None]) -> None:
    def modal(*, sticky: bool) -> object:
        return [
            "modal",
            {"key": "m", "aria-label": "Busy", "sticky": sticky, "on": {"toggle": ["close"]}},
            ["Busy"],
        ]

    show(root=["div", {}, [["region", {"id": "dialog"}, []]]], dialog=modal(sticky=True))
    page.mouse.click(2, 2)
    assert actions(page) == []
    show(dialog=modal(sticky=False))
    page.mouse.click(2, 2)
    assert [name for name, *_ in actions(page)] == ["close"]


def test_the_same_words_are_said_again(page: Page, show: Callable[..., None]) -> None:
    page.evaluate(
        """() => {
          window.said = [];
          const live = document.getElementById('live');
          new MutationObserver(() => said.push(live.textContent)).observe(live, { childList: true });
        }"""
    )
    for _ in range(2):
        effect(page, "announce", text="Copied.")
        page.wait_for_timeout(400)
    # A screen reader hears a change of the text; the same text in its place is none.
    assert page.evaluate("said") == ["Copied.", "", "Copied."]


def test_announcements_are_said_in_one_breath(page: Page, show: Callable[..., None]) -> None:
    page.evaluate(
        "all => all.forEach((text) => renderer.apply({ type: 'effect', name: 'announce', text }))",
        ["Turn finished.", "Two changes.", "Two changes."],
    )
    page.wait_for_timeout(400)
    assert page.locator("#live").inner_text() == "Turn finished. Two changes."


def test_a_viewer_sends_nothing(page: Page, show: Callable[..., None]) -> None:
    show(root=["div", {}, [DRAFT, ["button", {"id": "act", "on": {"click": ["act"]}}, ["Act"]],
                           ["button", {"id": "theme", "on": {"click": ["local.theme"]}}, ["Theme"]]]])  # fmt: skip
    page.evaluate("() => renderer.setReadOnly(true)")
    page.wait_for_timeout(50)
    assert page.locator("#act").is_disabled()
    assert page.get_by_label("Task").is_disabled()
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert actions(page) == []
    page.evaluate("() => renderer.setReadOnly(false)")
    page.wait_for_timeout(50)
    assert page.locator("#act").is_enabled()
