"""`satchel run` on both engines: one task on one folder gives the same tool results and the same bytes."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from satchel.base.jsonvalue import dumps
from satchel.entry.sample_project import sample_archive
from satchel.session import framing
from tests.browser.command_line import SATCHEL, share_boots
from tests.browser.person import content

pytestmark = pytest.mark.browser

Event = Mapping[str, Any]
OF_THE_RUN = {"toolUseId", "durationMs"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tide-table"
    with zipfile.ZipFile(BytesIO(sample_archive())) as archive:
        archive.extractall(made)
    (made / "run.sh").write_text("#!/bin/sh\npython -m tides Brest\n")
    (made / "run.sh").chmod(0o755)
    (made / "latest").symlink_to("docs/method.md")
    return made


def run(engine: str, folder: Path, site: Path, state: Path) -> list[Event]:
    """The events of one run that commits."""
    done = subprocess.run(
        [SATCHEL, "run", "--engine", engine, "--jsonl", "--commit", "--project", str(folder), "improve it"],
        env={**os.environ, "SATCHEL_STATE": str(state), "SATCHEL_SITE": str(site)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_one_session(events: list[Event], state: Path) -> None:
    """One chain from the first event to the last, and the stored session is exactly what was printed."""
    assert len({event["session"] for event in events}) == 1
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    for previous, event in itertools.pairwise(events):
        assert event["prev"] == hashlib.sha256(dumps(previous).encode()).hexdigest()
    (log,) = (state / "sessions").glob("*.log")
    assert log.stem == events[0]["session"]
    frames, gaps = framing.scan(log.read_bytes())
    assert gaps == []
    assert [frame.payload for frame in frames] == [dumps(event).encode() for event in events]


def tool_work(events: list[Event]) -> list[tuple[str, Mapping[str, object]]]:
    """Tool uses and their results in order, without what differs from run to run by nature."""
    return [
        (event["type"], without_times(event["data"]))
        for event in events
        if event["type"] in ("tool.use", "tool.result")
    ]


def without_times(data: Mapping[str, object]) -> Mapping[str, object]:
    """The data of an event, and the output in it, without what no two runs share."""
    return {
        name: without_times(value) if name == "output" and isinstance(value, dict) else value
        for name, value in data.items()
        if name not in OF_THE_RUN
    }


def test_both_engines_do_the_same_and_write_the_same(
    folder: Path, site: Path, boots: Path, tmp_path: Path
) -> None:
    twin = tmp_path / "twin" / folder.name
    twin.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", folder, twin], check=True)
    before = content(folder)
    here = run("server", folder, site, tmp_path / "state")
    there = run("browser", twin, site, share_boots(tmp_path / "other-state", boots))
    assert_one_session(here, tmp_path / "state")
    assert_one_session(there, tmp_path / "other-state")
    assert len(tool_work(here)) >= 8
    assert tool_work(here) == tool_work(there)
    (tools,) = [work for kind, work in tool_work(here) if kind == "tool.result" and "exitCodes" in str(work)]
    output = tools["output"]
    assert isinstance(output, dict)
    assert output["exitCodes"] == [0, 0, 0], "GNU grep, sort and head ran on both"
    assert output["stdout"].startswith("./tides/predict.py:36\n")
    assert content(folder) == content(twin)
    assert {path for path, data in content(folder).items() if data != before[path]} == {"README.md"}
    assert (twin / "run.sh").stat().st_mode & 0o777 == 0o755
    assert os.readlink(twin / "latest") == "docs/method.md"
    assert [event["type"] for event in there][-1] == "workspace.commit"
