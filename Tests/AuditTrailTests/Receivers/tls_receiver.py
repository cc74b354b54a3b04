"""A receiver of exported records over TLS, on Python's ssl, for tests that end it and start it again.

tls_receiver.py syslog|http PORT CERT KEY OUT [CLIENT-AUTHORITY]

Prints its port once it listens. What was received is appended to OUT, a message a line, before it is acknowledged.
With CLIENT-AUTHORITY only clients with a certificate of that authority are served.
"""

import http.server
import socketserver
import ssl
import sys

mode, port, certificate, key, out = sys.argv[1:6]
kept = open(out, "ab", buffering=0)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, address):
        """Peers that are refused or gone."""


class Syslog(socketserver.StreamRequestHandler):
    """Messages with their length before them (RFC 5425 section 4.3)."""

    def setup(self):
        self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        while True:
            length = b""
            while not length.endswith(b" "):
                byte = self.rfile.read(1)
                if not byte:
                    return
                length += byte
            message = self.rfile.read(int(length))
            if len(message) < int(length):
                return
            kept.write(message + b"\n")


class Lines(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        wanted = self.headers.get("Authorization")
        if wanted is not None and wanted != "Bearer of news":
            self.answer(401)
            return
        kept.write(body)
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        """Says nothing."""


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
if len(sys.argv) > 6:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(sys.argv[6])
server = Server(("127.0.0.1", int(port)), Syslog if mode == "syslog" else Lines)
print(server.server_address[1], flush=True)
server.serve_forever()
