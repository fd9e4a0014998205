"""Fetching a key set from a URL that the operator listed: no redirect, no credentials, bounded in size and time."""

from __future__ import annotations

import time
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from service.callers.keys import KeySet, KeysUnreadable, key_set
from service.settings import is_loopback

LARGEST = 262_144
CHUNK = 16_384


class _NoCredentials(AuthBase):
    """Keeps requests from sending what a .netrc of this machine has for the host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def fetch(url: str, seconds: float) -> KeySet:
    """The keys at a URL; raises KeysUnreadable with a plain sentence part, whatever happens."""
    deadline = time.monotonic() + seconds
    host = urlsplit(url).hostname or ""
    with requests.Session() as session:
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        try:
            with session.get(
                url,
                auth=_NoCredentials(),
                headers={"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"},
                timeout=seconds,
                allow_redirects=False,
                stream=True,
                proxies={"no_proxy": host} if is_loopback(host) else None,
            ) as response:
                if response.status_code != HTTPStatus.OK:
                    raise KeysUnreadable(f"the server answered {response.status_code}")
                return key_set(_body(response, deadline))
        except (requests.RequestException, HTTPError, OSError):
            raise KeysUnreadable("the server could not be reached or broke off") from None


def _body(response: requests.Response, deadline: float) -> bytes:
    """What was sent; judged by what it is and not by its Content-Type, which servers of plain files get wrong."""
    received = bytearray()
    while chunk := response.raw.read1(CHUNK, decode_content=False):
        received += chunk
        if len(received) > LARGEST:
            raise KeysUnreadable("the server sent more than a key set can be")
        if time.monotonic() > deadline:
            raise KeysUnreadable("the server was too slow")
    return bytes(received)
