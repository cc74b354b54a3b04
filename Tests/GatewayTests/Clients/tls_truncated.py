"""A client over TLS that says less than it announced, and then leaves.

tls_truncated.py PORT AUTHORITIES KEY-OF-THE-API FRAMING END

FRAMING: `length` or `chunked`. END: `cut` closes the socket, `notify` says the end of TLS properly first.
Prints whether it got an answer before it left: never.
"""

import socket
import ssl
import sys

port, authorities, api_key, framing, end = sys.argv[1:]
context = ssl.create_default_context(cafile=authorities)
stream = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port))), server_hostname="localhost")
body = b'{"comment":"this is all"}'
head = f"PUT /api/v2/pools/1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api_key}\r\nContent-Type: application/json\r\n"
if framing == "length":
    stream.sendall(head.encode() + b"Content-Length: 26\r\n\r\n" + body)
else:
    stream.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n19\r\n" + body + b"\r\n")
if end == "notify":
    try:
        # close_notify goes out; the peer's is waited for, for as long as it takes to be sent or to close.
        stream.unwrap()
    except (OSError, ssl.SSLError):
        pass
    stream.close()
else:
    # An end of the connection without one of TLS; closing with its tickets unread would reset it, and lose the request.
    plain = socket.socket(fileno=stream.detach())
    plain.shutdown(socket.SHUT_WR)
    while plain.recv(65536):
        pass
    plain.close()
