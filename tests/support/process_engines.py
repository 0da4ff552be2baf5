"""The four engines that the cases of `tests/conformance/wasi` run on, each ready to run one after another."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.conformance.wasi.case_files import Case
from tests.conformance.wasi.outcome import Outcome, changes, problems
from tests.support.firefox import firefox
from tests.support.process_server import run_on_server
from tests.support.process_tab import Ask, process_site, run_in_tab

_ASK = "request => window.ask(request)"


@dataclass(frozen=True, slots=True)
class ProcessEngine:
    """One engine. `run` runs a case in fresh directories."""

    name: str
    run: Callable[[Case], Outcome]


@dataclass(frozen=True, slots=True)
class TabEngine(ProcessEngine):
    """An engine in a browser. `ask` sends the page a request of the fixture, `reload` loads the page anew."""

    ask: Ask
    reload: Callable[[], None]


Engines = Mapping[str, ProcessEngine]


def disagreement(case: Case, engines: Engines) -> str:
    """What is wrong with a case on any engine, or between them; empty when all do what it says, byte for byte alike."""
    outcomes = {name: engine.run(case) for name, engine in engines.items()}
    found = [f"{name}: {text}" for name, outcome in outcomes.items() if (text := problems(case, outcome))]
    return "\n".join([*found, *differences(outcomes)])


def differences(outcomes: Mapping[str, Outcome]) -> list[str]:
    """How outcomes differ from the first of them, in the whole workspace too. What a trap is called is each
    engine's own affair."""
    (first, wanted), *others = outcomes.items()
    found = []
    for name, outcome in others:
        for part in ("error", "stdout", "stderr", "code", "signal", "cause", "after"):
            here, there = getattr(outcome, part), getattr(wanted, part)
            if here != there:
                found.append(f"{part} on {name}: {_short(here)}, on {first}: {_short(there)}")
        found += [
            f"on {name} {change}" for change in changes(outcome.manifest, wanted.manifest, f"on {first}")
        ]
    return found


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 2000 else f"{text[:1000]} ... {text[-1000:]} ({len(text)} characters)"


@contextmanager
def all_engines(browser: Browser) -> Iterator[Engines]:
    """All of them: the server's, Chromium with shared memory and without, and Firefox."""
    with ExitStack() as stack:
        isolated = stack.enter_context(process_site(isolated=True))
        plain = stack.enter_context(process_site(isolated=False))
        engines = [
            stack.enter_context(server_engine()),
            stack.enter_context(_chromium("chromium", browser, isolated)),
            stack.enter_context(_chromium("chromium without shared memory", browser, plain)),
            stack.enter_context(_firefox(isolated)),
        ]
        yield {engine.name: engine for engine in engines}


@contextmanager
def server_engine() -> Iterator[ProcessEngine]:
    """The server's; on a thread of its own, since Playwright keeps an event loop running on the test's."""
    with ThreadPoolExecutor(1) as thread, tempfile.TemporaryDirectory(prefix="modules-") as cache:
        yield ProcessEngine(
            "server", lambda case: thread.submit(asyncio.run, run_on_server(case, Path(cache))).result()
        )


@contextmanager
def _chromium(name: str, browser: Browser, url: str) -> Iterator[TabEngine]:
    page = browser.new_page()
    page.goto(url)
    engine = _tab(name, lambda request: page.evaluate(_ASK, request), lambda: _drop(page.reload()))
    _expect(engine, shared=name == "chromium")
    yield engine
    page.close()


@contextmanager
def _firefox(url: str) -> Iterator[TabEngine]:
    with firefox() as page:
        page.goto(url)
        engine = _tab("firefox", lambda request: page.evaluate(_ASK, request), lambda: page.goto(url))
        _expect(engine, shared=True)
        yield engine


def _tab(name: str, ask: Ask, reload: Callable[[], None]) -> TabEngine:
    return TabEngine(name, lambda case: run_in_tab(ask, [case])[0], ask, reload)


def _expect(engine: TabEngine, *, shared: bool) -> None:
    facts: Any = engine.ask({"action": "facts"})
    assert (facts["shared"], facts["jspi"]) == (shared, True), facts


def _drop(_: object) -> None:
    pass


def tabs(engines: Engines) -> Sequence[TabEngine]:
    """Those that are in a browser."""
    return [engine for engine in engines.values() if isinstance(engine, TabEngine)]
