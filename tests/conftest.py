"""Settings of all tests; says at the end of a run how many cases were compared with which judge."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A slow machine is no failure: timings belong in the benchmark.
settings.register_profile("everywhere", deadline=None)
settings.load_profile("everywhere")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the counts that tests recorded as the property `compared`, or `compared WHAT`; works with workers too."""
    for name, value in report.user_properties:
        if f"{name} ".startswith("compared ") and report.when == "call":
            what = name.removeprefix("compared").strip() or "cos-wx-sdk-v5"
            _COUNTS.setdefault(what, {})[report.nodeid] = int(str(value))


_COUNTS: dict[str, dict[str, int]] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the sum for each of those that were compared with."""
    for what in sorted(_COUNTS):
        terminalreporter.write_line(f"{what}: {sum(_COUNTS[what].values())} recorded cases compared")
