"""Settings of a server or a developer's machine, parsed once at the start. Nothing else reads the
environment.

`SATCHEL_STATE` is where sessions and shadow workspaces live (default: `satchel` below `XDG_STATE_HOME`);
`SATCHEL_SITE` is the built site for `--engine browser` (default: `dist/` of the checkout the package was
installed from); `SATCHEL_CHROMIUM` is the browser's program (default: the first known name on `PATH`).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are on this machine. `site` and `chromium` are None where nothing was found."""

    state: Path
    site: Path | None
    chromium: Path | None

    @property
    def bundles(self) -> Path | None:
        """Where installed commands are: in the built site. None where there are none."""
        folder = None if self.site is None else self.site / "bundles"
        return folder if folder is not None and (folder / "index.json").is_file() else None


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables (see the module's docstring)."""
    return Settings(_state(environment), _site(environment), _chromium(environment))


def _state(environment: Mapping[str, str]) -> Path:
    chosen = environment.get("SATCHEL_STATE")
    if chosen:
        return Path(chosen).expanduser()
    base = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "satchel"


def _site(environment: Mapping[str, str]) -> Path | None:
    chosen = environment.get("SATCHEL_SITE")
    folder = Path(chosen) if chosen else Path(__file__).resolve().parents[3] / "dist"
    return folder if (folder / "headless.html").is_file() else None


def _chromium(environment: Mapping[str, str]) -> Path | None:
    chosen = environment.get("SATCHEL_CHROMIUM")
    names = (chosen,) if chosen else _CHROMIUM_NAMES
    found = (shutil.which(name, path=environment.get("PATH")) for name in names)
    return next((Path(name) for name in found if name), None)
