"""Answers questions about HPACK with an implementation that is not ours: one JSON document a line, in and out. Octets are hexadecimal."""

import json
import sys

import hpack
from hpack.struct import NeverIndexedHeaderTuple


def table_of(table):
    return {
        "size": table._current_size,
        "entries": [[bytes(name).hex(), bytes(value).hex()] for name, value in table.dynamic_entries],
    }


def decode(steps):
    decoder = hpack.Decoder(max_header_list_size=1 << 30)
    for step in steps:
        if step.get("limit") is not None:
            decoder.max_allowed_table_size = step["limit"]
        try:
            headers = decoder.decode(bytes.fromhex(step["block"]), raw=True)
        except hpack.HPACKError as error:
            yield {"error": f"{type(error).__name__}: {error}"}
            return
        yield {
            "fields": [[name.hex(), value.hex()] for name, value in headers],
            "never": [isinstance(header, NeverIndexedHeaderTuple) for header in headers],
            "table": table_of(decoder.header_table),
        }


def encode(steps):
    encoder = hpack.Encoder()
    for step in steps:
        if step.get("limit") is not None:
            encoder.header_table_size = step["limit"]
        fields = [(bytes.fromhex(name), bytes.fromhex(value), never) for name, value, never in step["fields"]]
        block = encoder.encode(fields, huffman=step["huffman"])
        yield {"block": block.hex(), "table": table_of(encoder.header_table)}


for line in sys.stdin:
    question = json.loads(line)
    answer = {"decode": decode, "encode": encode}[question["verb"]](question["steps"])
    print(json.dumps(list(answer)), flush=True)
