"""Workflows: templates that are launched one after another, by how those before them came out."""
