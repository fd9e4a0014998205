"""FHIR R4 as real systems send it: what was sent or fetched, indexed, repaired or reported, one patient only."""
