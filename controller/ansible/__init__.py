"""Ansible over the lines: a worker process for each run, and the broker through which it reaches hosts."""
