# What PyTorch's DistributedDataParallel over Gloo takes: collectives by size, and iterations of models whose layers sleep for their
# times, by method. For scenarios/measured/tcp-*.toml: each line that rank 0 prints has a median, the least and the greatest in ms.
#
#   tools/dev/netlab --hosts 8 --rate 100mbit env GLOO_SOCKET_IFNAME=eth0 OMP_NUM_THREADS=1 \
#       python3 tools/dev/ddp_times.py /tmp/meet all-reduce:65536 all-gather:65536 bert:ddp:25 bert:powersgd:4 bert:kavg:4
#
# /tmp/meet is a file that must not be there before. A job is a collective and each rank's bytes, or a model, a method and its number:
# ddp:MIB, serial, fused, fp16, powersgd:RANK, topk:DENSITY, kavg:K (the mean over a period); none: without communication.
import os
import statistics
import sys
import time

import torch
import torch.distributed as dist
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks, powerSGD_hook

# [layer] shape of its parameters, ms of its forward and of its backward.
MODELS = {
    "cnn": [((64, 147), 15, 30), ((64, 1152), 15, 30), ((128, 1152), 12, 25), ((256, 1152), 10, 20), ((512, 1152), 8, 15),
            ((1000, 512), 3, 5)],
    "bert": [((2000, 256), 2, 5)] + 6 * [((256, 768), 20, 40)],
    "wide": 24 * [((128, 128), 3, 6)],
}
WARM_UP = 2


class Sleeping(torch.autograd.Function):
    @staticmethod
    def forward(context, x, weight, forward_ms, backward_ms):
        context.backward_ms, context.shape = backward_ms, weight.shape
        time.sleep(forward_ms / 1e3)
        return x + 0

    @staticmethod
    def backward(context, gradient):
        time.sleep(context.backward_ms / 1e3)
        return gradient, torch.ones(context.shape), None, None


class Model(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(shape)) for shape, _, _ in layers])

    def forward(self, x):
        for weight, (_, forward_ms, backward_ms) in zip(self.weights, self.layers):
            x = Sleeping.apply(x, weight, forward_ms, backward_ms)
        return x


def milliseconds(step, repetitions):
    """Of each, after a barrier and some to warm up."""
    times = []
    for _ in range(WARM_UP + repetitions):
        dist.barrier()
        begin = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - begin))
    return times[WARM_UP:]


def flat(tensors):
    return torch.cat([tensor.reshape(-1) for tensor in tensors])


def top_k(gradients, density):
    gradient = flat(gradients)
    _, indices = torch.topk(gradient.abs(), max(1, int(density * gradient.numel())))
    mine = [gradient[indices], indices.int()]
    everyones = [[torch.empty_like(part) for _ in range(dist.get_world_size())] for part in mine]
    for parts, part in zip(everyones, mine):
        dist.all_gather(parts, part)
    total = torch.zeros_like(gradient)
    for values, places in zip(*everyones):
        total.index_add_(0, places.long(), values)


def step_of(layers, method, number):
    """One iteration, or a period of kavg."""
    model = Model(layers)
    x = torch.zeros(1, requires_grad=True)
    trained = model
    if method in ("ddp", "fp16", "powersgd"):
        trained = torch.nn.parallel.DistributedDataParallel(model, bucket_cap_mb=number if method == "ddp" else 25)
    if method == "fp16":
        trained.register_comm_hook(None, default_hooks.fp16_compress_hook)
    if method == "powersgd":
        state = powerSGD_hook.PowerSGDState(dist.group.WORLD, matrix_approximation_rank=int(number), start_powerSGD_iter=2,
                                            min_compression_rate=1)
        trained.register_comm_hook(state, powerSGD_hook.powerSGD_hook)

    def train():
        for weight in model.parameters():
            weight.grad = None
        trained(x).sum().backward()
        return [weight.grad for weight in model.parameters()]

    def step():
        if method == "kavg":
            for _ in range(int(number)):
                train()
            dist.all_reduce(flat(weight.data for weight in model.parameters()))
            return
        gradients = train()
        if method == "serial":
            for gradient in reversed(gradients):
                dist.all_reduce(gradient)
        elif method == "fused":
            dist.all_reduce(flat(gradients))
        elif method == "topk":
            top_k(gradients, number)

    return step


def times_of(job):
    what, *more = job.split(":")
    if what in ("all-reduce", "all-gather"):
        data = torch.ones(int(more[0]) // 4)
        everyones = [torch.empty_like(data) for _ in range(dist.get_world_size())]
        return milliseconds(lambda: dist.all_reduce(data) if what == "all-reduce" else dist.all_gather(everyones, data), 9)
    method, number = more[0], float(more[1]) if len(more) > 1 else 0
    period = int(number) if method == "kavg" else 1
    times = milliseconds(step_of(MODELS[what], method, number), 5 if period == 1 else 3)
    return [time / period for time in times]


rank, size = int(os.environ["OMPI_COMM_WORLD_RANK"]), int(os.environ["OMPI_COMM_WORLD_SIZE"])
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method=f"file://{sys.argv[1]}", rank=rank, world_size=size)
for job in sys.argv[2:]:
    times = times_of(job)
    if rank == 0:
        print(f"{job}: {statistics.median(times):.4g} ms, {min(times):.4g} to {max(times):.4g}", flush=True)
dist.barrier()
time.sleep(0.3)  # all have left the barrier before the first is gone
os._exit(0)  # Gloo's threads do not end by themselves
