"""Keyed hashes for people and patients, and encryption for what somebody wrote.

A plain hash of a record number is undone by trying all numbers; one keyed with a secret is not, as long as the secret
is kept elsewhere than the database (`SPINE_CDS_HASH_KEY`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import zlib
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from service.errors import StoreUnavailable

KEY_FILE = ".key"
SHORTEST = 32


class Keys:
    """Everything that is made with one installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self._pseudonyms = _derived(secret, "pseudonyms")
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(secret, "words")))

    def digest(self, *parts: str) -> str:
        """64 hexadecimal characters for these parts in this order."""
        text = json.dumps(parts)  # ASCII, and no two lists of parts read alike
        return hmac.new(self._pseudonyms, text.encode(), hashlib.sha256).hexdigest()

    def pseudonym(self, *parts: str) -> str:
        """`digest`, but '' where the last part, the identifier, is ''."""
        return self.digest(*parts) if parts[-1] else ""

    def uuid(self, text: str) -> UUID:
        """The uuid that a text spells; for any other text one made from its keyed hash, as it may be an identifier."""
        try:
            return UUID(text)
        except ValueError:
            return UUID(self.digest("uuid", text)[:32])

    def sealed(self, text: str) -> str:
        """The text, encrypted."""
        return self._fernet.encrypt(text.encode("utf-8", "replace")).decode()

    def opened(self, sealed: str) -> str | None:
        """The text again; None when it was encrypted with another secret."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            return None

    def packed(self, text: str) -> bytes:
        """A long text, compressed and encrypted."""
        return self._fernet.encrypt(zlib.compress(text.encode("utf-8", "replace")))

    def unpacked(self, packed: bytes) -> str | None:
        """The long text again; None when it was encrypted with another secret."""
        try:
            return zlib.decompress(self._fernet.decrypt(packed)).decode()
        except InvalidToken:
            return None


def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def secret_in(path: Path) -> bytes:
    """The secret of a key file, which is made, readable by its owner only, where there is none; raises OSError."""
    if not path.exists():
        _make(path)
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST:
        raise StoreUnavailable(f"The key file {path} is damaged: restore it, or set SPINE_CDS_HASH_KEY.")
    return secret


def _make(path: Path) -> None:
    """Whole or not at all, and only if nobody else was first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(SHORTEST).encode() + b"\n")
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
