"""SSH in: ordinary clients reach hosts through Moorline, by its rights, its pinned keys and its recordings."""
