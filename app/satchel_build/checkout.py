"""Where things are in a checkout of this project."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Checkout"]


@dataclass(frozen=True, slots=True)
class Checkout:
    """A work tree of the project. Everything the build makes lies in four ignored folders directly below `root`."""

    root: Path

    @property
    def dist(self) -> Path:
        """The finished site: a plain static folder."""
        return self.root / "dist"

    @property
    def state(self) -> Path:
        """The build's memory: digests, stamps, logs, parts of the site. Deleting it costs time, nothing else."""
        return self.root / ".build"

    @property
    def venv(self) -> Path:
        """The virtual environment with the command line tool `satchel`."""
        return self.root / ".venv"

    @property
    def venv_python(self) -> Path:
        """The interpreter of the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def node_modules(self) -> Path:
        """The npm packages."""
        return self.root / "node_modules"

    def lock(self, name: str) -> Path:
        """The hash-pinned requirements file called `name` (`build` or `dev`)."""
        return self.root / "requirements" / f"{name}.lock"
