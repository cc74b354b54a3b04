"""An appliance behind TLS whose answer ends with the connection. Prints its port, and serves until killed.

tls_cut.py CERTIFICATE KEY END BYTES

END: `cut` closes the socket without close_notify, `notify` ends TLS properly. BYTES: of the JSON text.
"""

import socket
import ssl
import sys
import threading

certificate, key, end, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
body = b'{"name":"' + b"x" * (count - 11) + b'"}'


def serve(plain):
    try:
        stream = context.wrap_socket(plain, server_side=True)
        received = b""
        while b"\r\n\r\n" not in received:
            received += stream.recv(65536)
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + body)
        if end == "notify":
            stream.unwrap()
        else:
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(65536):
                pass
        stream.close()
    except (OSError, ssl.SSLError):
        plain.close()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
