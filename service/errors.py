"""Everything this service can refuse, as one tree; each class knows its HTTP status and its stable word.

ServiceError                     status word
├── MalformedRequest             400    malformed-request
│   ├── NotJson                  400    not-json
│   ├── WrongHook                400    wrong-hook
│   ├── UnservedHook             400    hook-not-served
│   └── FeedbackRefused          400    feedback-refused
├── CallerUnknown                401    caller-unknown
├── CallerForbidden              403    caller-forbidden
├── UnknownService               404    unknown-service
├── UnknownRule                  404    unknown-rule
├── UnknownQuestionnaire         404    unknown-questionnaire
├── FeedbackNotKept              404    feedback-not-kept
├── BodyTooSlow                  408    body-too-slow
├── QuestionnaireChanged         409    questionnaire-changed
├── NeededDataMissing            412    needed-data-missing
├── BodyTooLarge                 413    body-too-large
├── TooMany                      413    too-many-resources
├── WrongContentType             415    wrong-content-type
├── NotUnderstood                422    not-understood
│   ├── OrderMissing             422    order-missing
│   ├── SeveralOrders            422    several-orders
│   ├── OrderOfAnother           422    order-of-another-patient
│   ├── ProcedureNotCovered      422    procedure-not-covered
│   └── AnswersOfAnother         422    answers-of-another
├── ContentInvalid               500    content-invalid
├── EngineFailure                500    engine-failure
├── InternalError                500    internal-error
├── NotReady                     503    not-ready
├── Busy                         503    busy
├── PdfUnavailable               503    pdf-unavailable
└── StoreUnavailable             503    store-unavailable

Those of stored packets are in service/packet_errors.py. The words are part of the contract; the texts are for the
person who has to act and never carry an identifier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class ServiceError(Exception):
    """A refusal with an HTTP status, a stable word and a FHIR issue type; `str()` is safe to show and to log.

    `headers` go out with the answer and tell the client's program what to do next.
    """

    status: ClassVar[int] = 500
    word: ClassVar[str] = "internal-error"
    issue_type: ClassVar[str] = "exception"
    headers: ClassVar[Mapping[str, str]] = {}
    # Further issues of the same word: a text, and the element that it is about.
    further: Sequence[tuple[str, str]] = ()

    def __init__(self, text: str, *, expression: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.expression = expression


class MalformedRequest(ServiceError):
    """The body is JSON but not a CDS Hooks request."""

    status = 400
    word = "malformed-request"
    issue_type = "structure"


class NotJson(MalformedRequest):
    """The body is not JSON, or JSON that no two readers agree on (NaN, duplicate keys, too deep)."""

    word = "not-json"


class WrongHook(MalformedRequest):
    """The hook is one of ours, but not of the service that was called."""

    word = "wrong-hook"
    issue_type = "value"


class UnservedHook(MalformedRequest):
    """The hook is none of ours."""

    word = "hook-not-served"
    issue_type = "not-supported"


class FeedbackRefused(MalformedRequest):
    """Some items of a feedback cannot be understood; the others were stored."""

    word = "feedback-refused"


class CallerUnknown(ServiceError):
    """Nobody vouched for the caller."""

    status = 401
    word = "caller-unknown"
    issue_type = "login"


class CallerForbidden(ServiceError):
    """The caller is known and may not do this."""

    status = 403
    word = "caller-forbidden"
    issue_type = "forbidden"


class UnknownService(ServiceError):
    """No CDS service has this id."""

    status = 404
    word = "unknown-service"
    issue_type = "not-found"


class UnknownRule(ServiceError):
    """No rule has this id."""

    status = 404
    word = "unknown-rule"
    issue_type = "not-found"


class UnknownQuestionnaire(ServiceError):
    """No questionnaire has this id."""

    status = 404
    word = "unknown-questionnaire"
    issue_type = "not-found"


class BodyTooSlow(ServiceError):
    """The body stopped coming before it was whole."""

    status = 408
    word = "body-too-slow"
    issue_type = "timeout"


class FeedbackNotKept(ServiceError):
    """This installation keeps nothing, so it takes no feedback either."""

    status = 404
    word = "feedback-not-kept"
    issue_type = "not-supported"


class QuestionnaireChanged(ServiceError):
    """The answers belong to another version of the questionnaire than the one in force."""

    status = 409
    word = "questionnaire-changed"
    issue_type = "conflict"


class NeededDataMissing(ServiceError):
    """Data without which no answer is safe was neither sent nor fetchable."""

    status = 412
    word = "needed-data-missing"
    issue_type = "incomplete"


class BodyTooLarge(ServiceError):
    """The body is over the configured limit."""

    status = 413
    word = "body-too-large"
    issue_type = "too-long"


class TooMany(ServiceError):
    """More resources, keys or orders than one request may carry."""

    status = 413
    word = "too-many-resources"
    issue_type = "too-costly"


class WrongContentType(ServiceError):
    """The body is not declared as JSON."""

    status = 415
    word = "wrong-content-type"
    issue_type = "not-supported"
    headers: ClassVar[Mapping[str, str]] = {"Accept-Post": "application/json", "Accept-Encoding": "gzip"}


class NotUnderstood(ServiceError):
    """The request is well-formed, but means nothing this service can act on."""

    status = 422
    word = "not-understood"
    issue_type = "processing"


class OrderMissing(NotUnderstood):
    """A packet was asked for, and there is no order that it could be about."""

    word = "order-missing"
    issue_type = "required"


class SeveralOrders(NotUnderstood):
    """A packet is about one order."""

    word = "several-orders"
    issue_type = "value"


class ProcedureNotCovered(NotUnderstood):
    """The order is for nothing that this service has authorization criteria for."""

    word = "procedure-not-covered"
    issue_type = "not-supported"


class OrderOfAnother(NotUnderstood):
    """The order is for another patient than the record."""

    word = "order-of-another-patient"
    issue_type = "conflict"


class AnswersOfAnother(NotUnderstood):
    """The answers are about another patient or another order than the packet."""

    word = "answers-of-another"
    issue_type = "conflict"


class ContentInvalid(ServiceError):
    """A rule folder, value set or policy is wrong; found at start, never while answering."""

    word = "content-invalid"


class EngineFailure(ServiceError):
    """The rule engine died, hung or refused; this request has no answer, the next one will."""

    word = "engine-failure"


class InternalError(ServiceError):
    """A fault of ours that nothing else names."""


class NotReady(ServiceError):
    """The worker cannot answer yet."""

    status = 503
    word = "not-ready"
    issue_type = "transient"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "5"}


class Busy(ServiceError):
    """This worker has as many requests in hand as it can take; nothing was looked at, asking again is safe."""

    status = 503
    word = "busy"
    issue_type = "throttled"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class PdfUnavailable(ServiceError):
    """What makes PDF is not installed here; every other form of a packet can be had."""

    status = 503
    word = "pdf-unavailable"
    issue_type = "not-supported"


class StoreUnavailable(ServiceError):
    """The database cannot be used now, or not at all; what was to be kept is not."""

    status = 503
    word = "store-unavailable"
    issue_type = "transient"
