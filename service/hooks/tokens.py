"""What the tokens of prefetch templates stand for in one request.

Simple tokens are valid for CDS Hooks 2.0: context fields that the hook's table offers as tokens, and the user tokens,
which exist only for a user of their own type. Paths, dates and earlier keys are CDS Hooks 3.0. Today is the calendar
day in the clinic's zone (setting SPINE_CDS_ZONE), the same day that the rules work with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.hooks import paths
from service.hooks.contexts import HOOKS, Context, patient_id
from service.hooks.paths import CONTEXT, Scope, Unanswerable

USER_TOKENS: Mapping[str, str] = {
    "Practitioner": "userPractitionerId",
    "PractitionerRole": "userPractitionerRoleId",
    "Patient": "userPatientId",
    "RelatedPerson": "userRelatedPersonId",
}
TYPE_OF_USER_TOKEN: Mapping[str, str] = {token: kind for kind, token in USER_TOKENS.items()}


def token_names(hook: str) -> frozenset[str]:
    """The simple tokens that a prefetch template of this hook may use."""
    offered = {f"{CONTEXT}.{field.name}" for field in HOOKS[hook].fields if field.token}
    return frozenset(offered | set(TYPE_OF_USER_TOKEN))


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token values of one request; `earlier` holds the results of prefetch keys that later templates look into."""

    context: Mapping[str, Any]
    user: Mapping[str, str]
    today: date
    server: str = ""
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def values(self, token: str) -> tuple[str, ...]:
        """All values of a token, each once; raises Unanswerable with a plain reason that holds no value."""
        wanted = TYPE_OF_USER_TOKEN.get(token)
        if wanted and token not in self.user:
            raise Unanswerable(f"its query needs a user who is a {wanted}")
        return paths.values(token, self._scope(paths.RESOLVE in token))

    def _scope(self, resolving: bool) -> Scope:
        roots = {CONTEXT: self.context, **self.user, **{f"%{key}": value for key, value in self.earlier.items()}}
        held = [*self.context.values(), *self.earlier.values()] if resolving else []
        by_name: dict[str, Mapping[str, Any]] = {}
        for resource, full_url in (pair for value in held for pair in _resources(value)):
            for name in (full_url, f"{resource['resourceType']}/{resource.get('id')}"):
                if name:
                    by_name.setdefault(name, resource)
        return Scope(roots, by_name, self.today, self.server)


def tokens(hook: str, context: Context, today: date, server: str = "") -> Tokens:
    """The tokens of a checked context; `server` is the base URL below which absolute references are its own."""
    values = {field.name: context[field.name] for field in HOOKS[hook].fields if context.get(field.name) is not None}
    values["patientId"] = patient_id(context)
    if isinstance(encounter := values.get("encounterId"), str):
        values["encounterId"] = encounter.strip().removeprefix("Encounter/")
    kind, _, user_id = str(context.get("userId") or "").strip().partition("/")
    user = {USER_TOKENS[kind]: user_id} if user_id and kind in USER_TOKENS else {}
    return Tokens(values, user, today, server)


def _resources(value: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The resources in a context field or prefetch result with their fullUrl: one, several, or a Bundle's."""
    if isinstance(value, list):
        for item in value:
            yield from _resources(item)
    elif isinstance(value, Mapping) and isinstance(value.get("resourceType"), str):
        entries = value.get("entry") if value["resourceType"] == "Bundle" else None
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Mapping):
                url = entry.get("fullUrl")
                for resource, _ in _resources(entry.get("resource")):
                    yield resource, url if isinstance(url, str) else ""
        yield value, ""
