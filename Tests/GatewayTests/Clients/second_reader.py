"""Reads the gateway's answers by h11 and by http.client. Arguments: port, key, how many paths /pools/N to ask for.

Prints one line of JSON for each: status, body's length and digest, framing, or how each reader saw it fail.
"""
import hashlib
import http.client
import json
import socket
import sys

import h11

port, key, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
framings = ("content-length", "transfer-encoding")


class ByH11:
    """One connection after the other, each as long as h11 says that it can be used."""

    def __init__(self):
        self.socket = None

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.reader = h11.Connection(h11.CLIENT)

    def ask(self, path):
        if self.socket is None:
            self.connect()
        fields = [("Host", "nodeum.example"), ("Authorization", "Bearer " + key)]
        request = self.reader.send(h11.Request(method="GET", target=path, headers=fields))
        head, body = None, b""
        try:
            self.socket.sendall(request + self.reader.send(h11.EndOfMessage()))
            while True:
                event = self.reader.next_event()
                if event is h11.NEED_DATA:
                    self.reader.receive_data(self.socket.recv(65536))
                elif isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    break
        except (h11.RemoteProtocolError, ConnectionError):
            self.close()
            return head and head.status_code, None, body
        if self.reader.our_state is h11.DONE and self.reader.their_state is h11.DONE:
            assert self.reader.trailing_data[0] == b"", "bytes behind the end of an answer"
            self.reader.start_next_cycle()
        else:
            self.close()
        fields = dict((name.decode(), value.decode("latin-1")) for name, value in head.headers)
        return head.status_code, ", ".join("%s: %s" % (name, fields[name]) for name in framings if name in fields), body

    def close(self):
        self.socket.close()
        self.socket = None


def by_http_client(path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    status, framing = None, None
    try:
        connection.request("GET", path, headers={"Authorization": "Bearer " + key})
        response = connection.getresponse()
        status = response.status
        framing = ", ".join(
            "%s: %s" % (name, response.getheader(name)) for name in framings if response.getheader(name) is not None)
        body = response.read()
    except http.client.IncompleteRead as error:
        return status, None, error.partial
    except (http.client.HTTPException, ConnectionError):
        return status, None, b""
    finally:
        connection.close()
    return status, framing, body


first = ByH11()
for number in range(count):
    path = "/api/v2/pools/%d" % number
    one = first.ask(path)
    other = by_http_client(path)
    whole = one[1] is not None
    print(json.dumps({
        "status": one[0] or 0, "whole": whole, "length": len(one[2]), "digest": hashlib.sha256(one[2]).hexdigest(),
        # How far a cut answer came differs, and so does the id in the gateway's own.
        "agrees": (other[0], other[1] is not None) == (one[0], whole) and (
            not whole or one[0] != 200 or other[2] == one[2]),
    }), flush=True)
