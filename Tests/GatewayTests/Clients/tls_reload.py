"""A client that stays connected while the gateway takes new certificates; says how it went as one JSON object.

tls_reload.py PORT PID AUTHORITIES KEY-OF-THE-API CERTIFICATE KEY NEW-CERTIFICATE NEW-KEY
"""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import sys
import time

port, process = int(sys.argv[1]), int(sys.argv[2])
authorities, api_key, certificate, key, new_certificate, new_key = sys.argv[3:]
context = ssl.create_default_context(cafile=authorities)
context.maximum_version = ssl.TLSVersion.TLSv1_2


def connect(session=None):
    stream = context.wrap_socket(
        socket.create_connection(("127.0.0.1", port)), server_hostname="localhost", session=session)
    connection = http.client.HTTPConnection("localhost", port)
    connection.sock = stream
    return connection, stream


def ask(connection):
    connection.request("GET", "/api/v2/pools/1", headers={"Authorization": "Bearer " + api_key})
    answer = connection.getresponse()
    answer.read()
    return answer.status


first, stream = connect()
before = stream.getpeercert()["serialNumber"]
statuses = [ask(first)]
shutil.copyfile(new_certificate, certificate)
shutil.copyfile(new_key, key)
os.kill(process, signal.SIGHUP)
end = time.monotonic() + 20
after = before
while after == before and time.monotonic() < end:
    other, fresh = connect()
    after = fresh.getpeercert()["serialNumber"]
    statuses.append(ask(other))
# The connection of before the reload, and the session of before it.
statuses.append(ask(first))
again, resumed = connect(stream.session)
statuses.append(ask(again))
print(json.dumps(dict(changed=after != before, statuses=sorted(set(statuses)), resumed=resumed.session_reused)))
