"""Publishes a key set over HTTPS. Prints its port and serves until killed; the set is read anew for each request.

key_server.py CERTIFICATE KEY FILE [plain]

Paths: /keys is the file; /moved redirects to it; /large is far too large; /slow never ends; anything else is 404. One
line per request is printed.
"""

import http.server
import ssl
import sys
import time

certificate, key, path = sys.argv[1:4]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked " + self.path, flush=True)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b" ")
                time.sleep(0.05)
        if self.path == "/large":
            body = b" " * (1 << 20)
        elif self.path == "/keys":
            with open(path, "rb") as file:
                body = file.read()
        else:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", "application/jwk-set+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) < 5:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()
