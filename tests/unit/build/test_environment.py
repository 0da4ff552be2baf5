"""When `.venv` and `node_modules` are made again, and what the locks hold."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from satchel_build import environment, npm_packages
from satchel_build.checkout import Checkout
from satchel_build.environment import ensure_environment
from satchel_build.npm_packages import ensure_npm_packages
from satchel_build.progress import Progress

ROOT = Path(__file__).resolve().parents[3]
EMPTY_NPM_LOCK = (
    '{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {"": {}}}'
)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout whose lock files name nothing."""
    (tmp_path / "requirements").mkdir()
    for name in ("build", "dev"):
        (tmp_path / "requirements" / f"{name}.lock").write_text("# nothing\n")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    (tmp_path / "package-lock.json").write_text(EMPTY_NPM_LOCK)
    shutil.copyfile(ROOT / ".npmrc", tmp_path / ".npmrc")
    return Checkout(tmp_path)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that the environment runs, which are recorded instead; making it makes its interpreter."""
    commands: list[str] = []

    def record(argv: list[str | Path], *, cwd: Path, **_: object) -> str:
        words = [str(word) for word in argv]
        if "venv" in words:
            commands.append("create")
            python = cwd / ".venv" / "bin" / "python"
            shutil.rmtree(cwd / ".venv", ignore_errors=True)
            python.parent.mkdir(parents=True)
            python.symlink_to(words[0])
        else:
            assert "--require-hashes" in words or "--no-index" in words
            commands.append("editable" if "--editable" in words else Path(words[-1]).name)
        return ""

    monkeypatch.setattr(environment, "run_command", record)
    return commands


def ensure(checkout: Checkout, packages: environment.PackageSet = "build") -> None:
    ensure_environment(checkout, packages, Progress(io.StringIO()))


def test_a_current_environment_costs_nothing(checkout: Checkout, steps: list[str]) -> None:
    ensure(checkout)
    assert steps == ["create", "build.lock", "editable"]
    ensure(checkout)
    ensure(checkout, "dev")
    ensure(checkout, "dev")
    assert steps == ["create", "build.lock", "editable", "dev.lock"]


def test_a_changed_lock_is_installed_into_what_is_there(checkout: Checkout, steps: list[str]) -> None:
    ensure(checkout)
    checkout.lock("build").write_text("# something\n")
    ensure(checkout)
    assert steps[3:] == ["build.lock"]


def test_changed_metadata_is_installed_anew(checkout: Checkout, steps: list[str]) -> None:
    ensure(checkout)
    (checkout.root / "pyproject.toml").write_text("[project]\nname = 'y'\n")
    ensure(checkout)
    assert steps[3:] == ["editable"]


def test_a_replaced_interpreter_means_a_new_environment(checkout: Checkout, steps: list[str]) -> None:
    ensure(checkout)
    checkout.venv_python.unlink()
    checkout.venv_python.symlink_to(shutil.which("true") or "/bin/true")
    ensure(checkout)
    assert steps[3:] == ["create", "build.lock", "editable"]


def test_a_moved_checkout_means_a_new_environment(
    checkout: Checkout, steps: list[str], tmp_path: Path
) -> None:
    ensure(checkout)
    moved = checkout.root.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    ensure(Checkout(moved))
    assert steps[3:] == ["create", "build.lock", "editable"]


def test_an_install_that_fails_is_tried_again_without_a_new_environment(
    checkout: Checkout, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(environment, "_install_lock", _fail)
        with pytest.raises(ConnectionError):
            ensure(checkout)
    ensure(checkout)
    assert steps == ["create", "build.lock", "editable"]


def test_npm_runs_only_when_its_lock_changed(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout.root / "node_modules" / "left-over").mkdir(parents=True)
    ensure_npm_packages(checkout, Progress(io.StringIO()))
    assert not (checkout.node_modules / "left-over").exists(), "npm ci starts from nothing"
    with monkeypatch.context() as patch:
        patch.setattr(npm_packages, "run_command", lambda *_, **__: pytest.fail("npm was run"))
        ensure_npm_packages(checkout, Progress(io.StringIO()))
    (checkout.root / "package.json").write_text('{"name": "x", "version": "1.0.0", "private": true}')
    log = io.StringIO()
    ensure_npm_packages(checkout, Progress(log))
    assert "Installing npm packages" in log.getvalue()


def test_the_locks_pin_every_package_by_hash_and_name_no_host() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text()
        pinned = [line for line in text.splitlines() if "==" in line]
        assert pinned
        assert text.count(" \\\n    --hash=sha256:") >= len(pinned)
        assert "://" not in text
    npm = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in npm
    assert npm.count('"node_modules/') == npm.count('"integrity": "sha512-')


def test_what_serve_needs_is_part_of_what_the_tests_need() -> None:
    build, dev = (
        (ROOT / "requirements" / f"{name}.lock").read_text().splitlines()[1:] for name in ("build", "dev")
    )
    assert set(build) <= set(dev)


def test_the_installed_tool_is_the_one_of_this_checkout() -> None:
    tool = ROOT / ".venv" / "bin" / "python"
    answer = subprocess.run(
        [tool, "-c", "import satchel; print(satchel.__file__)"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(answer.stdout.strip()) == ROOT / "app" / "satchel" / "__init__.py"


def _fail(*_: object) -> None:
    raise ConnectionError("no network")
