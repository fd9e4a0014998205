"""What a packet that is kept can be refused for; part of the tree in service/errors.py.

UnknownPacket                404    unknown-packet
PacketsNotKept               404    packets-not-kept
NotAcceptable                406    not-acceptable
PacketChanged                409    packet-changed
StepNotAllowed               409    step-not-allowed
PacketRefused                422    packet-refused
RequestIncomplete            422    request-incomplete
"""

from __future__ import annotations

from collections.abc import Sequence

from service.errors import ServiceError


class UnknownPacket(ServiceError):
    """No packet of this caller has this id; those of other callers are as unknown as those that never were."""

    status = 404
    word = "unknown-packet"
    issue_type = "not-found"


class PacketsNotKept(ServiceError):
    """This installation keeps nothing, so it makes no packets that somebody could come back to."""

    status = 404
    word = "packets-not-kept"
    issue_type = "not-supported"


class NotAcceptable(ServiceError):
    """The client accepts none of the forms that there are."""

    status = 406
    word = "not-acceptable"
    issue_type = "not-supported"


class PacketChanged(ServiceError):
    """Somebody else changed the packet since the client read it."""

    status = 409
    word = "packet-changed"
    issue_type = "conflict"


class StepNotAllowed(ServiceError):
    """No step leads from the packet's state to the one that was asked for."""

    status = 409
    word = "step-not-allowed"
    issue_type = "business-rule"


class PacketRefused(ServiceError):
    """The database is there and will not take what this packet holds; sent again it would be refused again."""

    status = 422
    word = "packet-refused"
    issue_type = "value"


class RequestIncomplete(ServiceError):
    """Parts that a payer's system requires are not there; `further` has each, and where it belongs."""

    status = 422
    word = "request-incomplete"
    issue_type = "required"

    def __init__(self, text: str, lacks: Sequence[tuple[str, str]]) -> None:
        super().__init__(text)
        self.further = tuple(lacks)
