"""Which files the site is made from, and the digests that decide what has to be made again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from satchel_build.checkout import Checkout
from satchel_build.digests import DigestCache, text_digest

__all__ = ["SiteInputs", "read_inputs"]

_WHEEL_FILES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE", "requirements/build.lock")
_SITE_FILES = ("package-lock.json", "requirements/toolchain.lock")

# Parts of the build that leave no trace in the site.
_NOT_SITE_LOGIC = ("testing", "benchmarks")


@dataclass(frozen=True, slots=True)
class SiteInputs:
    """Digests over the inputs: of the wheel alone, and of everything, which is the build id."""

    wheel: str
    build_id: str


def read_inputs(checkout: Checkout) -> SiteInputs:
    """Digest the inputs; files whose stat did not change since the last time are not read again."""
    cache = DigestCache(checkout.root, checkout.state / "digests.json")
    package = _files(checkout.root / "app" / "satchel")
    wheel = cache.tree_digest([*_present(checkout, _WHEEL_FILES), *package])
    logic = [
        path for path in _files(checkout.root / "app" / "satchel_build") if not _is_test_logic(checkout, path)
    ]
    scripts = [*_files(checkout.root / "static"), *_files(checkout.root / "worker")]
    programs = _files(checkout.root / "bundles")
    site = cache.tree_digest([*_present(checkout, _SITE_FILES), *logic, *scripts, *programs])
    cache.save()
    return SiteInputs(wheel=wheel, build_id=text_digest(wheel, site)[:32])


def _present(checkout: Checkout, names: tuple[str, ...]) -> list[Path]:
    return [path for name in names if (path := checkout.root / name).is_file()]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if "__pycache__" not in path.parts and not path.name.startswith(".") and path.is_file():
            yield path


def _is_test_logic(checkout: Checkout, path: Path) -> bool:
    return path.relative_to(checkout.root / "app" / "satchel_build").parts[0] in _NOT_SITE_LOGIC
