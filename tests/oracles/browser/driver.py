"""Headless Chromium with the driver of the same distribution. Whatever host it is sent to, it reaches our server."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
#: Ports that pages name for https beside 443; all others are http.
SECURE_PORTS = (443, 8443)

#: Features of Chromium that are no affair of CORS: an http page would become one of https, and a page that stands
#: for one of the internet could not reach this machine.
DISABLED = ("HttpsUpgrades", "LocalNetworkAccessChecks")


def missing() -> str | None:
    """What is not installed, in words; None when everything is there."""
    if not any(shutil.which(name) for name in BROWSERS):
        return "the browser Chromium is not installed (Debian: apt-get install chromium chromium-driver)"
    if not shutil.which(DRIVER):
        return f"{DRIVER} is not installed (Debian: apt-get install chromium-driver)"
    return None


class Browser:
    """A browser without a window; use with `with`."""

    def __init__(self, plain: int, secure: int, enable: Sequence[str] = ()) -> None:
        """Start it.

        Args:
            plain: the port of our server for http.
            secure: its port for https.
            enable: features of Chromium that are off unless asked for.
        """
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = Options()
        options.binary_location = next(found for name in BROWSERS if (found := shutil.which(name)))
        rules = [*[f"MAP *:{port} 127.0.0.1:{secure}" for port in SECURE_PORTS], f"MAP * 127.0.0.1:{plain}"]
        arguments = [
            "--headless=new",
            f"--host-resolver-rules={', '.join(rules)}",
            "--no-proxy-server",
            "--ignore-certificate-errors",
            f"--enable-features={','.join(enable)}",
            f"--disable-features={','.join(DISABLED)}",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={self._folder.name}",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium's own sandbox does not start as root
        for argument in arguments:
            options.add_argument(argument)
        log = str(Path(self._folder.name) / "driver.log")
        service = Service(executable_path=shutil.which(DRIVER), log_output=log)  # with a path nothing is downloaded
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(120)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()
        self._folder.cleanup()

    def open(self, url: str) -> str:
        """Load a page; its origin as the browser serializes it."""
        self.driver.get(url)
        origin: str = self.driver.execute_script("return self.origin")
        return origin

    def call(self, function: str, argument: Any) -> Any:
        """What a function of the page resolves to."""
        script = (
            f"const done = arguments[arguments.length - 1];"
            f"{function}(arguments[0]).then(value => done({{value}}), error => done({{error: String(error)}}));"
        )
        done = self.driver.execute_async_script(script, argument)
        if "error" in done:
            raise RuntimeError(f"the page failed: {done['error']}")
        return done["value"]
