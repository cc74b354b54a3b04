"""Writes the vectors of redaction, and forms, as inputs of the fuzzer: seeds.py FOLDER VECTORS..."""
import pathlib
import sys
import urllib.parse

DISPOSITION = b"Content-Disposition: form-data; name="
FORMS = [
    b"--b\r\n" + DISPOSITION + b'"secret_key"\r\n\r\nnew\r\n--b--\r\n',
    b"--b\r\n" + DISPOSITION + b"cloud_connector[options]\r\n\r\nro,password=[censored]\r\n--b--",
    b"--b\r\n" + DISPOSITION + b'"file"; filename="f"\r\nContent-Type: text/plain\r\n\r\n\r\n--\r\r\n--b\r\n'
    + DISPOSITION + b"url\r\n\r\nhttp://u:p@h\r\n--b--\r\n",
]
BODIES = [
    b'{"secret_key":"[censored]","url":"http://h","id":1}', b'{"cloud_connector":{"options":"ro,password=a","key":"********wgo"}}',
    b'{"url_proxy":"http://user:word@h","options":{"retries":5,"password":"a"},"id":7}', b'[{"id":1,"options":["ro","token=x"]}]',
    rb'{"a":"qjxz\/\"7\\qjxz","qjxz/\u00227\\\\qjxz":12}',
]

folder = pathlib.Path(sys.argv[1])
number = 0


def write(choice, data):
    global number
    (folder / ("%04d" % number)).write_bytes(bytes([choice, number * 37 % 256]) + data)
    number += 1


for name in sys.argv[2:]:
    for line in pathlib.Path(name).read_text().split("\n"):
        if line.startswith("input:"):
            data = urllib.parse.unquote_to_bytes(line[6:].lstrip(" "))
            for choice in (0, 1, 3, 4):
                write(choice, data)
for body in BODIES:
    for choice in (0, 2, 3, 4, 5):
        write(choice, body)
for form in FORMS:
    write(6, form)
for start in range(48):
    write(7, bytes((start * 41 + index * index * 7) % 251 for index in range(40 + start * 4)))
print("%d seeds" % number)
