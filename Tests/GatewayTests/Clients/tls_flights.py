"""A client over TLS that counts the segments in which a connection's bytes come; says how it went as one JSON object.

tls_flights.py PORT AUTHORITIES KEY-OF-THE-API
"""

import json
import socket
import ssl
import struct
import sys

port, authorities, api_key = sys.argv[1:]
context = ssl.create_default_context(cafile=authorities)
context.minimum_version = ssl.TLSVersion.TLSv1_3


class Connection:
    def __init__(self):
        self.raw = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.stream = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def drive(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.send()
                part = self.raw.recv(65536)
                if part:
                    self.incoming.write(part)
                else:
                    self.incoming.write_eof()

    def send(self):
        waiting = self.outgoing.read()
        if waiting:
            self.raw.sendall(waiting)

    @property
    def segments(self):
        """Segments with data that have come: tcpi_data_segs_in of Linux's tcp_info."""
        return struct.unpack_from("I", self.raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 152)[0]


# The end of the handshake and the request in one segment, as from a client that has its request ready.
connection = Connection()
connection.drive(connection.stream.do_handshake)
connection.stream.write(
    f"GET /api/v2/pools/1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api_key}\r\nConnection: close\r\n\r\n".encode())
answer, end = b"", "proper"
try:
    while part := connection.drive(lambda: connection.stream.read(65536)):
        answer += part
except ssl.SSLZeroReturnError:
    pass
except ssl.SSLEOFError:
    end = "cut"

# And one that says nothing after the handshake: its ticket comes all the same.
silent = Connection()
silent.drive(silent.stream.do_handshake)
silent.send()
ticket = silent.raw.recv(65536)
print(json.dumps(dict(
    segments=connection.segments, status=answer.split(b"\r\n")[0].decode(), end=end, ticketAlone=ticket[:3] == b"\x17\3\3")))
