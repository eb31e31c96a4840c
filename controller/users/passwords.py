"""Passwords: what is good enough, and how it is kept (argon2id, with the library's parameters of RFC 9106)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from controller.core.errors import FieldError, Invalid

SHORTEST, LONGEST = 10, 512
COMMON = frozenset(
    {
        "1234567890", "12345678910", "0123456789", "password12", "password123", "password1234",
        "qwertyuiop", "qwerty12345", "1q2w3e4r5t", "1qaz2wsx3edc", "administrator", "changeme123",
        "letmein123", "iloveyou123", "welcome123", "moorline123", "abcdefghij", "asdfghjkl1",
        "zaq12wsxcde3", "passw0rd123", "adminadmin",
    }
)  # fmt: skip

_hasher = PasswordHasher()
_workers = ThreadPoolExecutor(2, thread_name_prefix="argon2")  # each hashing holds 64 MiB and a core
# What is checked where there is no user: of the same parameters, which a test sees to, so that it takes the same time.
# Written down, as making one costs every start 64 MiB and a fifth of a second.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$n55eDbJS2uyYQCM24GT4Rg$ZF3MDrO7xmclD6b/rPzulLbmBw1UbijHl8E5CgJuggc"


def check(password: str, username: str) -> None:
    """Raise Invalid with what is wrong with a new password."""
    lowered = password.lower()
    if len(password) < SHORTEST:
        reason = f"has to be at least {SHORTEST} characters long"
    elif len(password) > LONGEST:
        reason = f"may be at most {LONGEST} characters long"
    elif lowered in COMMON or len(set(lowered)) < 4:
        reason = "is among the first that anybody would try"
    elif username and username.lower() in lowered and len(password) < len(username) + 6:
        reason = "is nearly the user name"
    else:
        return
    raise Invalid(f"The password {reason}.", errors=(FieldError("password", reason),))


async def hashed(password: str) -> str:
    """The form that is stored. Runs in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Is it the password? Without a stored one the same work is done: time does not tell whether a user exists."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _matches, stored, password[:LONGEST])


def _matches(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
