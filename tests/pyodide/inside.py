"""Runs pytest inside Pyodide, on the browser's own event loop; imported there only.

pytest-asyncio cannot work in a tab: it makes event loops, and the tab has one that always runs. Here an `async def`
test or fixture is a promise that the stack waits for (JSPI), so it runs on the very loop the product runs on.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from _pytest.fixtures import resolve_fixture_function
from js import console
from pyodide.ffi import run_sync

_REPORT = Path("/report.xml")


class TabPlugin:
    """Async tests and fixtures, the options of plugins that are not here, and what the host hears meanwhile."""

    def __init__(self) -> None:
        """No file has begun."""
        self._file = ""

    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Options that `pyproject.toml` sets for pytest-asyncio."""
        parser.addini("asyncio_mode", "always auto here")
        parser.addini("asyncio_default_fixture_loop_scope", "there is one loop")

    def pytest_configure(self, config: pytest.Config) -> None:
        """The marker of pytest-asyncio, which auto mode makes superfluous."""
        config.addinivalue_line("markers", "asyncio: runs on the event loop")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Skip what says that it cannot run here."""
        for item in items:
            marker = item.get_closest_marker("host_only")
            if marker is not None:
                item.add_marker(pytest.mark.skip(reason=f"host only: {marker.args[0]}"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Wait for an async test; leave the others to pytest."""
        function = pyfuncitem.obj
        if not inspect.iscoroutinefunction(inspect.unwrap(function)):
            return None
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        run_sync(function(**arguments))
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Let pytest see an async fixture as a plain one while it sets it up."""
        function = fixturedef.func
        bound = resolve_fixture_function(fixturedef, request)
        if inspect.iscoroutinefunction(function):
            fixturedef.func = _awaited(bound)  # type: ignore[misc]
        elif inspect.isasyncgenfunction(function):
            fixturedef.func = _stepped(bound)  # type: ignore[misc]
        try:
            return (yield)
        finally:
            fixturedef.func = function  # type: ignore[misc]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell the host of each file as it begins, so that a hang has a place, and of failures as they come."""
        file = report.nodeid.partition("::")[0]
        if file != self._file:
            self._file = file
            console.debug(file)
        if report.failed:
            console.debug(f"failed {report.nodeid}")


def _awaited(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def fixture(*args: Any, **kwargs: Any) -> Any:
        return run_sync(function(*args, **kwargs))

    return fixture


def _stepped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def fixture(*args: Any, **kwargs: Any) -> Generator[Any, None, None]:
        steps = function(*args, **kwargs)
        yield run_sync(anext(steps))
        run_sync(anext(steps, None))

    return fixture


def main(arguments: list[str]) -> str:
    """Run pytest; the answer is JSON: `status` (its exit status) and `report` (JUnit XML, "" if it wrote none)."""
    # No output capture by file descriptor, no cache, no fault handler: the tab has none of what they stand on.
    fixed = f"-q --capture=sys -p no:cacheprovider -p no:faulthandler --junitxml={_REPORT}".split()
    fixed += ["-o", "junit_family=xunit1"]
    status = pytest.main([*fixed, *arguments], plugins=[TabPlugin()])
    report = _REPORT.read_text() if _REPORT.exists() else ""
    return json.dumps({"status": int(status), "report": report})
