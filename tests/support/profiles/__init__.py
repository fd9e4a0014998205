"""Checks FHIR resources against published profile snapshots, without a network; not a whole validator."""
