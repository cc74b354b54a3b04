"""A TLS peer for the tests, on Python's ssl: one JSON object a line says how each connection went.

peer.py client PORT [options]     connects; before each connection after the first it waits for a line on stdin
peer.py server [options]          prints its port, then serves one connection after the other
"""

import argparse
import json
import select
import socket
import ssl
import sys

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def say(**facts):
    print(json.dumps(facts), flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["client", "server"])
    parser.add_argument("port", nargs="?", type=int, default=0)
    parser.add_argument("--ca")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--name", default="localhost")
    parser.add_argument("--no-name", action="store_true")
    parser.add_argument("--version", choices=VERSIONS)
    parser.add_argument("--ciphers")
    parser.add_argument("--alpn", action="append")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--bytes", type=int, default=20)
    parser.add_argument("--require-client", action="store_true")
    # How a connection ends: with close_notify, with a bare FIN, or after close_notify with reading on.
    parser.add_argument("--end", choices=["proper", "cut", "half", "reset"], default="proper")
    return parser.parse_args()


def restrict(context, options):
    if options.version:
        context.minimum_version = context.maximum_version = VERSIONS[options.version]
    if options.ciphers:
        context.set_ciphers(options.ciphers)
    if options.alpn:
        context.set_alpn_protocols(options.alpn)
    if options.cert:
        context.load_cert_chain(options.cert, options.key)


def facts_of(stream):
    certificate = stream.getpeercert() or {}
    names = ["%s:%s" % pair for pair in certificate.get("subjectAltName", ())]
    return dict(version=stream.version(), cipher=stream.cipher()[0], alpn=stream.selected_alpn_protocol(),
                resumed=bool(stream.session_reused), names=names)


def exchange(stream, count):
    """Sends and receives at the same time, as a peer with little patience would; whether the echo is true."""
    sent = bytes(index * 31 % 251 for index in range(count))
    received = bytearray()
    offset = 0
    stream.setblocking(False)
    while len(received) < count:
        wait_read, wait_write = True, offset < count
        try:
            if offset < count:
                offset += stream.send(sent[offset:offset + 50000])
                continue
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        try:
            part = stream.recv(65536)
            if not part:
                break
            received += part
            continue
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        select.select([stream] if wait_read else [], [stream] if wait_write else [], [], 20)
    stream.setblocking(True)
    return bytes(received) == sent


def end(stream, how):
    if how == "proper":
        try:
            stream.unwrap().close()
        except (ssl.SSLError, OSError):
            stream.close()
    elif how == "reset":
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        stream.close()
    else:
        stream.close()


def half_close(options, context):
    """Over memory, where OpenSSL may read on after its close_notify."""
    raw = socket.create_connection(("127.0.0.1", options.port), timeout=20)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    stream = context.wrap_bio(incoming, outgoing, server_hostname=options.name)

    def drive(step):
        while True:
            try:
                result = step()
                raw.sendall(outgoing.read())
                return result
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
                part = raw.recv(65536)
                if not part:
                    incoming.write_eof()
                else:
                    incoming.write(part)

    drive(stream.do_handshake)
    drive(lambda: stream.write(b"last words"))
    try:
        stream.unwrap()
    except ssl.SSLWantReadError:
        pass
    raw.sendall(outgoing.read())
    received = b""
    try:
        while True:
            part = drive(lambda: stream.read(65536))
            if not part:
                break
            received += part
        say(received=received.decode(), end="proper")
    except ssl.SSLZeroReturnError:
        say(received=received.decode(), end="proper")
    except ssl.SSLEOFError:
        say(received=received.decode(), end="cut")


def run_client(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if options.ca:
        context.load_verify_locations(options.ca)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.no_name:
        context.check_hostname = False
    restrict(context, options)
    if options.end == "half":
        return half_close(options, context)
    session = None
    for number in range(options.connections):
        if number and not sys.stdin.readline():
            return
        try:
            raw = socket.create_connection(("127.0.0.1", options.port), timeout=20)
            stream = context.wrap_socket(
                raw, server_hostname=None if options.no_name else options.name, session=session)
            facts = facts_of(stream)
            facts["echo"] = exchange(stream, options.bytes)
            # A ticket of TLS 1.3 has come with the echo at the latest.
            session = stream.session
            say(**facts)
            end(stream, options.end)
        except (ssl.SSLError, OSError) as error:
            say(error=str(error))


def run_server(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    restrict(context, options)
    if options.require_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(options.ca)
    seen = []
    context.sni_callback = lambda stream, name, _: seen.append(name)
    listener = socket.create_server(("127.0.0.1", 0))
    say(port=listener.getsockname()[1])
    for _ in range(options.connections):
        raw, _ = listener.accept()
        raw.settimeout(20)
        seen.clear()
        try:
            stream = context.wrap_socket(raw, server_side=True)
            facts = facts_of(stream)
            facts["sni"] = seen[0] if seen else None
            received = stream.recv(65536)
            stream.sendall(received)
            say(**facts)
            if options.end == "cut":
                stream.sendall(b"half a bo")
            end(stream, options.end)
        except (ssl.SSLError, OSError) as error:
            say(error=str(error))
            raw.close()


if __name__ == "__main__":
    chosen = arguments()
    (run_client if chosen.role == "client" else run_server)(chosen)
