"""Recognises what a raw resource is about, by code first and by words as the last resort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from service.facts.drugs import drug_hits, in_form
from service.facts.raw import LOINC, ingredients, listed, question_of, says_code, texts_of
from service.fhir.intake import codings_of
from service.fhir.references import Index
from service.fhir.sent import Resource
from service.terminology.anatomy import Anatomy
from service.terminology.reading import SENTENCE, TextReader
from service.terminology.systems import system_uri
from service.terminology.value_sets import CodeIndex, Hit
from service.terminology.words import words_of

Hits = tuple[Hit, ...]
MODALITIES = system_uri("dicom")
# What a coverage by somebody whom no value set knows is recognised as.
UNKNOWN_PAYER = Hit("", "", {}, "")


class Recogniser:
    """Hits of a resource in the sets that some need asks for."""

    def __init__(self, index: CodeIndex, anatomy: Anatomy, reader: TextReader, sets: Iterable[str]) -> None:
        self.index = index
        self.anatomy = anatomy
        self.reader = reader
        self._sets = frozenset(sets)
        self._payers = frozenset(name for name, item in index.sets.items() if item.of == "coverage")
        self._results = self.index.plain_codes("observation")
        self._by_type: dict[str, Callable[[Resource, Index], Hits | None]] = {
            "Condition": lambda raw, _: self._stated("condition", raw.get("code")),
            "MedicationStatement": self._medication,
            "MedicationRequest": self._medication,
            "MedicationAdministration": self._medication,
            "Observation": self._observation,
            "Procedure": lambda raw, _: self._coded("procedure", raw.get("code"), words=True),
            "ServiceRequest": lambda raw, _: self._coded("procedure", raw.get("code"), words=True),
            "Encounter": self._encounter,
            "ImagingStudy": self._study,
            "DiagnosticReport": self._report,
            "Coverage": self._coverage,
            "AllergyIntolerance": self._allergy,
            "Device": self._device,
            "Immunization": lambda raw, _: self._coded("immunization", raw.get("vaccineCode"), words=True),
            "Goal": lambda raw, _: self._stated("goal", raw.get("description")),
            "Appointment": self._appointment,
            "QuestionnaireResponse": self._form,
        }

    def __call__(self, raw: Resource, index: Index) -> Hits | None:
        """See `service.fhir.intake.Recognise`."""
        of = self._by_type.get(raw["resourceType"])
        hits = of(raw, index) if of else ()
        return _unique(hits) if hits else hits

    def _wanted(self, hits: Iterable[Hit]) -> Hits:
        return tuple(hit for hit in hits if hit.set in self._sets)

    def _coded(self, of: str, concept: Any, words: bool = False) -> Hits | None:
        codings = codings_of(concept)
        hits = self._wanted(self.index.by_coding(of, codings))
        if hits:
            # One code can serve two procedures; then the words decide between them.
            also = {hit.attributes["also"] for hit in hits if "also" in hit.attributes}
            texts = texts_of(concept) if also else ()
            named = [hit for text in texts for hit in self.index.by_text(of, text)]
            # Words that name the code's own procedure too leave it at that, unless they leave its route open.
            own = {hit[:2] for hit in hits if "also" in hit.attributes}
            settled = {hit.set for hit in named if hit[:2] in own and "route" not in hit.attributes}
            return hits + tuple(hit for hit in named if hit.concept in also and hit.set not in settled)
        # A laboratory result with a LOINC code of no interest need not be read word by word.
        if not words and any(coding.get("system") == LOINC and coding.get("code") for coding in codings):
            return ()
        texts = texts_of(concept)
        if not texts:
            return () if says_code(codings) else None
        return self._wanted(hit for text in texts for hit in self.index.by_text(of, text))

    def _observation(self, raw: Resource, _: Index) -> Hits | None:
        """What the code means, and what the codes of its components do."""
        found = self._result(raw.get("code"))
        parts = raw.get("component")
        if not isinstance(parts, list):
            return found
        more = [hit for part in parts if isinstance(part, dict) for hit in self._result(part.get("code")) or ()]
        return found if not more else _unique([*(found or ()), *more])

    def _result(self, concept: Any) -> Hits | None:
        """Most of a record are results of no interest: a LOINC code that no value set has is set aside at once."""
        codings = concept.get("coding") if isinstance(concept, dict) else None
        if isinstance(codings, list) and codings and all(map(self._foreign, codings)):
            return ()
        return self._coded("observation", concept)

    def _form(self, raw: Resource, _: Index) -> Hits:
        """What the questions of a form ask for, by a code that is their link or by their words."""
        found: list[Hit] = []
        waiting = [*listed(raw.get("item"))]
        while waiting:
            item = waiting.pop(0)
            if isinstance(item, dict):
                coding, text = question_of(item)
                known = self.index.by_coding("observation", [coding]) or self.index.by_text("observation", text)
                found += self._wanted(known)
                waiting += listed(item.get("item"))
                waiting += [
                    more
                    for answer in listed(item.get("answer"))
                    if isinstance(answer, dict)
                    for more in listed(answer.get("item"))
                ]
        return _unique(found)

    def _foreign(self, coding: Any) -> bool:
        if not isinstance(coding, dict) or coding.get("system") != LOINC:
            return False
        code = coding.get("code")
        return isinstance(code, str) and bool(code) and code.strip() not in self._results

    def _stated(self, of: str, concept: Any) -> Hits | None:
        """Codes, and what the words state beyond them (a coded radiculopathy whose text adds a foot drop)."""
        codings = codings_of(concept)
        hits = list(self._wanted(self.index.by_coding(of, codings)))
        texts = texts_of(concept)
        if not hits and not texts and not says_code(codings):
            return None
        sets = {hit.set for hit in hits}
        phrases = self.index.phrases(of)
        for text in texts:
            for statement in self.reader.statements(text, phrases):
                if not statement.negated and statement.value.set not in sets:
                    hits.append(statement.value)
        return self._wanted(_unique(hits))

    def _medication(self, raw: Resource, index: Index) -> Hits | None:
        concepts = [raw.get("medicationCodeableConcept")]
        reference = raw.get("medicationReference")
        form = ""
        if isinstance(reference, Mapping):
            target = index.find(str(reference.get("reference", "")), raw)
            if target is not None:
                concepts.append(target.get("code"))
                concepts += ingredients(target)
                form = " . ".join(texts_of(target.get("form")))
        results = [self._drug(concept) for concept in concepts if concept is not None]
        hits = [hit for result in results for hit in result or ()]
        if not hits and isinstance(reference, Mapping) and isinstance(reference.get("display"), str):
            results.append(self._drug(reference["display"]))
            hits = list(results[-1] or ())
        if all(result is None for result in results):
            return None
        hits = in_form(hits, self.reader.drugs, self.index, form) if form else hits
        # What a code says comes first; the words of an ingredient do not turn it into a reading of words.
        return _unique(sorted(hits, key=lambda hit: hit.via != "code"))

    def _drug(self, concept: Any) -> Hits | None:
        codings, texts = codings_of(concept), texts_of(concept)
        hits = drug_hits(self.index, self.reader.drugs, codings, texts, self._sets)
        return None if not hits and not texts and not says_code(codings) else tuple(hits)

    def _allergy(self, raw: Resource, _: Index) -> Hits | None:
        """The substance or the allergy itself, and the substances of its reactions."""
        own = self._listed("allergy", raw.get("code"))
        reactions = [item for item in listed(raw.get("reaction")) if isinstance(item, Mapping)]
        more = [hit for item in reactions for hit in self._listed("allergy", item.get("substance")) or ()]
        return own if own is None and not more else _unique([*(own or ()), *more])

    def _listed(self, of: str, concept: Any) -> Hits | None:
        """Codes and words of a list entry: "history of" is no past there, only a denial leaves a word out."""
        found = self._stated(of, concept)
        if found is None:
            return None
        coded = {hit.set for hit in found if hit.via == "code"}
        phrases = self.index.phrases(of)
        texts = texts_of(concept)
        denied = {s.value[:2] for text in texts for s in self.reader.statements(text, phrases) if s.negated}
        named = [hit for text in texts for hit in self.index.by_text(of, text)]
        return _unique([*found, *self._wanted(h for h in named if h[:2] not in denied and h.set not in coded)])

    def _device(self, raw: Resource, _: Index) -> Hits | None:
        names = [item.get("name") for item in listed(raw.get("deviceName")) if isinstance(item, Mapping)]
        named = [self._coded("device", {"text": name}, words=True) or () for name in names if isinstance(name, str)]
        own = self._coded("device", raw.get("type"), words=True)
        return own if own is None and not named else _unique([*(own or ()), *(hit for hits in named for hit in hits)])

    def _appointment(self, raw: Resource, index: Index) -> Hits:
        """What is booked: the service, the reason, and the order that it is for."""
        concepts = [*listed(raw.get("serviceType")), *listed(raw.get("reasonCode"))]
        concepts += [{"text": raw[name]} for name in ("description", "comment") if isinstance(raw.get(name), str)]
        for item in listed(raw.get("basedOn")):
            target = index.find(str(item.get("reference", "")), raw) if isinstance(item, Mapping) else None
            concepts += [target.get("code")] if target is not None else []
        return _unique([hit for concept in concepts for hit in self._coded("procedure", concept, words=True) or ()])

    def _encounter(self, raw: Resource, _: Index) -> Hits:
        found: list[Hit] = []
        for element in ("type", "reasonCode"):
            for concept in listed(raw.get(element)):
                found += self._coded("procedure", concept, words=True) or ()
        return _unique(found)

    def _study(self, raw: Resource, _: Index) -> Hits | None:
        """A study counts when it is of a region that the anatomy file knows, or of none that is named."""
        codings = [item for item in listed(raw.get("modality")) if isinstance(item, Mapping)]
        sites: list[Mapping[str, Any]] = []
        for series in listed(raw.get("series")):
            if isinstance(series, Mapping):
                codings += [series["modality"]] if isinstance(series.get("modality"), Mapping) else []
                sites += [series["bodySite"]] if isinstance(series.get("bodySite"), Mapping) else []
        # A modality is a DICOM code whether it says so or not.
        codings = [coding if coding.get("system") else {**coding, "system": MODALITIES} for coding in codings]
        concepts = listed(raw.get("procedureCode"))
        texts = [str(raw.get("description") or ""), *(text for concept in concepts for text in texts_of(concept))]
        codings += [coding for concept in concepts for coding in codings_of(concept)]
        site = self.anatomy.regions(" . ".join(texts)) or self.anatomy.of_codings(sites).region
        hits = self.index.by_coding("imaging", codings)
        placed = any(hit.attributes.keys() & {"region", "regions_possible"} for hit in hits)
        if not site and not placed and (sites or any(texts)):
            return ()
        hits = hits or list(self._pictured(texts))
        return self._wanted(_unique(hits)) if hits or says_code(codings) else None

    def _report(self, raw: Resource, _: Index) -> Hits | None:
        hits = self._wanted(self.index.by_coding("imaging", codings_of(raw.get("code"))))
        texts = texts_of(raw.get("code"))
        conclusion = raw.get("conclusion") if isinstance(raw.get("conclusion"), str) else ""
        if not texts and not conclusion and not says_code(codings_of(raw.get("code"))):
            return None
        if hits or not any(self.anatomy.regions(text) for text in [*texts, str(conclusion)]):
            return _unique(hits)
        hits = self._pictured(texts)
        if conclusion:
            # A report called no more than "MRI" or "Radiology report" says in its first sentence what was imaged.
            opening = next(iter(SENTENCE.split(str(conclusion).strip())), "").partition("\n")[0]
            if not hits and not self.anatomy.regions(" . ".join(texts)):
                found = self.reader.statements(opening, self.index.phrases("imaging"))
                hits = self._wanted(item.value for item in found if not item.negated and _named(item.value))
            told = self.reader.statements(str(conclusion), self.index.phrases("statement"))
            hits = hits or self._wanted(item.value for item in told)
        return _unique(hits)

    def _pictured(self, texts: Iterable[str]) -> Hits:
        """Studies that words name; a bare modality ("MRI") is one only where nothing else stands beside it."""
        phrases = self.index.phrases("imaging")
        read = [(words, found) for text in texts if (words := words_of(text)) for found in phrases.find(words)]
        whole = [found.value for words, found in read if found.end - found.start == len(words) or _named(found.value)]
        return self._wanted(whole)

    def _coverage(self, raw: Resource, index: Index) -> Hits | None:
        classes = [item for item in listed(raw.get("class")) if isinstance(item, Mapping)]
        payors = [item for item in listed(raw.get("payor")) if isinstance(item, Mapping)]
        concepts = [raw.get("type"), *(item.get("type") for item in classes)]
        codings = [coding for concept in concepts for coding in codings_of(concept)]
        for payor in payors:
            identifier = payor.get("identifier")
            if isinstance(identifier, Mapping):
                codings.append({"system": identifier.get("system"), "code": identifier.get("value")})
        # An organization may be among what was sent; often it is only named.
        organizations = [index.find(str(payor.get("reference", "")), raw) or {} for payor in payors]
        words: list[Any] = [text for concept in concepts for text in texts_of(concept)]
        words += [item.get("name") for item in (*classes, *organizations)] + [item.get("display") for item in payors]
        named = [word for word in words if isinstance(word, str) and word.strip()]
        found = self.index.by_coding("coverage", codings)
        found += [hit for text in named for hit in self.index.by_text("coverage", text)]
        known = self._wanted(_unique(found))
        if known or not self._sets & self._payers:
            return known
        # A payer that nobody knows is one too: its coverage is read, under no concept.
        return (UNKNOWN_PAYER,) if named or says_code(codings) else None


def _named(hit: Hit) -> bool:
    """Whether words say more than how it was imaged."""
    return "alone" not in hit.attributes


def _unique(hits: Iterable[Hit]) -> Hits:
    """One hit a concept; what any of its codes says about side or region is kept."""
    merged: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        known = merged.get((hit.set, hit.concept))
        merged[hit.set, hit.concept] = (
            hit if known is None else known._replace(attributes={**hit.attributes, **known.attributes})
        )
    return tuple(merged.values())
