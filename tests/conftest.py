"""Settings of all tests; says at the end of a run how many recorded cases were compared."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A slow machine is no failure: timings belong in the benchmark.
settings.register_profile("everywhere", deadline=None)
settings.load_profile("everywhere")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the counts that tests recorded as the property `compared`; works with workers too."""
    for name, value in report.user_properties:
        if name == "compared" and report.when == "call":
            _COUNTS[report.nodeid] = int(str(value))


_COUNTS: dict[str, int] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the sum."""
    if _COUNTS:
        terminalreporter.write_line(f"cos-wx-sdk-v5: {sum(_COUNTS.values())} recorded cases compared")
