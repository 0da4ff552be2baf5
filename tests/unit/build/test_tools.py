"""The check of the tools that a bare machine must bring."""

from pathlib import Path

import pytest

from satchel_build.errors import BuildError
from satchel_build.tools import check_program, check_python


def place_program(folder: Path, name: str, script: str) -> None:
    """Put an executable shell script on the PATH of the test."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("version", ["v20.0.0", "v24.11.1", "10.9.2"])
def test_a_program_that_is_new_enough_passes(path_folder: Path, version: str) -> None:
    place_program(path_folder, "node", f"echo {version}")
    check_program("node", (10, 9), "Install it.")


def test_a_missing_program_is_named_with_the_remedy(path_folder: Path) -> None:
    with pytest.raises(BuildError, match=r"`node` is not on PATH\. Install Node\.js 20\."):
        check_program("node", (20, 0), "Install Node.js 20.")


def test_an_old_program_is_named_with_both_versions(path_folder: Path) -> None:
    place_program(path_folder, "node", "echo v18.20.4")
    with pytest.raises(BuildError, match=r"node` is version v18\.20\.4, older than 20\.0\. Upgrade\."):
        check_program("node", (20, 0), "Upgrade.")


def test_versions_are_compared_as_numbers(path_folder: Path) -> None:
    place_program(path_folder, "npm", "echo 9.9.4")
    with pytest.raises(BuildError, match="older than 10"):
        check_program("npm", (10, 0), "Upgrade.")


@pytest.mark.parametrize("script", ["exit 1", "echo hello", "echo 20.1; exit 3"])
def test_a_program_that_does_not_tell_its_version_is_refused(path_folder: Path, script: str) -> None:
    place_program(path_folder, "node", script)
    with pytest.raises(BuildError, match=r"does not tell a version\. Install it\."):
        check_program("node", (20, 0), "Install it.")


def test_a_program_that_cannot_be_started_is_refused(path_folder: Path) -> None:
    (path_folder / "node").write_text("#!/no/such/interpreter\n")
    (path_folder / "node").chmod(0o755)
    with pytest.raises(BuildError, match="does not answer"):
        check_program("node", (20, 0), "Install it.")


def test_an_old_python_is_told_how_to_start_again() -> None:
    with pytest.raises(BuildError, match=r"Python 3\.10 is too old\. Start again with Python 3\.11 or newer"):
        check_python((3, 10))


def test_a_python_without_venv_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(BuildError, match=r"without its `ensurepip` module.*apt-get install python3-venv"):
        check_python((3, 12))
