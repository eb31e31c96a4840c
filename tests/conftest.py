"""Fixtures that every test may ask for."""

from __future__ import annotations

import gc
import os

from hypothesis import settings

# The same examples at every run: whoever changes something else is not the one to meet a new one.
# make test-long searches.
settings.register_profile("steady", derandomize=True)
settings.register_profile("searching", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

pytest_plugins = [
    "tests.support.leaks",
    "tests.support.lab.fixture",
    "tests.support.postgres",
    "tests.support.front",
    "tests.support.sshd_fixture",
]


def pytest_collection_finish() -> None:
    """Leave what is imported by now, which lives to the end, out of every full collection of garbage."""
    gc.collect()
    gc.freeze()
