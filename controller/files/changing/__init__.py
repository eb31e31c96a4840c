"""Changing files on a host: the routes' second half."""
