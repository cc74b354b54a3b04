"""An upstream that reads every request twice, by h11 and by the standard library, and prints as JSON what it read.

The first line is the port. Then one line for each request: its X-Request-ID, method, target, framing, body's length and
digest, whether the second reader agrees, and how many bytes came beyond its end.
"""
import hashlib
import http.client
import http.server
import io
import json
import socket
import threading

import h11

lock = threading.Lock()


def say(facts):
    with lock:
        print(json.dumps(facts), flush=True)


class Kept(io.BytesIO):
    """Stays open, so that what a reader leaves behind can be counted."""

    def close(self):
        pass


class Replay:
    def __init__(self, data):
        self.file = Kept(data)

    def makefile(self, mode):
        return self.file


class StandardReader(http.server.BaseHTTPRequestHandler):
    """The head of a request by http.server."""

    def __init__(self, data):
        self.rfile = io.BytesIO(data)
        self.raw_requestline = self.rfile.readline(65537)
        self.problem = None
        if not self.parse_request():
            raise ValueError("http.server refuses it: %s" % self.problem)

    def send_error(self, code, message=None, explain=None):
        self.problem = (code, message)

    def handle_expect_100(self):
        return True


def by_the_standard_library(raw):
    """Method, target, fields, body and the number of bytes left over."""
    reader = StandardReader(raw)
    fields = [(name.lower(), value) for name, value in reader.headers.items()]
    rest = raw[reader.rfile.tell():]
    framing = [(name, value) for name, value in fields if name in ("content-length", "transfer-encoding")]
    if not framing:
        return reader.command, reader.path, fields, b"", len(rest)
    # http.client reads the bodies of responses, which are framed alike.
    head = "HTTP/1.1 200 OK\r\n" + "".join("%s: %s\r\n" % field for field in framing) + "\r\n"
    replay = Replay(head.encode("latin-1") + rest)
    response = http.client.HTTPResponse(replay)
    response.begin()
    body = response.read()
    return reader.command, reader.path, fields, body, len(replay.file.read())


def framing_of(fields):
    return ", ".join("%s: %s" % field for field in fields if field[0] in ("content-length", "transfer-encoding"))


def read_one(connection, reader):
    """The next request, its body, and the bytes that both were read from; None at the end of the connection."""
    request, body, raw = None, b"", b""
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA:
            data = connection.recv(65536)
            raw += data
            reader.receive_data(data)
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return request, body, raw
        else:
            return None


def serve(connection):
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 17)
    while True:
        try:
            read = read_one(connection, reader)
        except (h11.RemoteProtocolError, ConnectionError) as error:
            # A request that the gateway broke off has no end; anything else is a find.
            say({"broken": str(error)})
            connection.close()
            return
        if read is None:
            connection.close()
            return
        request, body, raw = read
        fields = [(name.decode(), value.decode("latin-1")) for name, value in request.headers]
        facts = {
            "id": dict(fields).get("x-request-id"), "method": request.method.decode(), "target": request.target.decode(),
            "framing": framing_of(fields), "length": len(body), "digest": hashlib.sha256(body).hexdigest(),
            "extra": len(reader.trailing_data[0]),
        }
        try:
            method, target, others, second, left = by_the_standard_library(raw)
            facts["agrees"] = (method, target, others, second, left) == (
                facts["method"], facts["target"], fields, body, 0)
        except (ValueError, http.client.HTTPException) as error:
            facts["agrees"] = False
            facts["broken"] = str(error)
        say(facts)
        connection.sendall(reader.send(h11.Response(
            status_code=200, headers=[("Content-Type", "application/json"), ("Content-Length", "2")])))
        if facts["method"] != "HEAD":
            connection.sendall(reader.send(h11.Data(data=b"{}")))
        reader.send(h11.EndOfMessage())
        if reader.our_state is h11.MUST_CLOSE:
            connection.close()
            return
        reader.start_next_cycle()


listener = socket.create_server(("127.0.0.1", 0), backlog=128)
print(listener.getsockname()[1], flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
