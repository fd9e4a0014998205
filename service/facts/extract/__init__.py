"""A handful of generic extractors, named by `needs:`; none knows a disease, a drug or a payer."""

from __future__ import annotations

from service.facts.extract.all import extract
from service.facts.extract.context import Context, CountWindow
from service.facts.extract.coverages import service_day

__all__ = ["Context", "CountWindow", "extract", "service_day"]
