"""Passwords: hashed with Argon2id, compared in the same time whether there is one or not."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from server.errors import Busy, FieldError, Invalid

PASSWORD_MIN, PASSWORD_MAX = 10, 200

# RFC 9106's second recommended option scaled to a small server: 64 MiB, 3 passes.
_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
# Each hash takes 64 MiB: more at once, and many who guess would take the memory of the house.
_at_once = threading.BoundedSemaphore(4)
PATIENCE_S = 10
# Verified when the login is unknown, so that the answer takes as long as for a known one (G6). Of a word that was
# thrown away; written down, because making one at each start would take longer than the rest of it.
_DUMMY_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$RPevFdoCyHX4OG9Ht/0wmg$qbSJZym2pSaRDiTYYx4Z38u4cW+TAKLrl9zQx6DOpF8"
)


def hash_password(password: str) -> str:
    """Argon2id hash of a password of 10 to 200 characters."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Invalid(errors=[FieldError("password", "length", {"min": PASSWORD_MIN, "max": PASSWORD_MAX})])
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one; takes as long without a hash as with one."""
    if not _at_once.acquire(timeout=PATIENCE_S):
        raise Busy
    try:
        _hasher.verify(password_hash or _DUMMY_HASH, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    finally:
        _at_once.release()
    return password_hash is not None
