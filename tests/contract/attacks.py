"""Tokens that must be refused: what each is, the word that the log has for it, and how it is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.contract.tokens import FILE, JKU, OTHER, PUBLIC, URL, VIEW, Site, claims, encoded, jwk, token


class Attack(NamedTuple):
    """`make` gives the Authorization header; `reason` is the log's word; `told`: the caller learns which claim."""

    name: str
    reason: str
    make: Callable[[Site], str | None]
    told: bool = False


def bearer(*given: Any, **changes: Any) -> Callable[[Site], str]:
    """A row's header with a token made of these changes."""
    return lambda _: "Bearer " + token(*given, **changes)


def header(**changes: Any) -> Callable[[Site], str]:
    return bearer(header=changes)


def by(signer: str, algorithm: str, kid: str, issuer: str = FILE) -> Callable[[Site], str]:
    """A token signed by a certain key."""
    return bearer(issuer, signed_by=signer, header={"alg": algorithm, "kid": kid})


def jku(change: Callable[[str], str]) -> Callable[[Site], str]:
    """A token of JKU's issuer with a key URL made from the listed one."""
    return lambda at: "Bearer " + token(JKU, header={"jku": change(f"{at.server.base}/keys")})


def altered(part: int, change: Callable[[str], str]) -> Callable[[Site], str]:
    """A right token with one of its three parts changed after signing."""

    def make(_: Site) -> str:
        parts = token().split(".")
        parts[part] = change(parts[part])
        return "Bearer " + ".".join(parts)

    return make


def raw(text: bytes, **head: Any) -> Callable[[Site], str]:
    """A token signed over these bytes as its payload."""
    return bearer(payload=text, header=head)


def twice(member: str) -> bytes:
    return json.dumps(claims()).encode().replace(b"{", b"{" + member.encode() + b",", 1)


ATTACKS = [
    # How it is sent
    Attack("no header at all", "no-token", lambda _: None),
    Attack("an empty header", "no-token", lambda _: ""),
    Attack("a user and a password", "no-token", lambda _: "Basic dXNlcjpwYXNz"),
    Attack("a token without its scheme", "no-token", lambda _: token()),
    Attack("a scheme that only begins like ours", "no-token", lambda _: "Bearerly " + token()),
    Attack("the scheme alone", "no-token", lambda _: "Bearer"),
    Attack("two tokens in one header", "token-form", lambda _: f"Bearer {token()}, Bearer {token()}"),
    Attack("two tokens side by side", "token-form", lambda _: f"Bearer {token()} {token()}"),
    Attack("a header that is too long", "token-size", bearer(note="x" * 8_000)),
    # Its form
    Attack("a word that is no token", "token-form", lambda _: "Bearer open-sesame"),
    Attack("two parts", "token-form", lambda _: "Bearer " + token().rpartition(".")[0]),
    Attack("four parts", "token-form", lambda _: f"Bearer {token()}.e30"),
    Attack("five parts, as encrypted tokens have", "token-form", lambda _: f"Bearer {token()}.e30.e30"),
    Attack("no signature", "token-form", altered(2, lambda _: "")),
    Attack("no header part", "token-form", altered(0, lambda _: "")),
    Attack("padding", "token-form", altered(2, lambda part: part + "=")),
    Attack("letters outside the alphabet", "token-form", altered(1, lambda part: part + "+/")),
    Attack("a line end inside", "token-form", altered(1, lambda part: part[:9] + "%0a" + part[9:])),
    Attack("bits that no letter needs", "token-form", lambda _: f"Bearer {encoded({'alg': 'ES384'})}.e31.AA"),
    Attack("a header that is no JSON", "token-form", lambda _: f"Bearer {encoded(b'alg=none')}.e30.AA"),
    Attack("a header that is a list", "token-form", lambda _: f"Bearer {encoded([])}.e30.AA"),
    Attack("claims that are no JSON", "token-form", raw(b"iss=me")),
    Attack("claims that are a list", "token-form", bearer(payload=[claims()])),
    Attack("claims nested without end", "token-form", raw(b'{"iss":' + b"[" * 4_000)),
    Attack("claims that are another token", "token-form", raw(token().encode(), cty="JWT")),
    Attack("claims with two issuers", "token-form", raw(twice(f'"iss":"{OTHER}"'))),
    Attack("claims with two ends", "token-form", raw(twice(f'"exp":{2**33}'))),
    Attack("NaN as the end", "token-form", raw(json.dumps(claims(exp=float("nan"))).encode())),
    # Its algorithm
    Attack("algorithm none without signature", "token-form", lambda _: f"Bearer {encoded({'alg': 'none'})}.e30."),
    Attack("algorithm none with a signature", "algorithm", header(alg="none")),
    Attack("algorithm nOnE", "algorithm", header(alg="nOnE")),
    Attack("no algorithm", "algorithm", header(alg=...)),
    Attack("an algorithm in a list", "algorithm", header(alg=["ES384"])),
    Attack("a lower-case algorithm", "algorithm", header(alg="es384")),
    Attack("HS256 with the public key as the secret", "algorithm", header(alg="HS256")),
    Attack("HS384 with the public key as the secret", "algorithm", header(alg="HS384")),
    Attack("HS512 with the public RSA key as the secret", "algorithm", by("rsa", "HS512", "r1")),
    Attack("ES256 by a good key, where it is not listed", "algorithm", by("p256", "ES256", "c1")),
    Attack("RS256 by a good key, where it is not listed", "algorithm", by("rsa", "RS256", "r1")),
    Attack("PS384 by a good key, where it is not listed", "algorithm", by("rsa", "PS384", "r1")),
    # Its key
    Attack("RS384 with the id of a curve's key", "key-unfit", by("rsa", "RS384", "k1", URL)),
    Attack("ES384 with the id of an RSA key", "key-unfit", header(kid="r1")),
    Attack("ES384 by a key of a smaller curve", "key-unfit", by("p384 x", "ES384", "c1")),
    Attack("RS384 by a key that is bound to RS256", "key-unfit", by("rsa", "RS384", "b1")),
    Attack("RS384 by a listed key of 1024 bits", "key-unknown", by("rsa1024", "RS384", "small")),
    Attack("a key nobody knows", "signature", bearer(signed_by="p384 stranger")),
    Attack("an RSA key nobody knows", "signature", by("rsa stranger", "RS384", "r1", URL)),
    Attack("another trusted issuer's key under the same id", "signature", bearer(OTHER, tenant="north")),
    Attack("this issuer's name over another's key", "signature", bearer(FILE, signed_by="p384 other")),
    Attack("an unknown key id", "key-unknown", bearer(FILE, header={"kid": "k2"})),
    Attack("no key id", "key-id", header(kid=...)),
    Attack("a number as key id", "key-id", header(kid=1)),
    Attack("an empty key id", "key-id", header(kid="")),
    Attack("a key id of a thousand letters", "key-id", header(kid="k" * 1_000)),
    Attack("a key id with a NUL", "key-id", header(kid="k1\x00")),
    Attack("a key id that is a path", "key-unknown", bearer(FILE, header={"kid": "../../../../dev/null"})),
    Attack("a key id that is SQL", "key-unknown", bearer(FILE, header={"kid": "k1' OR '1'='1"})),
    Attack("a key that it brings itself", "signature", bearer(signed_by="p384 x", header={"jwk": jwk("p384 x", "k1")})),
    Attack(
        "a chain of certificates that it brings itself",
        "signature",
        bearer(signed_by="p384 x", header={"x5c": ["MIIB"]}),
    ),
    Attack(
        "a URL of certificates that it brings itself",
        "signature",
        bearer(signed_by="p384 x", header={"x5u": "https://e.example/c"}),
    ),
    # Its other header fields
    Attack("no type", "token-type", header(typ=...)),
    Attack("a type of another kind of token", "token-type", header(typ="at+jwt")),
    Attack("a type that is no text", "token-type", header(typ=True)),
    Attack("a critical extension", "token-header", header(crit=["exp"])),
    Attack("an empty list of critical extensions", "token-header", header(crit=[])),
    Attack("a payload that is not encoded", "token-header", header(b64=False, crit=["b64"])),
    Attack("a payload declared as another token", "token-header", header(cty="JWT")),
    Attack("a payload declared as compressed", "token-header", header(zip="DEF")),
    # Where its key is said to be
    Attack("a key URL at another server", "key-url", jku(lambda _: "https://evil.example/keys")),
    Attack(
        "a key URL whose server only begins alike",
        "key-url",
        jku(lambda url: url.replace("127.0.0.1", "127.0.0.1.evil.example")),
    ),
    Attack(
        "a key URL with the listed server as its user",
        "key-url",
        jku(lambda url: url.replace("http://", "http://127.0.0.1@evil.example/")),
    ),
    Attack("a key URL with a user", "key-url", jku(lambda url: url.replace("http://", "http://u:p@"))),
    Attack("a key URL at another port", "key-url", jku(lambda url: url.replace("/fhir", "1/fhir"))),
    Attack("a key URL that only begins as the listed one", "key-url", jku(lambda url: url + "/../evil")),
    Attack("a key URL that only begins as the listed one, then a dot", "key-url", jku(lambda url: url + ".evil")),
    Attack("a key URL with a query", "key-url", jku(lambda url: url + "?x=1")),
    Attack("a key URL with a fragment", "key-url", jku(lambda url: url + "#x")),
    Attack("a key URL in capitals", "key-url", jku(str.upper)),
    Attack("a key URL over another scheme", "key-url", jku(lambda url: url.replace("http:", "https:"))),
    Attack("a key URL of the machine's files", "key-url", jku(lambda _: "file:///etc/passwd")),
    Attack("a key URL of the cloud's metadata", "key-url", jku(lambda _: "http://169.254.169.254/latest")),
    Attack("a key URL that is no text", "key-url", bearer(JKU, header={"jku": 1})),
    Attack("an empty key URL", "key-url", bearer(JKU, header={"jku": ""})),
    Attack("no key URL, where two are listed", "key-url", bearer(JKU)),
    Attack("a key URL, where keys are in a file", "key-url", bearer(FILE, header={"jku": "https://file.example/keys"})),
    Attack(
        "another issuer's key URL",
        "key-url",
        lambda at: "Bearer " + token(URL, header={"jku": f"{at.server.base}/second"}),
    ),
    # Who made it
    Attack("no issuer", "issuer", bearer(iss=...)),
    Attack("an unknown issuer", "issuer", bearer("https://evil.example")),
    Attack("an issuer with a slash more", "issuer", bearer(URL + "/")),
    Attack("an issuer in capitals", "issuer", bearer(URL.upper())),
    Attack("an issuer with a blank", "issuer", bearer(URL + " ")),
    Attack("an issuer that is a list", "issuer", bearer(payload=claims(iss=[URL]))),
    # For whom
    Attack("no audience", "claims", bearer(aud=...), told=True),
    Attack("a number as audience", "claims", bearer(aud=1), told=True),
    Attack("an empty list as audience", "claims", bearer(aud=[]), told=True),
    Attack("a list of numbers as audience", "claims", bearer(aud=[1]), told=True),
    Attack("an empty audience", "audience", bearer(aud=""), told=True),
    Attack("the beginning of the URL", "audience", bearer(aud=PUBLIC), told=True),
    Attack("discovery's URL for a hook call", "audience", bearer(aud=PUBLIC + "/cds-services"), told=True),
    Attack("the URL and more", "audience", bearer(aud=PUBLIC + VIEW + "x"), told=True),
    Attack("the URL and two slashes", "audience", bearer(aud=PUBLIC + VIEW + "//"), told=True),
    Attack("another service's URL", "audience", bearer(aud=PUBLIC + "/cds-services/spine-orders"), told=True),
    Attack(
        "the service's feedback URL for a hook call", "audience", bearer(aud=PUBLIC + VIEW + "/feedback"), told=True
    ),
    Attack("the same path at another server", "audience", bearer(aud="https://evil.example/spine" + VIEW), told=True),
    Attack("the URL without its scheme", "audience", bearer(aud=(PUBLIC + VIEW).removeprefix("https:")), told=True),
    Attack("the URL as this machine sees it", "audience", bearer(aud="http://localhost" + VIEW), told=True),
    Attack("a list of everybody else", "audience", bearer(aud=["https://a.example", PUBLIC]), told=True),
    # For how long
    Attack("no end", "claims", bearer(exp=...), told=True),
    Attack("an end that is text", "claims", bearer(exp=lambda now: str(now + 300)), told=True),
    Attack("an end that is a fraction", "claims", bearer(exp=lambda now: now + 300.5), told=True),
    Attack("an end that is true", "claims", bearer(exp=True), told=True),
    Attack("an end beyond all numbers", "claims", bearer(exp=10**40), told=True),
    Attack("an end that is past", "expired", bearer(exp=lambda now: now - 60, iat=lambda now: now - 120), told=True),
    Attack("an end before all time", "claims", bearer(exp=-1), told=True),
    Attack("an end in ten years", "lifetime", bearer(exp=lambda now: now + 315_360_000), told=True),
    Attack("an end before its beginning", "lifetime", bearer(exp=lambda now: now - 5, iat=lambda now: now), told=True),
    Attack("a beginning in the future", "not-yet-valid", bearer(nbf=lambda now: now + 600), told=True),
    Attack("a beginning that is text", "claims", bearer(nbf="now"), told=True),
    Attack("no time of issue", "claims", bearer(iat=...), told=True),
    Attack(
        "a time of issue in the future",
        "not-yet-valid",
        bearer(iat=lambda now: now + 600, exp=lambda now: now + 900),
        told=True,
    ),
    Attack("a time of issue that is long ago", "lifetime", bearer(iat=lambda now: now - 3_600), told=True),
    Attack("a time of issue that is a fraction", "claims", bearer(iat=lambda now: now - 0.5), told=True),
    # Which one, of whom
    Attack("no token id", "claims", bearer(jti=...), told=True),
    Attack("an empty token id", "claims", bearer(jti=""), told=True),
    Attack("a token id that is a number", "claims", bearer(jti=7), told=True),
    Attack("a token id of a thousand letters", "claims", bearer(jti="x" * 1_000), told=True),
    Attack("a token id with a NUL", "claims", bearer(jti="a\x00b"), told=True),
    Attack("a subject that is no text", "claims", bearer(sub={"a": 1}), told=True),
    Attack("a tenant that is not listed", "tenant", bearer(OTHER, signed_by="p384 other", tenant="west"), told=True),
    Attack("no tenant, where tenants are listed", "tenant", bearer(OTHER, signed_by="p384 other"), told=True),
    Attack("a tenant in a list", "claims", bearer(OTHER, signed_by="p384 other", tenant=["north"]), told=True),
    # What was done to it afterwards
    Attack("claims exchanged", "signature", altered(1, lambda _: encoded(claims()))),
    Attack(
        "a header exchanged", "signature", altered(0, lambda _: encoded({"alg": "ES384", "kid": "k1", "typ": "jwt"}))
    ),
    Attack("a signature exchanged", "signature", altered(2, lambda part: part[::-1])),
    Attack("a signature of zeros", "signature", altered(2, lambda _: encoded(bytes(96)))),
    Attack("a signature cut short", "signature", altered(2, lambda part: part[:64])),
    Attack(
        "a signature in the other form of curves",
        "signature",
        altered(2, lambda _: encoded(b"0\x06\x02\x01\x01\x02\x01\x01")),
    ),
]
