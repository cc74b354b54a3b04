"""A client with a certificate that keeps its connection: asks once, waits for a file to appear, asks once more.

tls_hold.py PORT AUTHORITIES CERTIFICATE KEY KEY-OF-THE-API FILE

Prints the status of each answer, or `closed`.
"""

import http.client
import os
import socket
import ssl
import sys
import time

port, authorities, certificate, key, api_key, sign = sys.argv[1:]
context = ssl.create_default_context(cafile=authorities)
context.load_cert_chain(certificate, key)
connection = http.client.HTTPConnection("localhost", int(port))
connection.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", int(port))), server_hostname="localhost")


def ask():
    try:
        connection.request("GET", "/api/v2/pools/1", headers={"Authorization": "Bearer " + api_key})
        answer = connection.getresponse()
        answer.read()
        print(answer.status, flush=True)
    except (OSError, http.client.HTTPException):
        print("closed", flush=True)


connection.auto_open = 0
ask()
while not os.path.exists(sign):
    time.sleep(0.01)
ask()
