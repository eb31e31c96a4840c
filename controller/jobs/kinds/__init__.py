"""The kinds of jobs, one file each; the file's name is the registration."""
