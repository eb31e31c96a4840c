"""The list of transfers, and what moves by it, over HTTP."""
