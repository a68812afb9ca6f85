#!/usr/bin/python3
"""lenet_step.py [STEPS [THREADS]]: milliseconds of one SGD step of lenet on a batch of 1,024, in PyTorch. Prints the median.

The counterpart of lenet_step_bench.cc: the same samples a step, drawing the batch included.
"""

import os
import statistics
import sys
import time

import torch
from torch import nn


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    torch.set_num_threads(threads or len(os.sched_getaffinity(0)))
    network = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    images, labels = torch.randn(8192, 1, 28, 28), torch.randint(10, (8192,))
    milliseconds = []
    for _ in range(steps):
        begin = time.perf_counter()
        batch = torch.randint(8192, (1024,))
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
        optimizer.step()
        milliseconds.append(1000 * (time.perf_counter() - begin))
    print(f"{statistics.median(milliseconds[1:]):.3f}")


if __name__ == "__main__":
    main()
