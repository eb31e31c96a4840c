"""What to ask a host and how to read the answer. Standard library only, pure, knows nothing of the controller."""
