"""Clients that come and go, and some that stay, while the gateway takes new certificates again and again.

tls_load.py PORT PID AUTHORITIES KEY-OF-THE-API CERTIFICATE KEY A-CERTIFICATE A-KEY B-CERTIFICATE B-KEY

Ends when each reload has been seen by a new connection; says how it went as one JSON object.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import sys
import threading
import time

port, process = int(sys.argv[1]), int(sys.argv[2])
authorities, api_key, certificate, key = sys.argv[3:7]
pairs = [sys.argv[7:9], sys.argv[9:11]]
reloads, clients = 6, 4
context = ssl.create_default_context(cafile=authorities)
over = threading.Event()
lock = threading.Lock()
statuses, errors, exchanges = set(), [], 0


def connect():
    stream = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
    connection = http.client.HTTPConnection("localhost", port)
    connection.auto_open = 0
    connection.sock = stream
    return connection


def ask(connection):
    global exchanges
    connection.request("GET", "/api/v2/pools/1", headers={"Authorization": "Bearer " + api_key})
    answer = connection.getresponse()
    answer.read()
    with lock:
        statuses.add(answer.status)
        exchanges += 1


def client(stays):
    try:
        connection = connect()
        while not over.is_set():
            ask(connection)
            if not stays:
                connection.close()
                connection = connect()
    except Exception as error:
        with lock:
            errors.append(repr(error))


def serial():
    connection = connect()
    number = connection.sock.getpeercert()["serialNumber"]
    connection.close()
    return number


threads = [threading.Thread(target=client, args=(number % 2 == 0,)) for number in range(clients)]
for thread in threads:
    thread.start()
seen = 0
current = serial()
for number in range(reloads):
    shutil.copyfile(pairs[(number + 1) % 2][0], certificate)
    shutil.copyfile(pairs[(number + 1) % 2][1], key)
    os.kill(process, signal.SIGHUP)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if (other := serial()) != current:
            current = other
            seen += 1
            break
over.set()
for thread in threads:
    thread.join()
print(json.dumps(dict(reloads=seen, statuses=sorted(statuses), errors=errors, exchanges=exchanges)))
