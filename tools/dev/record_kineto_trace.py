#!/usr/bin/env python3
"""Writes tests/data/kineto_small_cnn.json: what PyTorch's profiler records of two training steps of a small CNN on a CPU.

    /usr/bin/python3 tools/dev/record_kineto_trace.py tests/data/kineto_small_cnn.json

Every layer is a torch.profiler.record_function of its name. Where PyTorch has Kineto, its own JSON is cut to what the import reads.
Debian's python3-torch (1.13) is built without: its profiler records the same events (names, times, threads, sequence numbers,
shapes), which are written here in the fields of Kineto's JSON.
"""
import json
import sys
import tempfile

import torch
from torch.profiler import ProfilerActivity, profile, record_function, schedule

BATCH = 8
STEPS = 2
KEPT = {"cpu_op", "user_annotation", "cuda_runtime", "kernel"}
ARGUMENTS = {"External id", "Sequence number", "Fwd thread id", "Input Dims", "correlation"}


class SmallCnn(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 6, 5)
        self.conv2 = torch.nn.Conv2d(6, 16, 5)
        self.fc = torch.nn.Linear(16 * 4 * 4, 10)

    def forward(self, x):
        with record_function("conv1"):
            x = self.conv1(x)
        with record_function("pool1"):
            x = torch.nn.functional.max_pool2d(torch.relu(x), 2)
        with record_function("conv2"):
            x = self.conv2(x)
        with record_function("pool2"):
            x = torch.nn.functional.max_pool2d(torch.relu(x), 2)
        with record_function("fc"):
            return self.fc(x.flatten(1))


def record():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    model = SmallCnn()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(BATCH, 1, 28, 28), torch.randint(10, (BATCH,))
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        with profile(
            activities=[ProfilerActivity.CPU],
            record_shapes=True,
            schedule=schedule(wait=1, warmup=2, active=STEPS),
            on_trace_ready=lambda p: p.export_chrome_trace(file.name),
        ) as profiler:
            for _ in range(3 + STEPS):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                profiler.step()
        if torch.autograd.kineto_available():
            return json.load(open(file.name))
        return as_kineto(profiler.profiler.function_events)


def as_kineto(recorded):
    """RecordScope 7 is that of record_function; a sequence number of -1 is none; steps' numbers are lost, and counted anew."""
    events, steps = [], 0
    for event in recorded:
        args = {"External id": event.id}
        if event.sequence_nr >= 0:
            args.update({"Sequence number": event.sequence_nr, "Fwd thread id": event.fwd_thread})
        if event.input_shapes:
            args["Input Dims"] = event.input_shapes
        cat = "user_annotation" if event.scope == 7 else "cpu_op"
        name = event.name
        if name == "ProfilerStep*":
            name, steps = f"ProfilerStep#{steps}", steps + 1
        begin, end = event.time_range.start, event.time_range.end
        events.append({"ph": "X", "cat": cat, "name": name, "pid": 1, "tid": event.thread, "ts": begin, "dur": end - begin,
                       "args": args})
    return {"schemaVersion": 1, "deviceProperties": [], "traceEvents": events}


def cut(trace):
    events = []
    for event in trace["traceEvents"]:
        if event.get("cat") not in KEPT:
            continue
        event = {key: event[key] for key in ("ph", "cat", "name", "pid", "tid", "ts", "dur", "args") if key in event}
        event["args"] = {key: value for key, value in event.get("args", {}).items() if key in ARGUMENTS}
        events.append(event)
    result = {key: value for key, value in trace.items() if key in ("schemaVersion", "deviceProperties", "baseTimeNanoseconds")}
    result["traceEvents"] = events
    return result


if __name__ == "__main__":
    trace = record()
    with open(sys.argv[1], "w") as out:
        head = {key: value for key, value in cut(trace).items() if key != "traceEvents"}
        lines = ",\n".join(json.dumps(event) for event in cut(trace)["traceEvents"])
        out.write(json.dumps(head)[:-1] + (", " if head else "") + '"traceEvents": [\n' + lines + "\n]}\n")
