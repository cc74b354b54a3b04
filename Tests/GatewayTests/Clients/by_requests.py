"""The seven operations by Python requests. Arguments: URL of the API, key."""
import sys
import time

import requests

url, key = sys.argv[1:3]
session = requests.Session()
session.headers["Authorization"] = "Bearer " + key
connectors = url + "/cloud_connectors"
mask = "[censored]"


def ask(method, path="", expected=200, **arguments):
    answer = session.request(method, connectors + path, timeout=30, **arguments)
    assert answer.status_code == expected, (method, path, answer.status_code, answer.text)
    return answer


listed = ask("GET", params={"limit": 2, "sort_by": "name"}).json()
assert listed["count"] == 8 and [one["secret_key"] for one in listed["cloud_connectors"]] == [mask, mask], listed
# The name of connector 6 holds a slash, which a path cannot carry safely: the refusal says to use the number.
refused = ask("GET", "/ecs%20lab%20%2F%202.nd%20floor", expected=400).json()
assert refused["code"] in ("ambiguous_target", "invalid_identifier"), refused
assert ask("GET", "/gcs-media").json()["id"] == 3
draft = {"name": "by-requests", "url": "https://s3.example.com", "provider": "generic_s3", "access_key": "a",
         "secret_key": "SECRET-from-requests"}
created = ask("POST", expected=201, json=draft).json()
assert created["secret_key"] == mask, created
place = "/%d" % created["id"]
assert ask("PUT", place, json={"region": "eu-7"}).json()["region"] == "eu-7"
# Chunked, as requests sends a generator.
chunks = (part for part in [b'{"regi', b'on":"eu', b'-8"}'])
assert ask("PUT", place, data=chunks, headers={"Content-Type": "application/json"}).json()["region"] == "eu-8"
job = ask("PUT", "/-/test", expected=202, json=draft).json()["job_id"]
for _ in range(20):
    answer = session.get(connectors + "/-/test", params={"job_id": job}, timeout=30)
    if answer.status_code == 200:
        break
    time.sleep(0.01)
assert answer.status_code == 200, answer.text
assert ask("DELETE", place, expected=204).content == b""
assert ask("GET", place, expected=404).json()["messages"]
# A refusal reaches a client in the middle of a large body.
large = ask("POST", expected=415, data=b"x" * 3000000, headers={"Content-Type": "text/plain"})
assert large.json()["code"] == "unsupported_media_type", large.text
print("completed")
