"""The floors: small hand-written applications that do the same work."""
