"""One Questionnaire for each family of procedures, made from the content (DTR: dtr-std-questionnaire).

linkIds: `request.*`, then for each criterion `<id>` with `<id>.asked`, `.status`, `.found`, `.date`, `.evidence` and
its details, then `other` and `closing.*`. The version is that of the content: other content may ask otherwise.
"""

from __future__ import annotations

from html import escape

from service.errors import UnknownQuestionnaire
from service.prior_auth.exports.forms import AskedCriterion, Detail, Family, Forms
from service.prior_auth.exports.wire import DTR, OURS, SDC, DtrVersion, Resource, coding, extension

PREFIX = "prior-authorization-"
PROFILE = f"{DTR}/dtr-std-questionnaire"
STATUSES = f"{OURS}/CodeSystem/criterion-status"
# What a person or the record can say of a criterion; that nothing is documented is said by no answer.
ANSWERS = {"met": "yes, met", "not-met": "no, not met", "not-applicable": "does not apply here"}
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
UCUM = "http://unitsofmeasure.org"
LAUNCH = f"{SDC}/StructureDefinition/sdc-questionnaire-launchContext"
INITIAL = f"{SDC}/StructureDefinition/sdc-questionnaire-initialExpression"
CONTEXTS = {"patient": ("Patient",), "user": ("Practitioner", "PractitionerRole")}
BIRTH_DATE = "%patient.birthDate"
WHO = "%user.name.first().select((given | family).join(' '))"
TODAY = "today()"


def canonical(base: str, family: str) -> str:
    """The URL of a family's questionnaire under the address `base` of this service."""
    return f"{base}/Questionnaire/{PREFIX}{family}"


def questionnaire(forms: Forms, name: str, version: str, base: str, release: DtrVersion = "2.2.0") -> Resource:
    """The Questionnaire with this id (`prior-authorization-<family>`); raises UnknownQuestionnaire."""
    family = forms.families.get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if family is None:
        raise UnknownQuestionnaire(
            f"There is no such questionnaire; there are {', '.join(PREFIX + known for known in forms.families)}."
        )
    title = f"Prior authorization: {family.title}"
    return {
        "resourceType": "Questionnaire",
        "id": name,
        "meta": {"profile": [PROFILE]},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(title)}</p></div>',
        },
        "extension": [*_launch(), *_told(release)],
        "url": canonical(base, name.removeprefix(PREFIX)),
        "version": version,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "title": title,
        "status": "active",
        "subjectType": ["Patient"],
        "item": [_request(), *(_criterion(key, forms.criteria[key]) for key in family.criteria), _other(), _closing()],
    }


def questions(form: AskedCriterion, criterion: str) -> dict[str, Detail]:
    """The details of a criterion by their linkId."""
    return {f"{criterion}.{detail.id}": detail for detail in form.details}


def asks(family: Family, criterion: str) -> bool:
    """Whether the family's questionnaire has this criterion; what it has not is said under `other`."""
    return criterion in family.criteria


def _launch() -> list[Resource]:
    names = f"{SDC}/CodeSystem/launchContext"
    return [
        {
            "url": LAUNCH,
            "extension": [
                extension("name", "Coding", coding(names, name)),
                *(extension("type", "Code", kind) for kind in kinds),
            ],
        }
        for name, kinds in CONTEXTS.items()
    ]


def _told(release: DtrVersion) -> list[Resource]:
    """Who answers, for how long, and that the answers are about one request; 2.0.1 has no words for it."""
    if release == "2.0.1":
        return []
    times = [extension("clinicalTime", "Code", "under-5min"), extension("totalTime", "Code", "over-5min")]
    return [
        extension(f"{DTR}/questionnaireAudience", "Code", "clinical"),
        extension(f"{DTR}/request-specific", "Boolean", True),
        {"url": f"{DTR}/estimated-completion-time", "extension": times},
    ]


def _request() -> Resource:
    return _group(
        "request",
        "The request",
        _item("request.procedure", "string", "Procedure, side and region", readOnly=True),
        _item("request.policy", "string", "Whose criteria these are", readOnly=True),
        _initial(_item("request.birth-date", "date", "Patient's date of birth"), BIRTH_DATE),
    )


def _criterion(name: str, form: AskedCriterion) -> Resource:
    options = [{"valueCoding": {**coding(STATUSES, code), "display": said}} for code, said in ANSWERS.items()]
    return _group(
        name,
        form.text,
        _item(f"{name}.asked", "text", "What the criteria ask for", readOnly=True),
        _item(f"{name}.status", "choice", "Is it met?", answerOption=options),
        _item(f"{name}.found", "text", "What shows it, in words"),
        *(_detail(link, detail) for link, detail in questions(form, name).items()),
        _item(f"{name}.date", "date", "Day of what shows it"),
        _item(f"{name}.evidence", "reference", "Where the record shows it", repeats=True),
    )


def _detail(link: str, detail: Detail) -> Resource:
    item = _item(link, detail.type, detail.text)
    return item | ({"extension": [extension(UNIT, "Coding", coding(UCUM, detail.unit))]} if detail.unit else {})


def _other() -> Resource:
    return _item("other", "text", "Further points that the payer asks for, and how they stand", repeats=True)


def _closing() -> Resource:
    return _group(
        "closing",
        "Who answered",
        _initial(_item("closing.who", "string", "Name"), WHO),
        _initial(_item("closing.day", "date", "Day"), TODAY),
    )


def _group(link: str, text: str, *inner: Resource) -> Resource:
    return {"linkId": link, "text": text, "type": "group", "item": list(inner)}


def _item(link: str, kind: str, text: str, **more: object) -> Resource:
    return {"linkId": link, "text": text, "type": kind, **more}


def _initial(item: Resource, expression: str) -> Resource:
    """The item with a FHIRPath expression over the launch context that fills it."""
    value = {"language": "text/fhirpath", "expression": expression}
    return {**item, "extension": [extension(INITIAL, "Expression", value)]}
