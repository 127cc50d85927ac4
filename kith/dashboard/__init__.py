"""The dashboard: what is known and what runs, in a browser. It asks the API, and reads the ledger where it may."""
