"""Our hosts for Ansible and other programs elsewhere."""
