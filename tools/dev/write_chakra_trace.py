#!/usr/bin/env python3
"""Writes tests/data/chakra_small_step.et: one data-parallel training step as a Chakra execution trace (schema 0.0.4).

    tools/dev/write_chakra_trace.py tests/data/chakra_small_step.et

It is no recording: the nodes, their names and attributes are such as Chakra's converters write for a data-parallel step (COMP_NODE
with duration_micros, num_ops, tensor_size and is_cpu_op; COMM_COLL_NODE with comm_type, comm_size, comm_priority and involved_dim),
in the wire format of Protocol Buffers, encoded here without any library: so a test with this file also holds our reading of the
schema's field numbers to a second writing of them.
"""
import struct
import sys

METADATA_NODE, COMP_NODE, COMM_COLL_NODE = 1, 4, 7
ALL_REDUCE = 0


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def int64(name, value):
    return text(10, text(1, name) + number(9, value))


def uint64(name, value):
    return text(10, text(1, name) + number(13, value))


def flag(name, value):
    return text(10, text(1, name) + number(27, int(value)))


def flags(name, values):
    return text(10, text(1, name) + text(28, text(1, bytes(values))))


def string(name, value):
    return text(10, text(1, name) + text(29, value))


def node(number_, name, kind, after=(), control=(), micros=0, attributes=b""):
    packed = b"".join(varint(i) for i in after)
    packed_control = b"".join(varint(i) for i in control)
    message = number(1, number_) + text(2, name) + number(3, kind)
    message += text(4, packed_control) if control else b""
    message += text(5, packed) if after else b""
    message += number(6, 1000 * number_) + (number(7, micros) if micros else b"")
    message += text(8, text(1, "[[1, 2]]") + text(2, "[[4, 4]]") + text(3, '["Tensor(float)"]'))  # IOInfo, which nobody reads
    return message + attributes


def compute(number_, name, after, micros, on_cpu=False, control=()):
    attributes = flag("is_cpu_op", on_cpu) + int64("num_ops", 1000 * micros) + uint64("tensor_size", 4096)
    return node(number_, name, COMP_NODE, after, control, micros, attributes)


def all_reduce(number_, name, after, size):
    attributes = flag("is_cpu_op", False) + int64("comm_type", ALL_REDUCE) + int64("comm_size", size)
    attributes += flags("involved_dim", [True]) + string("pg_name", "0")
    attributes += text(10, text(1, "comm_priority") + varint(19 << 3 | 5) + struct.pack("<I", 0))
    return node(number_, name, COMM_COLL_NODE, after, (), 0, attributes)


MESSAGES = [
    text(1, "0.0.4") + text(2, text(1, "schema") + text(29, "1.0.2-chakra.0.0.4")),
    node(1, "[pytorch|profiler|execution_trace|process]", METADATA_NODE, attributes=flag("is_cpu_op", True)),
    compute(2, "aten::linear", (), 900, on_cpu=True, control=(1,)),  # it launches node 3
    compute(3, "fc1_fwd", (), 1000, control=(2,)),
    compute(4, "fc2_fwd", (3,), 2000),
    compute(5, "loss", (4,), 500),
    # Not in order: a node may come before one that it waits for.
    all_reduce(8, "fc2_grad_all_reduce", (6,), 4_000_000),
    compute(6, "fc2_bwd", (5,), 4000),
    compute(7, "fc1_bwd", (6,), 3000),
    all_reduce(9, "fc1_grad_all_reduce", (7, 8), 8_000_000),
    compute(10, "fc2_update", (8,), 300),
    compute(11, "fc1_update", (9,), 600),
]

if __name__ == "__main__":
    with open(sys.argv[1], "wb") as out:
        for message in MESSAGES:
            out.write(varint(len(message)) + message)
