"""The committed programs do on the server's engine what they do elsewhere: one case for each part of the C library."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from satchel.adapters.server.wasi.host import ServerProcessHost
from satchel.runtime.guest_environment import guest_environment
from satchel.runtime.process import AccessRequest, SpawnRequest
from satchel_build.bundle_site import copy_bundles
from satchel_build.checkout import Checkout
from tests.unit.adapters.wasi.running import finish

pytestmark = pytest.mark.host_only("wasmtime is the server's engine")

CHECKOUT = Checkout(Path(__file__).resolve().parents[3])
SECONDS = 60


class Tools:
    """Runs commands in a workspace, one at a time."""

    def __init__(self, bundles: Path, root: Path) -> None:
        self.workspace = root / "workspace"
        for path in (self.workspace, root / "tmp"):
            path.mkdir(parents=True)
        self.host = ServerProcessHost({"/workspace": str(self.workspace), "/tmp": str(root / "tmp")}, bundles)

    def run(self, *argv: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""

        async def allow(_: AccessRequest) -> bool:
            return True

        async def start() -> tuple[int, str, str]:
            environment = guest_environment("/workspace")
            request = SpawnRequest(f"/usr/bin/{argv[0]}", argv, environment)
            process = await self.host.spawn(request, allow, lambda _: None)
            ended = await asyncio.wait_for(finish(process, stdin), SECONDS)
            return ended.status.code, ended.stdout.decode(), ended.stderr.decode()

        return asyncio.run(start())

    def output(self, *argv: str, stdin: bytes = b"") -> str:
        """What a command printed that ended well and said nothing else."""
        code, stdout, stderr = self.run(*argv, stdin=stdin)
        assert (code, stderr) == (0, ""), argv
        return stdout


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    copy_bundles(CHECKOUT, site)
    return site / "bundles"


@pytest.fixture
def tools(bundles: Path, tmp_path: Path) -> Iterator[Tools]:
    tools = Tools(bundles, tmp_path)
    (tools.workspace / "sub" / "deep").mkdir(parents=True)
    (tools.workspace / "sub" / "b.txt").write_text("beta\n")
    (tools.workspace / "a.txt").write_text("gamma\nalpha\nbeta\n")
    (tools.workspace / "link").symlink_to("sub")
    yield tools
    tools.host.close()


def test_ls_lists_a_folder_that_is_named(tools: Tools) -> None:
    assert tools.output("ls", "sub") == "b.txt\ndeep\n"
    assert tools.output("ls", "-F") == "a.txt\nlink@\nsub/\n"
    assert tools.output("ls", "-d", "sub") == "sub\n"


def test_modes_umask_and_owners_are_real(tools: Tools) -> None:
    tools.output("chmod", "750", "a.txt")
    tools.output("mkdir", "-m", "700", "own")
    tools.output("touch", "new")
    tools.output("install", "-m", "755", "a.txt", "copy")
    listed = tools.output("stat", "-c", "%n %a %U", "a.txt", "own", "new", "copy")
    assert listed == "a.txt 750 user\nown 700 user\nnew 644 user\ncopy 755 user\n"
    assert tools.run("chown", "0", "a.txt")[0] == 1


def test_trees_are_copied_and_removed(tools: Tools) -> None:
    tools.output("cp", "-a", "sub", "copy")
    assert (tools.workspace / "copy" / "b.txt").read_text() == "beta\n"
    tools.output("rm", "-rf", "copy", "link")
    tools.output("mv", "sub", "moved")
    assert sorted(os.listdir(tools.workspace)) == ["a.txt", "moved"]


def test_messages_name_the_program_and_are_worded_as_elsewhere(tools: Tools) -> None:
    assert tools.run("ls", "nope") == (2, "", "ls: cannot access 'nope': No such file or directory\n")
    os.symlink("loop", tools.workspace / "loop")
    assert tools.run("cat", "loop") == (1, "", "cat: loop: Too many levels of symbolic links\n")
    assert tools.run("grep", "x", "nope") == (2, "", "grep: nope: No such file or directory\n")


def test_programs_start_others_in_their_place(tools: Tools) -> None:
    assert tools.output("env", "-i", "A=1", "printenv") == "A=1\n"
    assert tools.output("env", "-C", "sub", "pwd") == "/workspace/sub\n"
    assert tools.output("env", "--", "nohup", "env", "printf", "%s", "deep") == "deep"
    assert tools.run("env", "false")[0] == 1
    assert tools.run("env", "nope")[0] == 127


def test_timeout_ends_what_takes_too_long(tools: Tools) -> None:
    assert tools.run("timeout", "0.2", "sleep", "50") == (124, "", "")
    assert tools.run("timeout", "-s", "KILL", "0.2", "sleep", "50")[0] == 137
    assert tools.run("timeout", "50", "false")[0] == 1
    assert tools.run("timeout", "1", "nope")[0] == 127


def test_text_is_sorted_searched_and_counted(tools: Tools) -> None:
    assert tools.output("sort", "-r", "a.txt") == "gamma\nbeta\nalpha\n"
    assert tools.output("grep", "-rn", "bet", "sub") == "sub/b.txt:1:beta\n"
    assert tools.output("egrep", "^(alpha|gamma)$", "a.txt") == "gamma\nalpha\n"
    assert tools.output("fgrep", ".", stdin=b"a.b\nab\n") == "a.b\n"
    assert tools.output("wc", "-lm", stdin="grüße\n".encode()) == "      1       6\n"
    assert len(tools.output("shuf", "-e", "a", "b", "c").split()) == 3


def test_time_and_time_zones(tools: Tools) -> None:
    assert tools.output("date", "-d", "@1700000000", "+%F %T %Z") == "2023-11-14 22:13:20 UTC\n"
    zone = "TZ=CET-1CEST,M3.5.0,M10.5.0/3"
    assert tools.output("env", zone, "date", "-d", "@1720000000", "+%T %Z") == "11:46:40 CEST\n"


def test_temporary_files_are_private(tools: Tools) -> None:
    path = tools.output("mktemp").strip()
    assert tools.output("stat", "-c", "%a %s", path) == "600 0\n"
    assert tools.output("stat", "-c", "%a", tools.output("mktemp", "-d").strip()) == "700\n"
