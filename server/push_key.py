"""The key by which push services know this house (VAPID, RFC 8292): a file beside the key ring, made when it is first
needed. Browsers subscribe to this key: where the file is lost, phones switch pushing on again by themselves."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class PushKey:
    """The private key of this house. Several processes get the same one: whoever is first writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._key: ec.EllipticCurvePrivateKey | None = None

    def get(self) -> ec.EllipticCurvePrivateKey:
        """Errors: OSError, ValueError where the file cannot be read."""
        with self._lock:
            if self._key is None:
                if not self._path.exists():
                    self._make()
                self._key = _read(self._path)
            return self._key

    def _make(self) -> None:
        """A whole file or none, under its name only when it is whole."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = ec.generate_private_key(ec.SECP256R1())
        text = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        beside = self._path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, self._path)  # fails where another process was quicker: its key is the one
        except FileExistsError:
            pass
        finally:
            beside.unlink()


def _read(path: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{path} holds no key of the curve P-256")
    return key
