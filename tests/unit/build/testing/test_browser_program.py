"""A browser (here Firefox) is found, installed where that may be done, and asked for with a remedy where it may not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from satchel_build.errors import BuildError
from satchel_build.progress import Progress
from satchel_build.testing.firefox import FIREFOX

APT = """#!/bin/sh
[ "$1" != install ] || { printf '#!/bin/sh\\n' > "${0%/*}/firefox-esr"; /bin/chmod 755 "${0%/*}/firefox-esr"; }
"""


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.delenv("SATCHEL_FIREFOX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def test_one_that_is_there_is_taken(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(bin_folder / "firefox", "#!/bin/sh\n")
    assert FIREFOX.ensure(Progress(sys.stderr)) == str(bin_folder / "firefox")
    monkeypatch.setenv("SATCHEL_FIREFOX", "/opt/another")
    assert FIREFOX.find() == "/opt/another"


def test_without_apt_or_rights_the_remedy_is_told(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match="apt-get is not here") as missing:
        FIREFOX.ensure(Progress(sys.stderr))
    assert "apt-get install firefox-esr" in str(missing.value)
    _program(bin_folder / "apt-get", APT)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BuildError, match="only root may install"):
        FIREFOX.ensure(Progress(sys.stderr))
    assert FIREFOX.find() is None


def test_root_installs_it(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(bin_folder / "apt-get", APT)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert FIREFOX.ensure(Progress(sys.stderr)) == str(bin_folder / "firefox-esr")
