"""The routes of a prior-authorization team: packets made from an order and its record, listed, read, and moved on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, g, request

from service.api import body, packet_body, packet_forms, packet_query, packet_record, scopes
from service.api.admission import Admission
from service.api.outcome import FHIR_JSON, json_response
from service.api.packet_body import AttachmentBody, Body, EvaluateBody, RecordBody, RequestBody, StateBody
from service.api.packet_record import Desk
from service.api.ports import PacketKeeper, Service
from service.api.scopes import need, who
from service.caller import EXPORT, READ, WRITE
from service.errors import MalformedRequest, OrderOfAnother
from service.fhir.readers import Readers
from service.packet_errors import NotAcceptable, PacketsNotKept
from service.settings import Settings
from service.store.packet_records import Content, Kept
from service.store.packets import Packets

PATH = "/prior-auth/packets"
ONE = f"{PATH}/<uuid:packet>"
JSON, HTML, PDF = "application/json", "text/html", "application/pdf"
# In the order in which they are preferred where a client takes several alike.
FORMS = {FHIR_JSON: EXPORT, HTML: EXPORT, PDF: EXPORT, JSON: READ}
Sent = TypeVar("Sent", bound=Body)
ETAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"')
NOT_KEPT = "Nothing is kept here (SPINE_CDS_DATABASE is `none`), so no packets either; `spine-cds packet` writes files."
NO_VERSION = "Say which version of the packet this is about: If-Match with its ETag, or `version`."
# A page of our own template: its style and picture stand in it, and nothing is loaded or run.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


def blueprint(
    settings: Settings, service: Service, keeper: PacketKeeper | None, admission: Admission, readers: Readers
) -> Blueprint:
    """The routes under /prior-auth/packets; without a keeper they refuse, as there is nothing to come back to."""
    routes = Blueprint("packets", __name__)
    if keeper is not None:
        scopes.install(routes, keeper)
    desk = _Routes(settings, service, keeper.packets if keeper else None, admission, readers)
    routes.post(PATH)(desk.make)
    routes.get(PATH)(desk.listed)
    routes.get(ONE)(desk.one)
    routes.get(f"{ONE}/history")(desk.history)
    routes.post(f"{ONE}/state")(desk.move)
    routes.post(f"{ONE}/evaluate")(desk.evaluate)
    routes.post(f"{ONE}/pas-request")(desk.request)
    routes.post(f"{ONE}/submit-attachment")(desk.attachment)
    return routes


@dataclass(frozen=True, slots=True)
class _Routes:
    """One method for each route; every one says first what it does, and asks whether the caller may."""

    settings: Settings
    service: Service
    kept: Packets | None
    admission: Admission
    readers: Readers

    @property
    def packets(self) -> Packets:
        """The packets; raises PacketsNotKept."""
        if self.kept is None:
            raise PacketsNotKept(NOT_KEPT)
        return self.kept

    def make(self) -> Response:
        need(WRITE, "create")
        packets = self.packets
        with self.admission.place():
            text = body.received(request, self.settings)
            with self.admission.turn():
                sent = packet_body.read(body.parsed(text, request, self.settings), RecordBody)
                g.user = sent.user
                asked = packet_record.asked(self._desk(), sent, who().caller.issuer)
                filing = self.service.filing(*asked, sent.answers)
            kept = packets.file(who(), filing)
        g.packet = kept.id
        response = json_response(packet_forms.record(kept, filing.notes), 201)
        response.headers["Location"] = f"{self.settings.public_url}{PATH}/{kept.id}"
        return _tagged(response, kept)

    def listed(self) -> Response:
        need(READ, "list")
        query = packet_query.read(request.args)
        day = self.settings.day()
        found = self.packets.listed(who().caller, query.wanted, day, query.limit, query.offset)
        packets = [packet_forms.record(kept) for kept in found.packets]
        return json_response({"total": found.total, "offset": query.offset, "packets": packets})

    def one(self, packet: UUID) -> Response:
        form = request.accept_mimetypes.best_match(list(FORMS)) if request.accept_mimetypes else FHIR_JSON
        need(FORMS.get(form or "", READ), f"read {form or 'nothing'}")
        if form is None:
            raise NotAcceptable(f"A packet can be had as {', '.join(FORMS)}.")
        kept, content = self._kept(packet)
        return _tagged(self._form(form, kept, content), kept)

    def history(self, packet: UUID) -> Response:
        need(READ, "history")
        changes = self.packets.history(who().caller, packet, self.settings.day())
        return json_response({"id": str(packet), "history": packet_forms.history(changes)})

    def move(self, packet: UUID) -> Response:
        need(WRITE, "state")
        sent = self._read(StateBody)
        version = _version(sent.version)
        kept = self.packets.moved(who(), packet, version, sent.move, self.settings.day())
        return _tagged(json_response(packet_forms.record(kept)), kept)

    def evaluate(self, packet: UUID) -> Response:
        need(WRITE, "evaluate")
        packets = self.packets
        with self.admission.place():
            text = body.received(request, self.settings)
            with self.admission.turn():
                sent = packet_body.read(body.parsed(text, request, self.settings), EvaluateBody)
                g.user = sent.user
                version = _version(sent.version)
                seen, before = (
                    packets.one(who().caller, packet, self.settings.day()),
                    packets.content(who().caller, packet),
                )
                asked = packet_record.asked(self._desk(), sent, who().caller.issuer, before.raw_order)
                filing = self.service.filing(*asked, sent.answers)
            if filing.patient != seen.patient:
                raise OrderOfAnother("The record is another patient's than the packet's.", expression="record")
            kept = packets.evaluated(who(), packet, version, filing, self.settings.day())
        return _tagged(json_response(packet_forms.record(kept, filing.notes)), kept)

    def request(self, packet: UUID) -> Response:
        need(EXPORT, "pas-request")
        sent = self._read(RequestBody)
        made = self.service.pas_request(*self._kept(packet), sent.billing, sent.release, sent.coverage)
        return json_response(made, mimetype=FHIR_JSON)

    def attachment(self, packet: UUID) -> Response:
        need(EXPORT, "submit-attachment")
        sent = self._read(AttachmentBody)
        made = self.service.attachment(*self._kept(packet), sent.given, sent.coverage)
        return json_response(made, mimetype=FHIR_JSON)

    def _read(self, model: type[Sent]) -> Sent:
        with self.admission.place():
            sent = packet_body.read(body.read(request, self.settings), model)
        g.user = sent.user
        return sent

    def _kept(self, packet: UUID) -> tuple[Kept, Content]:
        """The packet, and the content that is asked for."""
        kept = self.packets.one(who().caller, packet, self.settings.day())
        return kept, self.packets.content(who().caller, packet, _number(kept))

    def _desk(self) -> Desk:
        return Desk(self.service, self.readers, self.settings.day(), self.settings.max_resources)

    def _form(self, form: str, kept: Kept, content: Content) -> Response:
        if form == JSON:
            return json_response(packet_forms.working(kept, content))
        if form == HTML:
            page = Response(content.page, mimetype=HTML)
            page.headers["Content-Security-Policy"] = PAGE_POLICY
            return page
        if form == FHIR_JSON:
            return json_response(content.document, mimetype=FHIR_JSON)
        with self.admission.place(), self.admission.turn():
            printed = Response(self.service.printed(content.page), mimetype=PDF)
        printed.headers["Content-Disposition"] = f'inline; filename="packet-{kept.id}.pdf"'
        return printed


def _tagged(response: Response, kept: Kept) -> Response:
    response.headers["ETag"] = f'W/"{kept.version}"'
    response.vary.add("Accept")
    return response


def _number(kept: Kept) -> int:
    """Which evaluation is asked for; the last one unless the query says."""
    text = request.args.get("content", "")
    if not text:
        return kept.content
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= kept.content or len(text) > 9:
        raise MalformedRequest(f"This packet has the contents 1 to {kept.content}.", expression="content")
    return int(text)


def _version(told: int | None) -> int:
    """The version that the client has seen; raises MalformedRequest where it does not say, or says two."""
    match = request.headers.get("If-Match", "").strip()
    found = ETAG.fullmatch(match)
    if match and not found:
        raise MalformedRequest("If-Match must be one ETag of this packet.", expression="If-Match")
    tagged = int(found[1]) if found else None
    if told is not None and tagged is not None and told != tagged:
        raise MalformedRequest("If-Match and `version` name two versions.", expression="version")
    version = told if told is not None else tagged
    if version is None:
        raise MalformedRequest(NO_VERSION, expression="version")
    return version
