"""For one request: a reader of its FHIR server with the right credential, or the reason why there is none.

The request's own token comes first and is never replaced: where it falls short, the service's account must not widen
what the user behind the call may see. The account is for calls that name a server and bring no token at all.
"""

from __future__ import annotations

from service.fhir.access.account import Own, OwnAccount
from service.fhir.access.connections import Gate, pool
from service.fhir.access.credentials import Anonymous, Credential, Given
from service.fhir.access.exchange import Exchange, Limits
from service.fhir.access.scopes import Scopes
from service.fhir.access.servers import NOT_ALLOWED, Servers, canonical
from service.fhir.access.token_endpoint import TokenEndpoint
from service.fhir.client import Fetcher
from service.hooks.request import CdsRequest, FhirAuthorization
from service.settings import Settings
from service.settings.accounts import Account

NO_SERVER = "the request names no FHIR server"
OTHER_PATIENT = "the request's token is for another patient"


class Readers:
    """Made once for each process: the servers, their connections, and the accounts."""

    def __init__(self, settings: Settings, gate: Gate | None = None) -> None:
        self._limits = Limits.of(settings)
        self._servers = Servers.of(settings)
        self._pool = pool(gate or Gate(self._servers), settings.fhir_ca_file)
        own = settings.own_accounts().servers
        self._accounts = {canonical(one.server): self._account(one) for one in own}

    def reader(self, asked: CdsRequest, patient_id: str, issuer: str = "") -> tuple[Fetcher | None, str]:
        """A reader for a request about a patient, or why there is none; `issuer` is the caller's, '' when unchecked."""
        server, authorization = asked.fhir_server, asked.fhir_authorization
        if not server:
            return None, NO_SERVER
        if not self._servers.allowed(server):
            return None, NOT_ALLOWED
        if authorization is None:
            return self._fetcher(server, self._own(server, issuer)), ""
        if authorization.unusable:
            return None, authorization.unusable
        scopes = _scopes(authorization, patient_id)
        if scopes and not scopes.granted and _is_for_another(authorization, patient_id):
            return None, OTHER_PATIENT
        return self._fetcher(server, Given(authorization.access_token.get_secret_value, scopes)), ""

    def _account(self, account: Account) -> OwnAccount:
        return OwnAccount(TokenEndpoint(account, self._pool, self._limits), account.issuers)

    def _fetcher(self, server: str, credential: Credential) -> Fetcher:
        return Fetcher(Exchange(self._pool, server.rstrip("/") + "/", credential, self._limits))

    def _own(self, server: str, issuer: str) -> Credential:
        account = self._accounts.get(canonical(server))
        return Own(account) if account and account.serves(issuer) else Anonymous()


def _is_for_another(authorization: FhirAuthorization, patient_id: str) -> bool:
    """Whether the token is bound to a patient other than the request's."""
    bound = (authorization.patient or "").removeprefix("Patient/")
    return bool(bound) and bound != patient_id


def _scopes(authorization: FhirAuthorization, patient_id: str) -> Scopes | None:
    return Scopes.read(authorization.scope or "", other_patient=_is_for_another(authorization, patient_id))
