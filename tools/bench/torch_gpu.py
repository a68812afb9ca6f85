#!/usr/bin/env python3
"""torch_gpu.py [top-k] [power-sgd] [lenet]: what PyTorch takes on this GPU for the same work as Syncline's kernels; all without names.

    top-k       torch.topk, 1 % of 100 million normal numbers (`syncline profile`: top-k)
    power-sgd   one step over BERT-Large's matrices at rank 32, tensor by tensor with torch.matmul and torch.linalg.qr
                (power_sgd_bench)
    lenet       32 replicas of lenet, 32 samples each: 32 eager steps, and torch.func.vmap over them (lenet_step_bench)

Medians in milliseconds: by events on the stream, with caches written over before each run; of lenet by the clock, over steps that
follow each other.
"""

import statistics
import sys
import time

import torch
from torch import nn

GPU = torch.device("cuda")


def median_ms(work, runs=15):
    cache = torch.empty(64 << 20, device=GPU)  # floats: more than any GPU's cache holds
    times = []
    for run in range(runs + 3):
        cache.fill_(run)
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end))
    return statistics.median(times[3:])


def wall_ms(work, steps=16, rounds=8):
    """Of one of `steps` that follow each other, and of which nobody waits for each: as lenet_step_bench counts."""
    times = []
    for _ in range(rounds + 1):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(steps):
            work()
        torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - begin) / steps)
    return statistics.median(times[1:])


def top_k():
    numbers = torch.randn(100_000_000, device=GPU)
    k = numbers.numel() // 100
    print(f"top-k: torch.topk {median_ms(lambda: torch.topk(numbers.abs(), k, sorted=False)):.3f}")


def bert_large_matrices():
    hidden, shapes = 1024, [(30522, 1024), (512, 1024)]
    for _ in range(24):
        shapes += [(hidden, hidden)] * 4 + [(4 * hidden, hidden), (hidden, 4 * hidden)]
    return shapes + [(hidden, hidden)] * 2


def power_sgd(rank=32):
    state = []
    for rows, cols in bert_large_matrices():
        state.append((torch.randn(rows, cols, device=GPU), torch.zeros(rows, cols, device=GPU), torch.randn(cols, rank, device=GPU)))

    def step():
        for gradient, error, q in state:
            error += gradient
            p, _ = torch.linalg.qr(error @ q)
            q = error.t() @ p
            decoded = p @ q.t()
            error -= decoded

    print(f"power-sgd: torch.matmul and torch.linalg.qr, tensor by tensor {median_ms(step):.3f}")


def lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)).to(GPU)


def lenet_steps(workers=32, batch=32):
    images, labels = torch.randn(8192, 1, 28, 28, device=GPU), torch.randint(10, (8192,), device=GPU)
    network = lenet()
    parameters = list(network.parameters())
    velocities = [torch.zeros_like(parameter) for parameter in parameters]

    def update(gradients):
        with torch.no_grad():
            for parameter, velocity, gradient in zip(parameters, velocities, gradients):
                velocity.mul_(0.9).add_(gradient)
                parameter.sub_(velocity, alpha=0.01)

    def eager():
        sums = [torch.zeros_like(parameter) for parameter in parameters]
        for _ in range(workers):
            drawn = torch.randint(8192, (batch,), device=GPU)
            loss = nn.functional.cross_entropy(network(images[drawn]), labels[drawn])
            for total, gradient in zip(sums, torch.autograd.grad(loss, parameters)):
                total.add_(gradient, alpha=1 / workers)
        update(sums)

    print(f"lenet: {workers} eager steps {wall_ms(eager):.3f}")
    if not hasattr(torch, "func"):
        return
    named = dict(network.named_parameters())

    def loss_of(weights, x, y):
        return nn.functional.cross_entropy(torch.func.functional_call(network, weights, (x,)), y)

    gradients_of = torch.func.vmap(torch.func.grad(loss_of), in_dims=(None, 0, 0))

    def vmapped():
        drawn = torch.randint(8192, (workers, batch), device=GPU)
        update([gradient.mean(0) for gradient in gradients_of(named, images[drawn], labels[drawn]).values()])

    print(f"lenet: torch.func.vmap {wall_ms(vmapped):.3f}")


def main():
    works = {"top-k": top_k, "power-sgd": power_sgd, "lenet": lenet_steps}
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}; milliseconds")
    for name in sys.argv[1:] or works:
        works[name]()


if __name__ == "__main__":
    main()
