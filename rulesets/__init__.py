"""Clinical content: value sets, policies and rule folders; no HTTP and no FHIR JSON here."""
