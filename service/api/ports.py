"""What the HTTP surface needs from the rest of the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from service.answer import Answered
from service.caller import Caller
from service.fhir.sent import KeyRead
from service.hooks.discovery import ServiceEntry
from service.prior_auth.exports.claim_parts import Billing
from service.prior_auth.exports.kept import Attaching
from service.prior_auth.exports.wire import PasVersion
from service.question import Question
from service.store.packet_records import Access, Content, Filing, Kept
from service.store.packets import Packets
from service.store.records import Call, FeedbackItem, Stored


class Journal(Protocol):
    """What is kept of calls and of what users say of their cards."""

    def record(self, call: Call) -> None:
        """Keep one call; never waits and never raises."""

    def feedback(self, service: str, caller: Caller, items: Sequence[FeedbackItem]) -> Stored:
        """Keep all of these items before it returns; raises StoreUnavailable."""

    def state(self) -> str:
        """'ok', or 'failing' while records wait for the database."""


class PacketKeeper(Protocol):
    """Where packets are kept, and who looked at them."""

    @property
    def packets(self) -> Packets:
        """All packets."""

    def accessed(self, access: Access) -> None:
        """Write one access before this returns; raises StoreUnavailable."""


class Service(Protocol):
    """Everything behind the wire; every method may raise a ServiceError, which becomes an OperationOutcome."""

    @property
    def entries(self) -> Sequence[ServiceEntry]:
        """One entry per service id and hook, in the order they are published."""

    def templates(self, service_id: str, hook: str) -> Mapping[str, str]:
        """Prefetch key to query template, as published for this entry."""

    def needed(self, service_id: str, hook: str) -> frozenset[str]:
        """The keys without which there is no answer but 412."""

    def answer(self, question: Question, keys: Mapping[str, KeyRead], unknown: Sequence[str]) -> Answered:
        """Evaluate one patient; `unknown` are keys that were sent and that nobody asked for."""

    def filing(
        self, question: Question, keys: Mapping[str, KeyRead], answers: Mapping[str, Any] | None = None
    ) -> Filing:
        """The packet for the one order of a question, in all its forms; `answers` are a QuestionnaireResponse."""

    def pas_request(
        self, kept: Kept, content: Content, billing: Billing, release: PasVersion, coverage: str
    ) -> Mapping[str, Any]:
        """The draft request of a packet; raises RequestIncomplete, or NotUnderstood for a coverage it has not."""

    def attachment(self, kept: Kept, content: Content, given: Attaching, coverage: str) -> Mapping[str, Any]:
        """The Parameters that carry a packet's document to a payer; raises as `pas_request` does."""

    def printed(self, page: str) -> bytes:
        """The PDF of a packet's page."""

    def questionnaire(self, name: str) -> Mapping[str, Any]:
        """One Questionnaire by its id; raises UnknownQuestionnaire."""

    def questionnaire_package(self, sent: Any) -> Mapping[str, Any]:
        """The answer to `$questionnaire-package` for these Parameters."""

    def ready(self) -> str:
        """'' when this worker can answer, else why not."""

    def catalogue(self) -> Sequence[Mapping[str, Any]]:
        """All rules, one JSON object each."""

    def rule(self, rule_id: str) -> Mapping[str, Any]:
        """One rule with its values in force; raises UnknownRule."""

    def source_attributes(self, rule_id: str) -> Mapping[str, Any]:
        """Where one rule comes from and how far it was reviewed; raises UnknownRule."""
