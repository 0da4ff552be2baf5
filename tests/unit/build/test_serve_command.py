"""`serve.py`: its options, its choice of a port, and what it says on a machine that lacks something."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from satchel_build import serve_command
from satchel_build.checkout import Checkout
from satchel_build.errors import BuildError
from satchel_build.serve_command import open_server

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("<p>")
    return Checkout(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


def serve(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "serve.py", *argv],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_next_free_port_is_taken(
    checkout: Checkout, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve_command, "_FIRST_PORT", taken_port)
    with open_server(checkout, None) as server:
        assert taken_port < server.port <= taken_port + 100


def test_a_port_that_was_asked_for_is_that_or_an_error(checkout: Checkout, taken_port: int) -> None:
    with pytest.raises(BuildError, match=rf"Port {taken_port} is taken\. End the program"):
        open_server(checkout, taken_port)


def test_no_free_port_at_all_is_an_error(
    checkout: Checkout, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve_command, "_FIRST_PORT", taken_port)
    monkeypatch.setattr(serve_command, "_PORTS_TRIED", 1)
    with pytest.raises(BuildError, match=f"Ports {taken_port} to {taken_port} are taken"):
        open_server(checkout, None)


@pytest.mark.parametrize("port", ["-1", "65536", "http", "", "٣"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    answer = serve(f"--port={port}")
    assert answer.returncode == 2
    assert "is not a port (0 to 65535)" in answer.stderr


def test_a_machine_without_node_gets_one_line_with_the_remedy(tmp_path: Path) -> None:
    answer = serve(PATH=str(tmp_path))
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.splitlines() == [
        "serve.py: `node` is not on PATH. Install Node.js 20 or newer (it brings npm) and start again."
    ]


@pytest.mark.parametrize("script", ["serve.py", "build.py"])
def test_an_old_python_can_read_as_far_as_the_version_check(script: str) -> None:
    lines = (ROOT / script).read_text().splitlines()
    guard = next(n for n, line in enumerate(lines) if line.startswith("if sys.version_info < (3, 11):"))
    before = "\n".join(lines[:guard])
    assert "from " not in before.split('"""', 2)[2], "nothing but sys is imported before the check"
    assert 'f"' not in "\n".join(lines), "no syntax that Python 3.5 cannot compile"


def test_the_scripts_need_the_standard_library_only() -> None:
    script = (
        "import sys; sys.argv = ['x', '--help']; sys.path.insert(0, '.'); import build, serve; print('read')"
    )
    answer = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert (answer.stdout, answer.stderr) == ("read\n", "")


def test_an_interrupt_ends_it_quietly(checkout: Checkout) -> None:
    script = (
        "import sys; from pathlib import Path; from satchel_build import serve_command as s;"
        "from satchel_build.checkout import Checkout;"
        "s.ensure_site = lambda checkout, progress: '';"
        f"sys.exit(s.run(Checkout(Path({str(checkout.root)!r})), ['--port', '0']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "app")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Satchel is at http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == "\n"


def test_everything_the_user_types_in_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in ("python3 serve.py", "python3 build.py test"):
        assert command in readme
    assert "python3 build.py test" in (ROOT / ".ci" / "run").read_text()
    assert shutil.which(str(ROOT / ".ci" / "run")), "CI's script is executable"
