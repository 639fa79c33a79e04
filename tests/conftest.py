"""Settings of all tests."""

from hypothesis import settings

# A slow machine is no failure: timings belong in the benchmark.
settings.register_profile("everywhere", deadline=None)
settings.load_profile("everywhere")
