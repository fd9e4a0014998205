"""`Questionnaire/$questionnaire-package`: what was asked for, and the Parameters that answer it (DTR)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from service.errors import MalformedRequest, NotUnderstood
from service.prior_auth.exports.forms import Forms
from service.prior_auth.exports.prefill import Draft
from service.prior_auth.exports.questionnaire import PREFIX, canonical, questionnaire
from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import DTR, DtrVersion, Raw, Resource, items, name_of
from service.prior_auth.packet import Packet

BUNDLE = f"{DTR}/DTR-QPackageBundle"
OUTPUT = f"{DTR}/dtr-qpackage-output-parameters"
# What the parameters of the answer are called; the guide renamed them.
NAMES: Mapping[DtrVersion, tuple[str, str]] = {
    "2.0.1": ("PackageBundle", "operationOutcome"),
    "2.1.0": ("PackageBundle", "Outcome"),
    "2.2.0": ("packagebundle", "outcome"),
}


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """What a caller of the operation gave: resources as sent, canonicals, and an assertion id as context."""

    coverages: tuple[Raw, ...] = ()
    orders: tuple[Raw, ...] = ()
    canonicals: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Where this service is seen (`base`, without a closing slash), which content, and which release of the guide."""

    forms: Forms
    version: str
    base: str
    release: DtrVersion = "2.2.0"

    def form(self, name: str) -> Resource:
        """The body of `GET /Questionnaire/<name>`; raises UnknownQuestionnaire."""
        return questionnaire(self.forms, name, self.version, self.base, self.release)


def read_request(sent: object) -> PackageRequest:
    """The operation's input; raises MalformedRequest (no Parameters) or NotUnderstood (rule dtr-1)."""
    if not isinstance(sent, Mapping) or sent.get("resourceType") != "Parameters":
        raise MalformedRequest("The body is not a FHIR Parameters resource.", expression="Parameters")
    parameters = items(sent.get("parameter"))
    found = PackageRequest(
        tuple(_resources(parameters, "coverage")),
        tuple(_resources(parameters, "order")),
        tuple(_texts(parameters, "questionnaire", "valueCanonical")),
        next(_texts(parameters, "context", "valueString"), ""),
    )
    if not (found.orders or found.canonicals or found.context):
        raise NotUnderstood("Send an order, the canonical of a questionnaire, or a context.", expression="Parameters")
    return found


def _resources(parameters: Sequence[Raw], name: str) -> Iterator[Raw]:
    for parameter in parameters:
        resource = parameter.get("resource")
        if parameter.get("name") == name and isinstance(resource, Mapping):
            yield resource


def _texts(parameters: Sequence[Raw], name: str, kind: str) -> Iterator[str]:
    return (str(item[kind]) for item in parameters if item.get("name") == name and item.get(kind))


def package(asked: PackageRequest, packets: Sequence[Packet], publisher: Publisher, now: datetime) -> Resource:
    """The operation's answer: one Bundle for each questionnaire, with a draft where a packet and a coverage give one.

    `packets` are those of `asked.orders`; what cannot be given is said in the outcome, never left out silently.
    """
    bundles: list[Resource] = []
    remarks: list[str] = []
    for packet in packets:
        _for_packet(packet, asked, publisher, now, bundles, remarks)
    given = {entry["resource"]["url"] for bundle in bundles for entry in bundle["entry"][:1]}
    for url in asked.canonicals:
        _by_canonical(url, publisher, given, bundles, remarks)
    if asked.context and not packets:
        remarks.append("The context is not known here; send the order that it was given for.")
    if asked.orders and not packets:
        remarks.append("No questionnaire is asked for these orders here.")
    bundle_name, outcome_name = NAMES[publisher.release]
    parameters: list[Resource] = [{"name": bundle_name, "resource": bundle} for bundle in bundles]
    parameters += [{"name": outcome_name, "resource": _outcome(remarks)}] if remarks else []
    body: Resource = {"resourceType": "Parameters", "meta": {"profile": [OUTPUT]}}
    return body | ({"parameter": parameters} if parameters else {})


def _for_packet(
    packet: Packet,
    asked: PackageRequest,
    publisher: Publisher,
    now: datetime,
    bundles: list[Resource],
    remarks: list[str],
) -> None:
    sources = Sources.of_evaluation(packet.evaluation)
    sent = [item for item in asked.coverages if name_of(item) and sources.ours(item.get("beneficiary"))]
    if len(sent) < len(asked.coverages):
        remarks.append("A coverage that was sent is another patient's, or has no id; it was not used.")
    coverages = sent or sources.coverages()
    for checklist in packet.checklists:
        family = publisher.forms.family_of(checklist.procedure)
        if not family:
            remarks.append(f"There is no questionnaire for {checklist.procedure.replace('-', ' ')}.")
            continue
        form = publisher.form(PREFIX + family)
        coverage = _coverage(coverages, remarks)
        draft = None
        if not name_of(packet.order):
            remarks.append("The order has no id, so no answers can be drafted for it; give it one.")
        elif coverage is not None:
            draft = Draft(packet, publisher.forms, form, publisher.release)(checklist, coverage, now)
        bundles.append(collection(form, draft, now))


def _coverage(coverages: Sequence[Raw], remarks: list[str]) -> Raw | None:
    """The one coverage that the answers are for; which of several it is, is not guessed."""
    if len(coverages) == 1:
        return coverages[0]
    if not coverages:
        remarks.append("No active coverage of the patient is known, so no answers are drafted; send the Coverage.")
    else:
        remarks.append("Several coverages are active, so no answers are drafted; send the one that is meant.")
    return None


def _by_canonical(url: str, publisher: Publisher, given: set[str], bundles: list[Resource], remarks: list[str]) -> None:
    wanted, _, version = url.partition("|")
    family = next((name for name in publisher.forms.families if canonical(publisher.base, name) == wanted), "")
    if not family:
        remarks.append("A questionnaire that was asked for is not known here.")
    elif version and version != publisher.version:
        remarks.append("A questionnaire was asked for in another version than the one in force; ask without version.")
    elif wanted not in given:
        given.add(wanted)
        bundles.append(collection(publisher.form(PREFIX + family), None, None))


def collection(form: Resource, draft: Resource | None, now: datetime | None) -> Resource:
    """A package Bundle: the questionnaire first, then the draft answers."""
    entries: list[Resource] = [{"fullUrl": form["url"], "resource": form}]
    if draft is not None:
        entries.append({"fullUrl": f"urn:uuid:{draft['id']}", "resource": draft})
    stamp = {"timestamp": now.isoformat(timespec="seconds")} if now else {}
    name = uuid5(NAMESPACE_URL, "|".join([form["url"], form["version"], draft["id"] if draft else ""]))
    return {
        "resourceType": "Bundle",
        "id": str(name),
        "meta": {"profile": [BUNDLE]},
        "type": "collection",
        **stamp,
        "entry": entries,
    }


def _outcome(remarks: Iterable[str]) -> Resource:
    issues = [{"severity": "warning", "code": "incomplete", "diagnostics": remark} for remark in dict.fromkeys(remarks)]
    return {"resourceType": "OperationOutcome", "issue": issues}
