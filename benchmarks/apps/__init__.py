"""The floors: small applications that do the same work by hand."""
