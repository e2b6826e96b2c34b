"""A web server in this process that knows `Range` and can break off in the middle."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """What the server serves, and what it was asked.

    Attributes:
        content: bytes of the one file.
        cuts: after how many bytes each of the next answers breaks off.
        ranges: whether it knows `Range`.
        status: to refuse with; None to serve.
        asked: the `Range` header of each request, None where there was none.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.cuts: list[int] = []
        self.ranges = True
        self.status: int | None = None
        self.asked: list[str | None] = []
        self.url = ""


@contextmanager
def serving(content: bytes):
    """Give a `Site` whose `url` is served as long as the block lasts."""
    site = Site(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers.get("Range")
            site.asked.append(wanted)
            if site.status is not None:
                self.send_error(site.status)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and site.ranges else 0
            if start >= len(site.content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(site.content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = site.content[start:]
            self.send_response(206 if wanted and site.ranges else 200)
            if wanted and site.ranges:
                self.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: site.cuts.pop(0)] if site.cuts else body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/EuroSAT_RGB.zip"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
