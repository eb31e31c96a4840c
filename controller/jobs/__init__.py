"""Jobs: what is run on hosts, by whom, and what came of it."""
