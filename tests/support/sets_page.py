"""All value sets in one table, for people: what each is of, what it is about and how much it knows."""

from __future__ import annotations

from service.rules.load import Content
from service.terminology.value_sets import ValueSet

NAMES = {
    "icd10cm": "ICD-10-CM",
    "snomed": "SNOMED CT",
    "loinc": "LOINC",
    "rxnorm": "RxNorm",
    "atc": "ATC",
    "ndc": "NDC",
    "cpt": "CPT",
    "hcpcs": "HCPCS",
    "cvx": "CVX",
    "dicom": "DICOM",
    "nucc": "NUCC",
    "other": "other",
}


def as_markdown(content: Content) -> str:
    """One row a set, by what it is of; a prefix counts as one code."""
    lines = [
        "# The value sets",
        "",
        "Recorded by `pytest tests/golden --update-golden`. A prefix counts as one code.",
        "",
        "| of | set | what | systems | concepts | codes | phrases | status |",
        "|---|---|---|---|---|---|---|---|",
    ]
    sets = sorted(content.index.sets.values(), key=lambda item: (item.of, item.id))
    return "\n".join([*lines, *(_row(item) for item in sets)]) + "\n"


def _row(item: ValueSet) -> str:
    concepts = item.concepts.values()
    codes = [code for concept in concepts for code in concept.codes]
    systems = ", ".join(sorted({NAMES[code.system] for code in codes})) or "words only"
    phrases = sum(len(concept.text) for concept in concepts)
    cells = [item.of, f"`{item.id}`", item.title, systems, len(concepts), len(codes), phrases, item.source["status"]]
    return f"| {' | '.join(str(cell) for cell in cells)} |"
