"""Backup and restore: the whole database as one file, with this machine's own tools of PostgreSQL."""
