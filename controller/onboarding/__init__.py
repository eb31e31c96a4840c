"""First contact: from an address and a password to a host that is logged in to by a key."""
