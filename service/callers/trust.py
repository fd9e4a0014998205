"""The issuers that are trusted now, each with the place of its keys."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from service.callers import issuers
from service.callers.issuers import Issuer
from service.callers.key_sources import FileKeys, KeySource, Timer, Times, UrlKeys
from service.callers.watched import Watched
from service.settings import Settings, SettingsInvalid


class _Trusted(NamedTuple):
    issuer: Issuer
    file: FileKeys | None


class Trust:
    """The file of issuers and all key files, read when made and when they change; keys of URLs when first needed."""

    def __init__(self, path: Path, times: Times, timer: Timer = time.monotonic) -> None:
        """Raises SettingsInvalid when a file cannot be used."""
        self._times, self._timer = times, timer
        # Outlives a change of the file: an issuer that did not change keeps the keys that were fetched.
        self._urls: dict[str, UrlKeys] = {}
        try:
            self._file = Watched(path, self._read, timer)
        except OSError as error:
            raise SettingsInvalid(
                f"the file of issuers (SPINE_CDS_ISSUERS) cannot be read: {type(error).__name__}"
            ) from None

    def issuer(self, name: object) -> Issuer | None:
        """The trusted issuer of exactly this name."""
        found = self._file.value.get(name) if isinstance(name, str) else None
        return found.issuer if found else None

    def keys(self, issuer: Issuer, key_url: str) -> KeySource | None:
        """Where the keys for a token with this (allowed) jku are; None where the token had to say and did not."""
        source = issuer.source(key_url)
        if isinstance(source, str):
            return self._urls.setdefault(source, UrlKeys(source, self._times, self._timer)) if source else None
        found = self._file.value.get(issuer.iss)
        return found.file if found else None

    def _read(self, path: Path) -> Mapping[str, _Trusted]:
        return {
            name: _Trusted(issuer, self._file_keys(number, issuer.jwks_file) if issuer.jwks_file else None)
            for number, (name, issuer) in enumerate(issuers.read(path).items(), start=1)
        }

    def _file_keys(self, number: int, path: Path) -> FileKeys:
        try:
            return FileKeys(path, self._timer)
        except (OSError, ValueError) as error:
            why = str(error) if isinstance(error, ValueError) else type(error).__name__
            raise SettingsInvalid(
                f"the jwks_file of issuer {number} (SPINE_CDS_ISSUERS) cannot be used: {why}"
            ) from None


def check_files(settings: Settings) -> None:
    """Raises SettingsInvalid when callers could not be checked; for the start, before any worker is there."""
    if settings.issuers:
        Trust(settings.issuers, Times.of(settings))
