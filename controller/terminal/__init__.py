"""Shells on the lines: sessions that outlive the browser, shared, limited, recorded. The SSH side is `controller.ssh`."""
