"""Hosts: who is watched, how to log in there, and what state each is in."""
