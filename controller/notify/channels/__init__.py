"""The kinds of channels: one file each, found by `registry`."""
