"""`satchel run` that does not come to its end: signals, closed pipes, kills, folders and disks that refuse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.entry.test_run_command import content, environment, project, run

__all__ = ["project"]

pytestmark = pytest.mark.host_only("starts the command line as a process")

SLOW_MODEL = """
from satchel.entry import compose
from satchel.llm.demo import DemoModel
compose.make_provider = lambda name, host: DemoModel(host.clock, pause=1)
"""
DIES_WHILE_IT_WRITES = """
import os, signal
from satchel.adapters.server.local_folder import LocalFolderTarget
write = LocalFolderTarget.write
async def die(self, path, data, mode):
    await write(self, path, data, mode)
    os.kill(os.getpid(), signal.SIGKILL)
LocalFolderTarget.write = die
"""
FOLDER_IS_LOST = """
from satchel.adapters.server.local_folder import LocalFolderTarget
from satchel.workspace.errors import WorkspaceError
write, writes = LocalFolderTarget.write, []
async def fail(self, path, data, mode):
    if not writes:
        await write(self, path, data, mode)
    writes.append(path)
    raise WorkspaceError("The disk is gone.")
LocalFolderTarget.write = fail
"""
ENDED_BETWEEN_FOLDER_AND_LOG = """
import os, signal
from satchel.workspace.project import Project
Project.finish_commit = lambda self, record: self._journal.load() and os.kill(os.getpid(), signal.SIGKILL)
"""
PATCH_FAILS = """
from pathlib import Path
write = Path.write_bytes
def fail(self, data):
    if self.name == "my.patch":
        raise OSError(28, "No space left on device")
    return write(self, data)
Path.write_bytes = fail
"""


def start(tmp_path: Path, prelude: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """`satchel ARGUMENTS` after some Python of the test's own."""
    code = f"{prelude}\nimport sys\nfrom satchel.entry.cli import main\nsys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status and what was told."""
    _, told = process.communicate(timeout=120)
    return process.returncode, told


def runs(tmp_path: Path) -> list[Path]:
    return [*(tmp_path / "state" / "runs").iterdir()]


def logs(tmp_path: Path) -> list[bytes]:
    return [log.read_bytes() for log in (tmp_path / "state" / "sessions").glob("*.log")]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_leaves_its_log(
    tmp_path: Path, project: Path, number: signal.Signals, status: int
) -> None:
    before = content(project)
    process = start(tmp_path, SLOW_MODEL, "run", "--commit", "--project", project, "improve it")
    begun = (tmp_path / "state" / "runs").glob
    deadline = time.monotonic() + 60
    while not any(b"user.message" in log.read_bytes() for log in begun("*/sessions/*.log")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    returned, told = ended(process)
    assert returned == status, told
    assert "Traceback" not in told
    assert content(project) == before
    assert runs(tmp_path) == []
    (log,) = logs(tmp_path)
    assert b'"cancelled"' in log


@pytest.mark.parametrize("form", ["--jsonl", "--max-steps=50"])
def test_output_that_nobody_reads_ends_the_run(tmp_path: Path, project: Path, form: str) -> None:
    before = content(project)
    process = start(tmp_path, "", "run", form, "--commit", "--project", project, "improve it")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    returned, told = ended(process)
    assert returned == 141, told
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
    assert content(project) == before
    assert runs(tmp_path) == []


def test_a_commit_that_was_killed_is_put_back_by_the_next_run_on_this_folder(
    tmp_path: Path, project: Path
) -> None:
    before = content(project)
    other = tmp_path / "other" / project.name
    other.mkdir(parents=True)
    (other / "README.md").write_text("# Other\n")
    returned, _ = ended(
        start(tmp_path, DIES_WHILE_IT_WRITES, "run", "--commit", "--project", project, "improve it")
    )
    assert returned == -signal.SIGKILL
    assert content(project) != before
    assert len(runs(tmp_path)) == 1
    elsewhere = run(tmp_path, "run", "--project", other, "look")
    assert "put back" not in elsewhere.stderr
    assert len(runs(tmp_path)) == 1
    here = run(tmp_path, "run", "--project", project, "look")
    assert here.returncode == 0, here.stderr
    assert "it was put back first" in here.stderr
    assert content(project) == before
    assert runs(tmp_path) == []
    assert len(logs(tmp_path)) == 3


def test_a_commit_that_cannot_be_put_back_is_kept_for_the_next_run(tmp_path: Path, project: Path) -> None:
    before = content(project)
    returned, told = ended(
        start(tmp_path, FOLDER_IS_LOST, "run", "--commit", "--project", project, "improve it")
    )
    assert returned == 1
    assert "could not be put back: README.md" in told
    assert "the next run on" in told
    assert len(runs(tmp_path)) == 1
    returned, told = ended(
        start(tmp_path, FOLDER_IS_LOST.replace("not writes", "0"), "run", "--project", project, "x")
    )
    assert returned == 1
    assert "could not be put back" in told
    again = run(tmp_path, "run", "--project", project, "look")
    assert "it was put back first" in again.stderr
    assert content(project) == before
    assert runs(tmp_path) == []


def test_a_commit_that_was_complete_is_in_the_log_after_the_next_run(tmp_path: Path, project: Path) -> None:
    returned, _ = ended(
        start(tmp_path, ENDED_BETWEEN_FOLDER_AND_LOG, "run", "--commit", "--project", project, "improve it")
    )
    assert returned == -signal.SIGKILL
    written = content(project)
    run(tmp_path, "run", "--project", project, "look")
    assert content(project) == written
    assert runs(tmp_path) == []
    assert sum(log.count(b"workspace.commit") for log in logs(tmp_path)) == 1


def test_what_a_killed_run_left_goes_with_the_next_run(tmp_path: Path, project: Path) -> None:
    left = tmp_path / "state" / "runs" / "left"
    (left / "sessions").mkdir(parents=True)
    run(tmp_path, "run", "--project", project, "look")
    assert runs(tmp_path) == []


@pytest.mark.parametrize("patch", [".", "no/such/x.patch", "state/x.patch/y"])
def test_a_patch_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, project: Path, patch: str
) -> None:
    done = run(tmp_path, "run", "--project", project, "--patch", tmp_path / patch, "improve it")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "Give --patch a file" in line
    assert not (tmp_path / "state").exists()


def test_a_patch_whose_disk_is_full_is_kept_elsewhere(tmp_path: Path, project: Path) -> None:
    wanted = tmp_path / "my.patch"
    process = start(tmp_path, PATCH_FAILS, "run", "--patch", wanted, "--project", project, "improve it")
    returned, told = ended(process)
    assert returned == 0, told
    (kept,) = (tmp_path / "state" / "patches").iterdir()
    assert f"{wanted} could not be written: No space left on device" in told
    assert f"The changes are in {kept}" in told


def test_a_state_that_cannot_be_used_is_one_line_with_the_remedy(tmp_path: Path, project: Path) -> None:
    (tmp_path / "state").write_text("a file")
    done = run(tmp_path, "run", "--project", project, "improve it")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "Set SATCHEL_STATE" in line


def test_runs_side_by_side_do_not_take_each_other_for_left(tmp_path: Path, project: Path) -> None:
    slow = start(tmp_path, SLOW_MODEL, "run", "--project", project, "improve it")
    deadline = time.monotonic() + 60
    while not (tmp_path / "state" / "runs").is_dir() or not runs(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert run(tmp_path, "run", "--project", project, "look").returncode == 0
    assert len(runs(tmp_path)) == 1
    os.kill(slow.pid, signal.SIGTERM)
    assert ended(slow)[0] == 143
    assert runs(tmp_path) == []
