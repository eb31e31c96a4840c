"""Shells on the lines: sessions that outlive the browser, shared, limited and recorded."""
