"""How a FHIR server is reached: which one, at which address, with which token, and what is taken for its answer."""
