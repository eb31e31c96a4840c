"""Unguessable words for sessions, tokens and one-time links, of which the database keeps the hash alone."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def fresh(prefix: str = "") -> tuple[str, bytes]:
    """A new word to hand out once, and what to store of it."""
    word = prefix + secrets.token_urlsafe(BYTES)
    return word, digest(word)


def digest(word: str) -> bytes:
    """What is stored of a word. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
