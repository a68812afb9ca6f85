# What Gloo takes where no bytes count, called by PyTorch: a message from rank to rank, and an all-reduce of two ranks and of one.
# Prints medians over all repetitions of rank 0, in us; and what a long message reaches. For the numbers in scenarios/stacks; see README.md.
import os
import statistics
import sys
import time

import torch
import torch.distributed as dist

LONG = 4 << 20


def median_us(call, repetitions=5000):
    """After a tenth more to warm up."""
    times = []
    for _ in range(repetitions // 10 + repetitions):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e6 * statistics.median(times[-repetitions:])


def ping_pong(data, rank):
    if rank == 0:
        dist.send(data, 1)
    dist.recv(data, 1 - rank)
    if rank == 1:
        dist.send(data, 0)


rank = int(os.environ["OMPI_COMM_WORLD_RANK"])
os.sched_setaffinity(0, {rank})
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method=f"file://{sys.argv[1]}", rank=rank, world_size=2)
alone = [dist.new_group([0]), dist.new_group([1])][rank]
for size in [4, 64, 1024]:
    data = torch.zeros(size // 4)
    message = median_us(lambda: ping_pong(data, rank)) / 2
    both = median_us(lambda: dist.all_reduce(data))
    one = median_us(lambda: dist.all_reduce(data, group=alone))
    if rank == 0:
        print(f"{size} B: message {message:.2f}, all-reduce of two {both:.2f}, of one {one:.2f}")
data = torch.zeros(LONG // 4)
us = median_us(lambda: ping_pong(data, rank), 10) / 2
if rank == 0:
    print(f"{LONG} B: message {8 * LONG / us:.1f} Mbit/s")
