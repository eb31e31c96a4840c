"""A host's files over SFTP: shown, changed, moved to and fro. The protocol itself is `controller.ssh.sftp`."""
