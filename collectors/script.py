"""How a collector's script is run: sh reads it from standard input, behind whatever a login does first.

The login shell's rc files may print anything before sh gets to run. So the script's first word is a marker that is made
anew each time, and nothing before it is believed.
"""

from __future__ import annotations


def written(script: str, marker: str) -> bytes:
    """What sh is to read. `marker` is an unguessable word of letters and digits."""
    return f"echo {marker}\n{script}".encode()


def answer(output: bytes, marker: str) -> bytes | None:
    """What the script itself said; None when sh did not come to run it."""
    _, found, said = output.partition(f"{marker}\n".encode())
    return said if found else None
