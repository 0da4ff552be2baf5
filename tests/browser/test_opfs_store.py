"""The project store on real OPFS: workers ended at random moments, handles between tabs, the owner lock, speed.

That any part of an unflushed write may be lost is simulated in `tests/js/fs/`; here the storage is Chromium's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support.samples import Sampler

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGE = "tests/browser/fixtures/fs/index.html"
KILLS = 20


class QuietHandler(SimpleHTTPRequestHandler):
    """The checkout, served without a line on stderr for each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def checkout_url() -> Iterator[str]:
    """The checkout's root on a server of its own: modules are tested as they are written, not as bundled."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(ROOT)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(context: BrowserContext, checkout_url: str) -> Callable[[], Page]:
    """Opens tabs of one profile on the storage page."""

    def open_one() -> Page:
        page = context.new_page()
        page.goto(f"{checkout_url}/{PAGE}")
        page.wait_for_function("window.storage !== undefined")
        return page

    return open_one


def test_ending_the_worker_at_random_moments_loses_nothing_acknowledged(
    open_page: Callable[[], Page], sampler: Sampler
) -> None:
    page = open_page()
    steps = compactions = 0
    for kill in range(KILLS):
        moment = 30 + (kill * 37 + sampler.seed) % 350
        arguments = {"project": f"kill-{kill}", "seed": sampler.seed + kill, "milliseconds": moment}
        found = page.evaluate("arguments => storage.killWhileWriting(arguments)", arguments)
        assert found["isExact"], (arguments, found)
        assert found["step"] >= found["acknowledged"], (arguments, found)
        assert set(found["problems"]) <= {"torn-tail"}, (arguments, found)
        steps += found["step"]
        compactions += found["generation"]
    assert steps > KILLS and compactions > 0, "the writers did not get to work"


def test_closing_the_tab_loses_nothing_acknowledged(open_page: Callable[[], Page]) -> None:
    reader = open_page()
    for kill in range(3):
        writer = open_page()
        command = {"project": f"tab-{kill}", "seed": kill}
        writer.evaluate("command => storage.run({ name: 'write', ...command }, 'writer')", command)
        writer.wait_for_timeout(100 + 60 * kill)
        acknowledged = writer.evaluate("project => storage.acknowledged[project] ?? 0", command["project"])
        writer.close()
        found = reader.evaluate("command => storage.run({ name: 'compare', ...command })", command)
        assert found["isExact"] and found["step"] >= acknowledged > 0, found


def test_a_project_is_held_by_one_tab_and_opens_as_soon_as_that_is_gone(
    open_page: Callable[[], Page],
) -> None:
    first, second = open_page(), open_page()
    first.evaluate("() => storage.run({ name: 'hold', project: 'held' }, 'holder')")
    refused = second.evaluate("() => storage.run({ name: 'tryOpen', project: 'held' })")
    assert refused == {"opened": False, "error": "NoModificationAllowedError"}
    waiting = second.evaluate_handle("() => ({ answer: storage.run({ name: 'tryOpen', project: 'held' }) })")
    second.wait_for_timeout(200)
    first.evaluate("() => storage.kill('holder')")
    assert waiting.evaluate("({ answer }) => answer")["opened"]


def test_the_owner_lock_passes_on_and_can_be_taken_over(open_page: Callable[[], Page]) -> None:
    first, second, third = open_page(), open_page(), open_page()
    state = "() => storage.owner.state"
    events = "() => storage.lockEvents"
    assert first.evaluate("() => storage.lock()") == "owner"
    assert second.evaluate("() => storage.lock()") == "waiting"
    first.close()
    second.wait_for_function("storage.owner.state === 'owner'")
    assert second.evaluate(events) == ["granted"]
    assert third.evaluate("() => storage.lock()") == "waiting"
    third.evaluate("() => storage.owner.takeOver()")
    assert third.evaluate(state) == "owner"
    second.wait_for_function("storage.owner.state === 'lost'")
    assert second.evaluate(events) == ["granted", "lost"]
    third.evaluate("() => storage.owner.release()")
    assert third.evaluate(state) == "released"
    assert second.evaluate("() => storage.lock()") == "owner"


def test_ten_thousand_files_come_back_fast(
    open_page: Callable[[], Page], record_property: Callable[[str, object], None]
) -> None:
    page = open_page()
    runs = [
        page.evaluate("project => storage.run({ name: 'measure', project, files: 10000 })", f"speed-{i}")
        for i in range(2)
    ]
    for run in runs:
        assert run["inodes"] == 10_102 and run["bytes"] == 10_000_300, run
    best = {name: min(run["times"][name] for run in runs) for name in runs[0]["times"]}
    record_property("milliseconds", best)
    print(f"10,000 files, best of {len(runs)} in ms: {best}")
    assert best["import"] < 10_000, "under 1,000 files/s"
    assert best["restore"] < 1_000, "four times the target of 250 ms: a fault, not noise"
