"""Puts the service together: content, engine and evaluator behind the port that the HTTP surface calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from service.answer import Answered, answer
from service.evaluate import Evaluator
from service.facts.needs import NEEDED
from service.fhir.sent import KeyRead
from service.hooks import discovery
from service.hooks.discovery import ServiceEntry
from service.prior_auth.document import document
from service.prior_auth.exports import operation
from service.prior_auth.exports.answers import answered
from service.prior_auth.exports.claim_parts import Billing
from service.prior_auth.exports.forms import load_forms
from service.prior_auth.exports.kept import Attaching, attachment, request
from service.prior_auth.exports.package import Publisher
from service.prior_auth.exports.payer import Payer, load_payer
from service.prior_auth.exports.wire import PasVersion
from service.prior_auth.filing import Forms, filing
from service.prior_auth.listing import checklist_json
from service.prior_auth.packet import Packet, assembled
from service.prior_auth.page import html
from service.prior_auth.pdf import pdf
from service.question import Question
from service.rules.catalogue import listed, shown, source_attributes
from service.rules.engine_process import EngineProcess
from service.rules.load import Content, load_content
from service.settings import Settings
from service.settings.store import NO_DATABASE
from service.store.packet_records import Content as KeptContent
from service.store.packet_records import Filing, Kept

PACKET_PAGE = "/prior-auth/packets/new"


def payer(settings: Settings, content: Content) -> Payer | None:
    """The payer that the settings make this service speak for, None in the usual case; raises ContentInvalid."""
    if settings.payer_policy is None:
        return None
    forms = load_forms()
    publisher = Publisher(forms, content.version, settings.public_url) if settings.public_url else None
    procedures = [name for family in forms.families.values() for name in family.procedures]
    return load_payer(settings.payer_id, settings.payer_policy, procedures, publisher)


class SpineService:
    """The service behind the HTTP surface; one for each worker process."""

    def __init__(self, settings: Settings, content: Content | None = None) -> None:
        self._settings = settings
        self.content = content or load_content()
        self.engine = EngineProcess(settings.engine_timeout_ms / 1000)
        self.evaluator = Evaluator(self.content, self.engine, ZoneInfo(settings.zone))
        # A link has to lead somewhere: to this service under the name that others know it by, where packets are kept.
        keeps = settings.database != NO_DATABASE and settings.public_url
        self.packet_page = settings.public_url + PACKET_PAGE if keeps else ""
        self.payer = payer(settings, self.content)
        base = settings.public_url or f"http://{settings.host}:{settings.port}"
        self.publisher = Publisher(load_forms(), self.content.version, base)
        published = self.content.services
        self.entries: Sequence[ServiceEntry] = [
            ServiceEntry(item.id, hook, item.title, item.description, self.content.templates(hook), published.usage)
            for item in published.services
            for hook in item.hooks
        ]

        discovery.check(self.entries)

    def start(self) -> None:
        """Compile today's program and start the engine; raises ContentInvalid or EngineFailure."""
        self.engine.start([self.evaluator.reasoner.compiler.program(self._settings.day(), ())])

    def templates(self, service_id: str, hook: str) -> Mapping[str, str]:
        """Prefetch templates of a service on a hook."""
        return next(entry.prefetch for entry in self.entries if (entry.id, entry.hook) == (service_id, hook))

    def needed(self, service_id: str, hook: str) -> frozenset[str]:
        """Keys without which no answer is safe."""
        return NEEDED

    def answer(self, question: Question, keys: Mapping[str, KeyRead], unknown: Sequence[str]) -> Answered:
        """Cards for a question; raises ServiceError."""
        evaluation = self.evaluator.evaluate(question, keys)
        identifier = uuid4()
        most, page = self._settings.max_cards, self.packet_page
        response = answer(evaluation, self.content, identifier, most, unknown, payer=self.payer, packets=page)
        return Answered(response, identifier, self.content.version, evaluation.policies)

    def filing(
        self, question: Question, keys: Mapping[str, KeyRead], answers: Mapping[str, Any] | None = None
    ) -> Filing:
        """The packet for the one order of a question, in all its forms; raises ServiceError.

        `answers` are a finished QuestionnaireResponse, which fills what the record leaves open.
        """
        packet, when, said = self._assembled(question, keys), self._start_of(question.today), None
        if answers is not None:
            said = answered(packet, answers, self.publisher)
            packet = said.packet
        return filing(packet, Forms(document(packet, when), html(packet, when), checklist_json(packet)), said)

    def _assembled(self, question: Question, keys: Mapping[str, KeyRead]) -> Packet:
        return assembled(self.evaluator, question, keys, self._settings.max_resources)

    def pas_request(
        self, kept: Kept, content: KeptContent, billing: Billing, release: PasVersion, coverage: str
    ) -> dict[str, Any]:
        """The draft request of a packet; raises RequestIncomplete or NotUnderstood."""
        return request(kept, content, billing, self._start_of(self._settings.day()), release, coverage)

    def attachment(self, kept: Kept, content: KeptContent, given: Attaching, coverage: str) -> dict[str, Any]:
        """The Parameters of `$submit-attachment`; raises RequestIncomplete or NotUnderstood."""
        return attachment(kept, content, given, self._start_of(self._settings.day()), coverage)

    def printed(self, page: str) -> bytes:
        """The PDF of a packet's page; raises PdfUnavailable."""
        return pdf(page)

    def questionnaire(self, name: str) -> dict[str, Any]:
        """One Questionnaire by its id; raises UnknownQuestionnaire."""
        return self.publisher.form(name)

    def questionnaire_package(self, sent: Any) -> dict[str, Any]:
        """The Parameters that answer `$questionnaire-package`; raises ServiceError."""
        when = self._start_of(self._settings.day())
        return operation.answered(self.evaluator, self.publisher, sent, when, self._settings.max_resources)

    def _start_of(self, day: date) -> datetime:
        """What is made on a day is of its midnight: the same record gives the same packet all day long."""
        return datetime.combine(day, time(), ZoneInfo(self._settings.zone))

    def ready(self) -> str:
        """'' when requests can be answered, else why not."""
        return "" if self.engine.pid else "the rule engine is not running"

    def catalogue(self) -> list[dict[str, Any]]:
        """All rules."""
        return listed(self.content)

    def rule(self, rule_id: str) -> dict[str, Any]:
        """One rule with its values in force; raises UnknownRule."""
        return shown(self.content, self.evaluator.reasoner.compiler, rule_id, self._settings.day())

    def source_attributes(self, rule_id: str) -> dict[str, Any]:
        """Source attributes of one rule; raises UnknownRule."""
        return source_attributes(self.content, rule_id)
