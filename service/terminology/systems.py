"""Code systems under each spelling of their URI that real systems send."""

from __future__ import annotations

import re
from functools import lru_cache

SPELLINGS: dict[str, tuple[str, ...]] = {
    "icd10cm": (
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-10",
        "http://hl7.org/fhir/sid/icd-10-us",
        "http://www.cms.gov/medicare/coding/icd10",
        "http://terminology.hl7.org/codesystem/icd10",
        "urn:oid:2.16.840.1.113883.6.90",
        "urn:oid:2.16.840.1.113883.6.3",
        "icd-10-cm",
        "icd10cm",
        "icd-10",
        "icd10",
    ),
    "snomed": (
        "http://snomed.info/sct",
        "http://snomed.info",
        "http://www.snomed.org",
        "urn:oid:2.16.840.1.113883.6.96",
        "snomed-ct",
        "snomedct",
        "snomed",
        "sct",
    ),
    "loinc": ("http://loinc.org", "http://www.loinc.org", "urn:oid:2.16.840.1.113883.6.1", "loinc"),
    "rxnorm": (
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "http://nlm.nih.gov/research/umls/rxnorm",
        "urn:oid:2.16.840.1.113883.6.88",
        "rxnorm",
    ),
    "ndc": (
        "http://hl7.org/fhir/sid/ndc",
        "http://www.fda.gov/drugs/informationondrugs",
        "urn:oid:2.16.840.1.113883.6.69",
        "ndc",
    ),
    "atc": ("http://www.whocc.no/atc", "http://whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73", "atc"),
    "cpt": (
        "http://www.ama-assn.org/go/cpt",
        "http://ama-assn.org/go/cpt",
        "urn:oid:2.16.840.1.113883.6.12",
        "cpt",
        "cpt-4",
        "cpt4",
    ),
    "hcpcs": (
        "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets",
        "http://www.cms.gov/medicare/coding/medhcpcsgeninfo",
        "http://terminology.hl7.org/codesystem/hcpcs-all-codes",
        "http://terminology.hl7.org/codesystem/hcpcs",
        "http://hl7.org/fhir/sid/hcpcs",
        "urn:oid:2.16.840.1.113883.6.285",
        "urn:oid:2.16.840.1.113883.6.14",
        "hcpcs",
    ),
    "cvx": ("http://hl7.org/fhir/sid/cvx", "urn:oid:2.16.840.1.113883.12.292", "urn:oid:2.16.840.1.113883.6.59", "cvx"),
    "nucc": ("http://nucc.org/provider-taxonomy", "http://www.nucc.org", "urn:oid:2.16.840.1.113883.6.101", "nucc"),
    "dicom": (
        "http://dicom.nema.org/resources/ontology/dcm",
        "urn:oid:1.2.840.10008.2.16.4",
        "dcm",
        "dicom",
    ),
}

_BY_SPELLING = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
_URI = {name: spellings[0] for name, spellings in SPELLINGS.items()} | {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "dicom": "http://dicom.nema.org/resources/ontology/DCM",
}
# How a code looks that can only be of one system; RxNorm's digits are anybody's.
_LOOKS = (
    ("snomed", re.compile(r"\d{6,18}")),
    ("icd10cm", re.compile(r"[A-Z]\d[0-9A-Z]\.?[0-9A-Z]{0,4}")),
    ("cpt", re.compile(r"\d{4}[\dT]")),
    ("hcpcs", re.compile(r"[A-Z]\d{4}")),
    ("loinc", re.compile(r"\d{1,5}-\d")),
    ("atc", re.compile(r"[A-Z]\d\d[A-Z]{2}(?:\d\d)?")),
    ("ndc", re.compile(r"\d{4}-\d{4}-\d\d|\d{5}-(?:\d{3}-\d\d|\d{4}-\d\d?)")),
)
NDC_PARTS = (5, 4, 2)
_CONFUSED = {"icd10cm": ("snomed",), "snomed": ("icd10cm",), "cpt": ("hcpcs",), "hcpcs": ("cpt",)}


@lru_cache(maxsize=512)
def system_name(uri: str) -> str:
    """Short name of a code system, '' when it is none of ours; versions, case and trailing slashes do not matter."""
    plain = uri.split("|")[0].strip().lower().rstrip("/").replace("https://", "http://")
    return _BY_SPELLING.get(plain, "")


def system_uri(name: str) -> str:
    """The canonical URI to write for a code system."""
    return _URI[name]


def written(system: str, code: str) -> str:
    """A code in the spelling that value sets use: capitals, ICD-10-CM with its point, CPT without modifiers.

    An NDC becomes the digits of its 5-4-2 form, or of the first two parts (5-4) where it has no package.
    """
    code = code.strip().upper()
    if system == "ndc":
        return _ndc(code)
    if system == "icd10cm":
        return f"{code[:3]}.{code[3:]}" if len(code) > 3 and "." not in code else code
    return code.split("-")[0] if system == "cpt" else code


def _ndc(code: str) -> str:
    """A hyphenated NDC has lost one leading zero of one part; ten digits without hyphens do not tell of which."""
    parts = code.removeprefix("NDC").strip(" :").split("-")
    if not 2 <= len(parts) <= len(NDC_PARTS) or not all(part.isdigit() for part in parts):
        return "".join(parts)
    return "".join(part.zfill(length) for part, length in zip(parts, NDC_PARTS, strict=False))


def other_systems(system: str, code: str) -> tuple[str, ...]:
    """Where else to look for a code that its stated system does not have, as when SNOMED is filed under ICD."""
    plain = code.strip().upper()
    among = _CONFUSED.get(system, ()) if system else tuple(name for name, _ in _LOOKS)
    return tuple(name for name, looks in _LOOKS if name in among and looks.fullmatch(plain))
