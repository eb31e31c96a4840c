"""Hosts from elsewhere, and our hosts for Ansible elsewhere. Pure Python; knows nothing of the controller."""
