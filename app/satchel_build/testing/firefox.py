"""The Firefox that tests drive, and how it is set up.

Debian's extended support release (`firefox-esr`) is the oldest Firefox that the product supports, so it is the one that
the tests use. It is driven over WebDriver BiDi, which it speaks itself: no driver program is needed.
"""

from satchel_build.testing.browser_program import BrowserProgram

__all__ = ["FIREFOX", "FIREFOX_PREFERENCES"]

FIREFOX = BrowserProgram(
    "Firefox",
    ("firefox-esr", "firefox"),
    "firefox-esr",
    "SATCHEL_FIREFOX",
    "Install Firefox (Debian: `apt-get install firefox-esr`) and start again.",
)

# Quiet on the network and no first-run pages. Nothing here changes what a page may do.
FIREFOX_PREFERENCES: dict[str, bool | int | str] = {
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
