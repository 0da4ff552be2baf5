"""`satchel run` on the server engine: what is printed, what is written, what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from satchel.entry.sample_project import sample_archive

pytestmark = pytest.mark.host_only("starts the command line as a process")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "tide-table"
    with zipfile.ZipFile(BytesIO(sample_archive())) as archive:
        archive.extractall(folder)
    return folder


def run(tmp_path: Path, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Start `satchel ARGUMENTS` with a state directory of its own."""
    command = [str(Path(sys.executable).with_name("satchel")), *map(str, arguments)]
    return subprocess.run(
        command,
        input=stdin,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def environment(tmp_path: Path) -> dict[str, str]:
    return {"SATCHEL_STATE": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"}


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_without_commit_the_folder_stays_and_the_kept_patch_makes_the_change(
    tmp_path: Path, project: Path
) -> None:
    before = content(project)
    done = run(tmp_path, "run", "--project", project, "improve it")
    assert (done.returncode, done.stderr.count("stays as it was")) == (0, 1), done.stderr
    assert content(project) == before
    (patch,) = (tmp_path / "state" / "patches").iterdir()
    subprocess.run(
        ["git", "apply", str(patch)], cwd=project, check=True, env={"GIT_CEILING_DIRECTORIES": "/"}
    )
    assert b"separate from the printing" in (project / "README.md").read_bytes()
    assert [*(tmp_path / "state" / "runs").iterdir()] == []


def test_commit_writes_the_change_and_nothing_else(tmp_path: Path, project: Path) -> None:
    before = content(project)
    done = run(tmp_path, "run", "--commit", "--project", project, "improve it")
    after = content(project)
    assert done.returncode == 0, done.stderr
    assert {path for path in after if after[path] != before.get(path)} == {"README.md"}
    assert after["README.md"] == before["README.md"].replace(b"seperate", b"separate")
    assert after.keys() == before.keys()
    assert [*(tmp_path / "state" / "patches").iterdir()] == [], (
        "what is in the folder need not be kept elsewhere"
    )


def test_an_edit_made_meanwhile_is_a_conflict_and_the_work_is_kept(tmp_path: Path, project: Path) -> None:
    logs = tmp_path / "state" / "runs"
    process = subprocess.Popen(
        [Path(sys.executable).with_name("satchel"), "run", "--commit", "--project", project, "improve it"],
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(b"workspace.import" in log.read_bytes() for log in logs.glob("*/sessions/*.log")):
        assert process.poll() is None, "the run is over before the folder could be edited"
    (project / "README.md").write_text("mine\n")
    _, told = process.communicate(timeout=120)
    assert (process.returncode, (project / "README.md").read_text()) == (3, "mine\n"), told
    (patch,) = (tmp_path / "state" / "patches").iterdir()
    assert str(patch) in told
    assert b"+The prediction is separate" in patch.read_bytes()


def test_jsonl_prints_every_event_and_nothing_else(tmp_path: Path, project: Path) -> None:
    done = run(tmp_path, "run", "--jsonl", "--commit", "--project", project, "-", stdin="improve it")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    kinds = [event["type"] for event in events]
    assert kinds[0] == "system.init"
    assert kinds[-1] == "workspace.commit"
    assert (
        kinds.index("user.message")
        < kinds.index("tool.use")
        < kinds.index("tool.result")
        < kinds.index("result")
    )
    decisions = [event["data"] for event in events if event["type"] == "permission.decision"]
    assert decisions, "what policy granted is in the log"
    assert {decision["by"] for decision in decisions} == {"policy"}


def test_what_is_not_allowed_is_denied_because_nobody_can_be_asked(tmp_path: Path, project: Path) -> None:
    before = content(project)
    done = run(tmp_path, "run", "--commit", "--allow", "read", "--project", project, "improve it")
    assert content(project) == before
    assert (
        "not allowed" in done.stderr.lower()
        or "refused" in done.stderr.lower()
        or "denied" in done.stderr.lower()
    )


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["run", "--project", "/no/such/folder", "x"], "not a folder"),
        (["run", "--project", ".", "--model", "gpt", "x"], "no model named 'gpt'"),
        (["run", "--project", ".", "--allow", "fly", "x"], "no capability 'fly'"),
        (["run", "--project", ".", " "], "task is empty"),
    ],
)
def test_unusable_input_is_one_line_with_the_cause(tmp_path: Path, arguments: list[str], cause: str) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert cause in done.stderr
