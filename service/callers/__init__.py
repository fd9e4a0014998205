"""Who may call: the client's JWT, or the word of a proxy that checked a certificate. Knows no HTTP framework.

`check.CallerCheck` is the way in; README.md beside it is for the one who connects an EHR.
"""
