"""Reads a page of metrics from standard input with Prometheus' own library, and prints its samples as JSON."""
import json
import sys

from prometheus_client.parser import text_string_to_metric_families

samples = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    assert family.documentation, family.name
    assert family.type in ("counter", "gauge", "histogram"), family.name
    for sample in family.samples:
        labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
        name = f"{sample.name}{{{labels}}}"
        assert name not in samples, name
        samples[name] = sample.value
json.dump(samples, sys.stdout)
