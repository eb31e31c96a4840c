"""A small registry of images on loopback, which speaks the pulling half of the OCI distribution API (v2).

It serves one image, made of the machine's static busybox and some noise, under any name. Below the name "slow" its
layer comes in drops. Run inside a host's network: `python -m tests.support.registry PORT`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
NOISE_BYTES = 6 << 20
DROP_BYTES, DROP_S = 64 * 1024, 0.2


def digest(data: bytes) -> str:
    """As registries name content."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer() -> bytes:
    """A root folder with busybox, as a tar."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        program = shutil.which("busybox")
        assert program is not None, "busybox-static is not installed"
        for name, data, mode in (
            ("bin/busybox", Path(program).read_bytes(), 0o755),
            ("noise", random.Random(1).randbytes(NOISE_BYTES), 0o644),
        ):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        archive.addfile(link)
    return made.getvalue()


def image() -> tuple[bytes, dict[str, bytes]]:
    """The manifest, and what it names by digest."""
    plain = layer()
    packed = gzip.compress(plain, 1, mtime=0)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/bin/sh", "-c", "exec busybox sleep 3600"]},
            "rootfs": {"type": "layers", "diff_ids": [digest(plain)]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(config),
                "digest": digest(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "size": len(packed),
                    "digest": digest(packed),
                }
            ],
        }
    ).encode()
    return manifest, {digest(config): config, digest(packed): packed}


class Registry(BaseHTTPRequestHandler):
    """Answers GET and HEAD below /v2/."""

    protocol_version = "HTTP/1.1"
    manifest, blobs = b"", dict[str, bytes]()

    def do_GET(self) -> None:
        """Of the API: its version, a manifest by tag or digest, a blob by digest."""
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts == ["v2"]:
            self._say(b"{}", "application/json")
        elif len(parts) > 3 and parts[-2] == "manifests" and parts[-1] != "none":
            self._say(self.manifest, MANIFEST)
        elif len(parts) > 3 and parts[-2] == "blobs" and parts[-1] in self.blobs:
            self._say(self.blobs[parts[-1]], "application/octet-stream", slowly="slow" in parts)
        else:
            self._say(b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', "application/json", status=404)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self.do_GET()

    def _say(self, body: bytes, kind: str, *, status: int = 200, slowly: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", digest(body))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.end_headers()
        if self.command == "HEAD":
            return
        for at in range(0, len(body), DROP_BYTES):
            self.wfile.write(body[at : at + DROP_BYTES])
            if slowly and len(body) > NOISE_BYTES:
                time.sleep(DROP_S)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the standard library's
        """Nothing."""


@contextmanager
def registry(pid: int, port: int = 5000) -> Iterator[str]:
    """One on the loopback of the network that process is in; its address. Ended afterwards."""
    inside = ["nsenter", f"--net=/proc/{pid}/ns/net"]
    command = [*inside, sys.executable, "-m", "tests.support.registry", str(port)]
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def main(port: int) -> None:
    """Serve until ended."""
    Registry.manifest, Registry.blobs = image()
    with ThreadingHTTPServer(("127.0.0.1", port), Registry) as server:
        server.daemon_threads = True
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
