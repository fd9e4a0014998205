"""spine-cds: decision support for interventional spine care over CDS Hooks."""
