"""The Chromium that tests and benchmarks drive, and how it is started."""

from satchel_build.testing.browser_program import BrowserProgram

__all__ = ["CHROMIUM", "CHROMIUM_FLAGS"]

CHROMIUM = BrowserProgram(
    "Chromium",
    ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "chromium",
    "SATCHEL_CHROMIUM",
    "Install Chromium (Debian: `apt-get install chromium`) and start again.",
)

# Headless, quiet on the network, and able to run as root in a container. Nothing here changes what a page may do.
CHROMIUM_FLAGS: tuple[str, ...] = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
