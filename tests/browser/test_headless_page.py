"""The page that `satchel run --engine browser` drives: one task in, events and changed files out."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from satchel.base.jsonvalue import dumps
from tests.browser.plain_host import ALL_TYPES, plain_host
from tests.browser.tab import Tab, open_tab

pytestmark = pytest.mark.browser

START_SCRIPT = """task => {
  window.outcome = satchelHeadless.start(task).then(summary => ({ summary }), error => ({ error: String(error) }));
}"""


def archive(files: Mapping[str, bytes]) -> str:
    """A tar file with these files in it, in base64."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def run(tab: Tab, **task: object) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Run a task to its end: the events, and what `start` resolved or was rejected with."""
    tab.open("headless.html")
    defaults = {
        "type": "headless.start",
        "name": "project",
        "task": "improve it",
        "model": "demo",
        "allow": ["read", "write", "exec"],
        "maxSteps": 20,
    }
    tab.page.evaluate(START_SCRIPT, defaults | task)
    events: list[dict[str, object]] = []
    while (lines := tab.page.evaluate("() => satchelHeadless.next()")) is not None:
        events.extend(json.loads(line) for line in lines)
    return events, tab.page.evaluate("() => outcome")


def test_a_task_changes_files_and_tells_every_event(returning_tab: Tab) -> None:
    tab = returning_tab
    before = b"# Project\n\nThis sentence was seperate.\n"
    events, outcome = run(tab, archive=archive({"README.md": before, "data.bin": bytes(range(256))}))
    summary = json.loads(str(outcome["summary"]))
    assert summary["error"] is None
    assert summary["ended"] is True
    (change,) = summary["changes"]
    assert (change["path"], change["kind"], change["type"]) == ("README.md", "modify", "file")
    assert base64.b64decode(change["data"]) != before
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "system.init"
    assert events[-1]["type"] == "result"
    for previous, event in itertools.pairwise(events):
        assert event["prev"] == hashlib.sha256(dumps(previous).encode()).hexdigest()
    assert tab.foreign_requests == []


def test_without_its_policy_no_agent_is_started(browser: Browser, site: Path) -> None:
    context = browser.new_context(service_workers="block")
    with plain_host(site, types=ALL_TYPES) as (url, _):
        tab = open_tab(context, url)
        events, outcome = run(tab, archive=archive({"a": b""}))
        assert events == []
        assert "no-policy" in str(outcome["error"])
        assert tab.page.workers == []
    context.close()


@pytest.mark.family("hosts without our policy", 1)
def test_on_a_plain_host_the_policy_comes_without_a_reload(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as (url, asked):
        events, _ = run(open_tab(context, url), archive=archive({"README.md": b"This was seperate.\n"}))
        assert events[-1]["type"] == "result"
        assert asked.count("/headless.html") == 2, "the page itself, and its copy for offline use"


def test_what_cannot_be_run_is_said(returning_tab: Tab) -> None:
    _, outcome = run(returning_tab, archive=archive({"a": b""}), model="no-such-model")
    assert "no-such-model" in json.loads(str(outcome["summary"]))["error"]
