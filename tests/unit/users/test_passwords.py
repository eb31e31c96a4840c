"""How passwords are kept."""

from __future__ import annotations

from argon2 import PasswordHasher

from controller.users import passwords


async def test_who_does_not_exist_costs_the_same_work_and_has_no_password() -> None:
    assert not PasswordHasher().check_needs_rehash(passwords.NOBODY), "make it anew: the library's parameters changed"
    assert not await passwords.matches(None, "nobody has this password")
    assert await passwords.matches(passwords.NOBODY, "nobody has this password")
