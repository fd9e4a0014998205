"""Who pays → by which policies an order is judged, payer by payer, on the day of the service.

A named policy goes before one that speaks for the same payers in general. A policy with local texts speaks only where
there is one: where its jurisdictions are all listed and this area has none, it does not apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.facts.fact import Fact, FactSource
from service.rules.policy import Jurisdictions, Policy

COVERAGE, PAYER = "coverage", "payer"
NAMED, NONE, UNLISTED, UNKNOWN = "named", "none", "unlisted", "unknown"


@dataclass(frozen=True, slots=True)
class Payer:
    """One payer and its policies in force, the most specific first; none where its criteria are not known here."""

    rank: int
    concept: str
    title: str
    policies: tuple[str, ...]
    sources: tuple[FactSource, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """All policies, who administers what where, the patient's area and the day of the service."""

    policies: Mapping[str, Policy]
    jurisdictions: Jurisdictions
    area: str
    day: date

    def payers(self, facts: Iterable[Fact]) -> tuple[Payer, ...]:
        """The payers on record, the first to pay first."""
        found: dict[int, Payer] = {}
        for fact in facts:
            if fact.kind == COVERAGE and fact.fields["rank"] not in found:
                fields = fact.fields
                policies = self._chosen(str(fields["concept"]), str(fields["carrier"]))
                rank = int(fields["rank"])
                title = next((self.policies[name].payer for name in policies), str(fields["title"]))
                found[rank] = Payer(rank, str(fields["concept"]), title, policies, fact.sources)
        return tuple(found[rank] for rank in sorted(found))

    def asked_for(self, policy: str) -> Payer:
        """The payer of a policy that was named by argument; its local texts are those of the area all the same.

        What a named carrier's policy does not set, the one in general does, as it would for that coverage.
        """
        wanted = self.policies[policy]
        concept = next(iter(wanted.recognised_by), "")
        general = [name for name in self._chosen(concept, "") if wanted.carriers and name != policy]
        return Payer(0, concept, wanted.payer or wanted.title, (policy, *general))

    def facts(self, payers: Sequence[Payer], ordered: Sequence[str]) -> list[Fact]:
        """One `payer` fact for each payer and ordered procedure."""
        return [
            Fact(PAYER, self._fields(payer, procedure), payer.sources)
            for payer in payers
            for procedure in sorted(set(ordered))
        ]

    def _chosen(self, concept: str, carrier: str) -> tuple[str, ...]:
        fitting = [
            policy
            for policy in self.policies.values()
            if concept in policy.recognised_by
            and (not policy.carriers or carrier in policy.carriers)
            and policy.holds(self.day)
            and self._local(policy) != NONE
        ]
        return tuple(policy.id for policy in sorted(fitting, key=lambda policy: (not policy.carriers, policy.id)))

    def _local(self, policy: Policy) -> str:
        if not policy.local:
            return ""
        if not self.area:
            return UNKNOWN
        text = policy.local.get(self.jurisdictions.of(self.area))
        if text is not None and text.holds(self.day):
            return NAMED
        return policy.elsewhere

    def _fields(self, payer: Payer, procedure: str) -> dict[str, Any]:
        policy = next((self.policies[n] for n in payer.policies if procedure in self.policies[n].procedures), None)
        # Where the policy's only reason not to apply is the area, that is what has to be said.
        silent = policy or self._silent(payer, procedure)
        place = self.jurisdictions.of(self.area)
        text = policy.local.get(place) if policy else None
        local = self._local(silent) if silent else ""
        return {
            "rank": payer.rank,
            "concept": payer.concept,
            "title": payer.title,
            "procedure": procedure,
            "policy": policy.id if policy else "",
            "policy_title": policy.title if policy else "",
            "document": text.document if text is not None and local == NAMED else "",
            "contractor": self.jurisdictions.jurisdictions[place].title if silent and silent.local and place else "",
            "area": self.area,
            "local": local,
        }

    def _silent(self, payer: Payer, procedure: str) -> Policy | None:
        return next(
            (
                policy
                for policy in self.policies.values()
                if payer.concept in policy.recognised_by
                and procedure in policy.procedures
                and policy.holds(self.day)
                and self._local(policy) == NONE
            ),
            None,
        )
