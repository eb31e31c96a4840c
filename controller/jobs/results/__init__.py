"""What came of jobs: hosts, output, steps, files."""
