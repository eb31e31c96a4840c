"""Lines: one pooled SSH connection to each host. The only package that knows asyncssh."""
