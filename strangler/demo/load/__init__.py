"""The load of the demo: requests at a fixed rate, and a ledger of every write that was acknowledged."""
