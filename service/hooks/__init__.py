"""The wire form of CDS Hooks: tolerant of what comes in, strict about what goes out. Knows no transport and no rule."""
