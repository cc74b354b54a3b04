import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
plain = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
token = re.compile(r"\\x(..)|\\\{(\d+):([^}]*)\}|\\(.)|([^\\]+)", re.S)


def unescape(text):
    out = b""
    for hexadecimal, count, unit, escape, rest in token.findall(text):
        if hexadecimal:
            out += bytes([int(hexadecimal, 16)])
        elif count:
            out += unescape(unit) * int(count)
        elif escape:
            out += plain[escape]
        else:
            out += rest.encode()
    return out


number = 0
for name in sys.argv[2:]:
    choices = (2, 3) if "response" in name else (0, 1)
    for block in pathlib.Path(name).read_text().split("\n\n"):
        lines = [line for line in block.split("\n") if line.startswith("bytes:")]
        data = b"".join(unescape(line[6:].removeprefix(" ")) for line in lines)
        for choice in choices if lines else ():
            (folder / ("%04d" % number)).write_bytes(bytes([choice, number * 37 % 256]) + data)
            number += 1
ipv4 = bytes([192, 0, 2, 7, 203, 0, 113, 1, 220, 4, 1, 187])
for choice, data in (
    (4, b"PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n"), (4, b"PROXY TCP6 2001:db8::9 ::1 1 2\r\n"),
    (4, b"PROXY UNKNOWN\r\n"), (5, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + ipv4), (5, b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"),
):
    (folder / ("%04d" % number)).write_bytes(bytes([choice, 90]) + data)
    number += 1
print("%d seeds" % number)
