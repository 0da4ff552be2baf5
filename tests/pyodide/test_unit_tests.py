"""The unit tests once more, on the interpreter of the tab: Pyodide in Chromium.

Half of the files run, drawn by the seed, or all of them in a full run: in one Pyodide, since booting one for each test
would take a second and a half a test. Each outcome ends up in the report of `build.py test` like any other.
"""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage
from pytest_pyodide.runner import PlaywrightChromeRunner

from tests.pyodide.shipment import WHEELS, shipped_files
from tests.support.samples import sampler_from_environment

_UNPACK = """
const archive = await (await fetch("suite.zip")).arrayBuffer();
pyodide.unpackArchive(archive, "zip", { extractDir: "/suite" });
"""
_RUN = """
import os, sys
os.chdir("/suite")
sys.path[:0] = ["/suite/app", "/suite"]
os.environ.update({environment!r})
from tests.pyodide.inside import main
main({arguments!r})
"""


def test_unit_tests_pass_in_pyodide(
    selenium_module_scope: PlaywrightChromeRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unit tests that are not marked host_only pass in the tab's Python."""
    tab = selenium_module_scope

    def progress(message: ConsoleMessage) -> None:
        if message.type == "debug":
            with capsys.disabled():
                print(f"  pyodide: {message.text}", flush=True)

    tab.driver.on("console", progress)
    tab.load_package(list(WHEELS))
    tab.run_js(_UNPACK)
    arguments = _test_files()
    if select := os.environ.get("SATCHEL_TEST_SELECT"):
        arguments += ["-k", select]
    environment = {name: os.environ.get(name, "") for name in ("SATCHEL_TEST_SEED", "SATCHEL_TEST_FULL")}
    answer = json.loads(tab.run_async(_RUN.format(environment=environment, arguments=arguments)))
    reports = os.environ.get("SATCHEL_TEST_REPORTS")
    if reports and answer["report"]:
        Path(reports, "inside.xml").write_text(answer["report"])
    assert answer["status"] == 0 or (select and answer["status"] == 5), _failures(answer["report"])


def _test_files() -> list[str]:
    """The files to run: half of them, drawn by the seed, since the host runs all; or all when asked for."""
    found = [path.as_posix() for path in shipped_files() if path.match("test_*.py")]
    assert found, "no tests"
    size = len(found) if os.environ.get("SATCHEL_TEST_SELECT") else len(found) // 2
    return sampler_from_environment().sample("files in the tab", found, size)


def _failures(report: str) -> str:
    """The failures of the inner run as text."""
    if not report:
        return "pytest ended without a report"
    parts = [
        f"{case.get('classname')}::{case.get('name')}\n{problem.text}"
        for case in ElementTree.fromstring(report).iter("testcase")
        for problem in (*case.findall("failure"), *case.findall("error"))
    ]
    return "\n\n".join(parts) or "no test failed, yet pytest's exit status is not 0"
