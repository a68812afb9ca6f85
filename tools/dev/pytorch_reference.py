#!/usr/bin/python3
"""Trains mlp and lenet with PyTorch and writes the loss of every step: what Syncline's own training must agree with.

Nothing random and nothing stored goes in: weights, images and labels follow from an integer hash by formulas, which
tests/models/pytorch_cases.h repeats.

    uniform(stream, i) = (mix(mix(stream) + i) >> 8) / 2^24          in [0, 1), exact in float32; uint32 arithmetic
    weight i of parameter p = (2 uniform(p, i) - 1) * float32(1 / sqrt(fan_in)); parameters in registration order
    sample n = (step * workers + worker) * batch + place in the batch
    class(n) = floor(10 uniform(1010, n)); its label is floor(10 uniform(1012, n)) where uniform(1011, n) < 0.2, or the class
    pixel f = 28 y + x of sample n = (2 uniform(1013, 49 class(n) + 7 floor(y / 4) + floor(x / 4)) - 1)
                                     + (uniform(1014, 784 n + f) - 0.5)

S-SGD: the optimizer's step is taken with the mean of the workers' gradients. K-AVG: every worker takes steps with its own
optimizer; after every K of them the weights, not the velocities, are replaced by their mean over the workers. The loss of a
step is the mean of the workers' losses, each of its own batch at its own weights, before the update.

Needs PyTorch (package python3-torch). Run it as:  tools/dev/pytorch_reference.py --output tests/models/data/pytorch_reference.txt
"""

import argparse
import copy
import math
import sys

import numpy
import torch
from torch import nn

WORKERS, BATCH, STEPS, PIXELS, CLASSES = 4, 16, 50, 28 * 28, 10
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.02, 0.9, 0.0005
METHODS = {"s-sgd": 1, "k-avg": 4}  # local steps


def mix(x):
    """The finalizer of MurmurHash3 (Appleby), on uint32 arrays."""
    x = numpy.asarray(x, dtype=numpy.uint32).copy()
    x ^= x >> numpy.uint32(16)
    x *= numpy.uint32(0x85EBCA6B)
    x ^= x >> numpy.uint32(13)
    x *= numpy.uint32(0xC2B2AE35)
    x ^= x >> numpy.uint32(16)
    return x


def uniform(stream, index):
    start = mix(numpy.array([stream]))
    bits = mix(start + numpy.asarray(index, dtype=numpy.uint32)) >> numpy.uint32(8)
    return bits.astype(numpy.float32) / numpy.float32(1 << 24)


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(PIXELS, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, CLASSES))


def lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, CLASSES))


def set_weights(network):
    fan_in = 1
    with torch.no_grad():
        for stream, parameter in enumerate(network.parameters()):
            if parameter.dim() > 1:  # a bias has the fan-in of the weight before it
                fan_in = math.prod(parameter.shape[1:])
            bound = numpy.float32(1 / math.sqrt(fan_in))
            values = (2 * uniform(stream, numpy.arange(parameter.numel())) - 1) * bound
            parameter.copy_(torch.from_numpy(values).reshape(parameter.shape))
    return network


def samples(step, worker):
    n = (step * WORKERS + worker) * BATCH + numpy.arange(BATCH)
    of_class = (10 * uniform(1010, n)).astype(numpy.int64)
    label = numpy.where(uniform(1011, n) < 0.2, (10 * uniform(1012, n)).astype(numpy.int64), of_class)
    pixel = numpy.arange(PIXELS)
    tile = 7 * (pixel // 28 // 4) + pixel % 28 // 4  # convolutions see patterns of a few pixels
    pattern = 2 * uniform(1013, 49 * of_class[:, None] + tile) - 1
    image = pattern + (uniform(1014, PIXELS * n[:, None] + pixel) - numpy.float32(0.5))
    return torch.from_numpy(image).reshape(BATCH, 1, 28, 28), torch.from_numpy(label)


def optimizer_of(network):
    return torch.optim.SGD(network.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)


def train_s_sgd(network):
    optimizer, losses = optimizer_of(network), []
    for step in range(STEPS):
        optimizer.zero_grad()
        local = [nn.functional.cross_entropy(network(x), y) for x, y in (samples(step, worker) for worker in range(WORKERS))]
        for loss in local:
            (loss / WORKERS).backward()  # gradients add up over the calls
        optimizer.step()
        losses.append(sum(loss.item() for loss in local) / WORKERS)
    return losses


def train_k_avg(network, local_steps):
    networks = [copy.deepcopy(network) for _ in range(WORKERS)]
    optimizers, losses = [optimizer_of(n) for n in networks], []
    for step in range(STEPS):
        total = 0
        for worker in range(WORKERS):
            x, y = samples(step, worker)
            optimizers[worker].zero_grad()
            loss = nn.functional.cross_entropy(networks[worker](x), y)
            loss.backward()
            optimizers[worker].step()
            total += loss.item()
        losses.append(total / WORKERS)
        if (step + 1) % local_steps == 0:
            with torch.no_grad():
                for copies in zip(*(n.parameters() for n in networks)):
                    mean = sum(copies) / WORKERS
                    for parameter in copies:
                        parameter.copy_(mean)
    return losses


def write(file):
    file.write("# The loss of each step, written by tools/dev/pytorch_reference.py, which says what is trained, "
               f"with PyTorch {torch.__version__}.\n")
    for make in (mlp, lenet):
        for method, local_steps in METHODS.items():
            network = set_weights(make())
            losses = train_s_sgd(network) if method == "s-sgd" else train_k_avg(network, local_steps)
            file.write(f"case {make.__name__} {method}\n")
            file.write(f"workers {WORKERS} batch {BATCH} steps {STEPS} local_steps {local_steps} learning_rate {LEARNING_RATE} "
                       f"momentum {MOMENTUM} weight_decay {WEIGHT_DECAY}\n")
            for row in range(0, STEPS, 10):
                file.write(" ".join(f"{loss:.9f}" for loss in losses[row:row + 10]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", help="file to write; standard output where it is left out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # one order of sums
    if arguments.output is None:
        write(sys.stdout)
    else:
        with open(arguments.output, "w", encoding="ascii") as file:
            write(file)


if __name__ == "__main__":
    main()
