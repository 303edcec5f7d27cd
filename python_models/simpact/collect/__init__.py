"""A Jetstream client that writes an archive: files of JSON lines, and a ledger of the time it could not see."""
