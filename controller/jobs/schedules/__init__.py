"""When jobs run by themselves."""
