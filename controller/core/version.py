"""Which version runs."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The version that is running."""
    try:
        return metadata.version("moorline")
    except metadata.PackageNotFoundError:  # run from a checkout
        return "0.0.0"
