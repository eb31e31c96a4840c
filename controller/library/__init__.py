"""The playbook library: those that come with Moorline, those written in the page, and those of Git projects."""
