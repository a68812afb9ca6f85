// The emulated CUDA itself: what its threads see and share, and that it ends the program where a GPU would misbehave.
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <vector>

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include "kernels/add/add.h"
#include "kernels/device.h"
#include "tests/kernels/backend_cases.h"

namespace syncline::kernels {
namespace {

Device device() { return Device::open(Backend::cuda); }

template <class Thread>
void on_gpu(dim3 grid, dim3 block, const Thread& thread) {
  emulated::run("test", grid, block, thread);
  ASSERT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST(EmulatedCuda, SaysThatItIs) { EXPECT_EQ(device().description(), "cuda: emulated"); }

TEST(EmulatedCuda, WhatCannotBeFreedComesOutAtTheNextLaunch) {
  int not_of_the_device = 0;
  cudaFree(&not_of_the_device);
  Buffer<float> x(device(), 4);
  EXPECT_THROW(add(device(), 1, {4}, {x.data(), 4}, {x.data(), 4}, {x.data(), 4}), KernelError);
  EXPECT_NO_THROW(add(device(), 1, {4}, {x.data(), 4}, {x.data(), 4}, {x.data(), 4}));
}

TEST(EmulatedCuda, VisitsEveryIndexOnce) {
  for (const dim3 grid : {dim3(1), dim3(5, 3, 2), dim3(7)}) {
    for (const dim3 block : {dim3(1), dim3(33), dim3(8, 4, 3)}) {
      const unsigned blocks = grid.x * grid.y * grid.z, threads = block.x * block.y * block.z;
      std::vector<int> visits(blocks * threads);
      on_gpu(grid, block, [&] {
        EXPECT_EQ(gridDim.y, grid.y);
        EXPECT_EQ(blockDim.z, block.z);
        const unsigned b = (blockIdx.z * grid.y + blockIdx.y) * grid.x + blockIdx.x;
        ++visits.at(b * threads + (threadIdx.z * block.y + threadIdx.y) * block.x + threadIdx.x);
      });
      EXPECT_EQ(visits, std::vector<int>(visits.size(), 1));
    }
  }
}

TEST(EmulatedCuda, RefusesWhatAGpuWould) {
  for (const auto& [grid, block] :
       {std::pair(dim3(0), dim3(1)), std::pair(dim3(1, 65536), dim3(1)), std::pair(dim3(1, 1, 65536), dim3(1)),
        std::pair(dim3(1), dim3(1025)), std::pair(dim3(1), dim3(32, 33)), std::pair(dim3(1), dim3(1, 1, 65))}) {
    emulated::run("test", grid, block, [] { FAIL() << "ran"; });
    EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  }
}

/// The sum of x by shuffles within warps and shared memory between them, as kernels do it. 8 warps.
__global__ void sum(int n, const float* x, float* out) {
  __shared__ float warps[8];
  float mine = 0;
  for (int i = static_cast<int>(threadIdx.x); i < n; i += 256) mine += x[i];
  for (unsigned distance = 16; distance > 0; distance /= 2) mine += __shfl_down_sync(~0U, mine, distance);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = mine;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  float all = threadIdx.x < 8 ? warps[threadIdx.x] : 0;
  for (int bits = 16; bits > 0; bits /= 2) all += __shfl_xor_sync(~0U, all, bits);
  if (threadIdx.x == 0) atomicAdd(out, all);
}

TEST(EmulatedCuda, Reduces) {
  for (const int n : {0, 1, 31, 32, 33, 255, 257, 1000}) {
    std::vector<float> x(static_cast<std::size_t>(n));
    std::iota(x.begin(), x.end(), 1.0F);  // whole numbers: every order gives the same sum
    Buffer<float> in(device(), x.size()), out(device(), 1);
    in.upload(x);
    on_gpu(3, 256, [&, from = in.data(), to = out.data()] { sum(n, from, to); });
    EXPECT_EQ(out.download()[0], 3.0F * static_cast<float>(n) * static_cast<float>(n + 1) / 2);
  }
}

TEST(EmulatedCuda, ShufflesAsCudaSays) {
  on_gpu(2, 64, [] {
    const int lane = static_cast<int>(threadIdx.x % 32), group = lane / 8 * 8;
    EXPECT_EQ(__shfl_sync(~0U, lane, 5), 5);
    EXPECT_EQ(__shfl_sync(~0U, lane, 10, 8), group + 2);
    EXPECT_EQ(__shfl_up_sync(~0U, lane + 0.5, 1), (lane == 0 ? 0 : lane - 1) + 0.5);
    EXPECT_EQ(__shfl_up_sync(~0U, lane, 3, 8), lane - group < 3 ? lane : lane - 3);
    EXPECT_EQ(__shfl_down_sync(~0U, static_cast<float>(lane), 30), static_cast<float>(lane < 2 ? lane + 30 : lane));
    EXPECT_EQ(__shfl_xor_sync(~0U, static_cast<unsigned long long>(lane) << 40, 9), static_cast<unsigned long long>(lane ^ 9)
                                                                                        << 40);
    EXPECT_EQ(__ballot_sync(~0U, lane % 3 == 0), 0x49249249U);
    EXPECT_EQ(__any_sync(~0U, lane == 31), 1);
    EXPECT_EQ(__all_sync(~0U, lane < 31), 0);
    EXPECT_EQ(__syncthreads_count(threadIdx.x < 40), 40);
    EXPECT_EQ(__syncthreads_and(1) + __syncthreads_or(0), 1);
    if (lane >= 16) return;  // some threads exit before the rest meets
    EXPECT_EQ(__ballot_sync(0xffffU, lane < 3), 7U);
    __syncwarp(0xffffU);
    __syncthreads();
  });
}

TEST(EmulatedCuda, ComputesAsCudaSays) {
  EXPECT_EQ(__popc(0xf0f0U), 8);
  EXPECT_EQ(__clz(1), 31);
  EXPECT_EQ(__clz(0), 32);
  EXPECT_EQ(__ffs(0) + __ffs(8), 4);
  EXPECT_EQ(__brev(1), 0x80000000U);
  EXPECT_EQ(__umulhi(0xffffffffU, 0xffffffffU), 0xfffffffeU);
  EXPECT_EQ(__uint_as_float(__float_as_uint(-0.5F)), -0.5F);
  EXPECT_EQ(min(-1, 1U), 1U);
  EXPECT_EQ(max(std::nanf(""), 2.0F), 2.0F);
  EXPECT_EQ(sizeof(float4) + alignof(float4) + make_uint3(1, 2, 3).z, 35U);
  int x = 5;
  EXPECT_EQ(atomicCAS(&x, 5, 7) + atomicCAS(&x, 5, 9) + atomicMax(&x, 9) + atomicExch(&x, 1), 5 + 7 + 7 + 9);
  unsigned u = 1;
  EXPECT_EQ(atomicInc(&u, 1) + u, 1U);
}

// A thread that counts on order: the emulator tries both, so it is wrong now and then, as on a GPU.
TEST(EmulatedCuda, TriesSeveralOrders) {
  std::vector<unsigned> first_threads, first_blocks;
  for (int i = 0; i < 2; ++i) {
    bool is_first = true;
    on_gpu(2, 4, [&] {
      if (is_first) first_blocks.push_back(blockIdx.x), first_threads.push_back(threadIdx.x);
      is_first = false;
    });
  }
  EXPECT_NE(first_blocks[0], first_blocks[1]);
  std::vector<std::vector<unsigned>> order(2);
  on_gpu(2, 4, [&] { order[blockIdx.x].push_back(threadIdx.x); });
  EXPECT_NE(order[0], order[1]);
}

TEST(EmulatedCuda, RunsOutOfMemory) {
  setenv("SYNCLINE_EMULATED_GPU_BYTES", "100000", 1);
  std::size_t free = 0, total = 0;
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  EXPECT_EQ(total, 100000U);
  const Buffer<float> fits(device(), 1000);
  EXPECT_THROW(Buffer<float>(device(), 25000), OutOfMemory);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);  // it was told once
  unsetenv("SYNCLINE_EMULATED_GPU_BYTES");
  EXPECT_EQ(Buffer<float>(device(), 25000).size(), 25000U);
}

TEST(EmulatedCuda, CopiesOnlyWhatIsThere) {
  Buffer<float> on_device(device(), 8), other(device(), 8);
  std::vector<float> on_host(9, 1.0F);
  EXPECT_EQ(cudaMemcpy(on_device.data(), on_host.data(), 36, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(on_host.data(), on_device.data(), 32, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(on_device.data(), on_host.data(), 32, cudaMemcpyDeviceToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(on_device.data() + 1, on_host.data(), 28, cudaMemcpyHostToDevice), cudaSuccess);
  EXPECT_EQ(cudaMemcpy(other.data(), on_device.data(), 32, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(other.download(), (std::vector<float>{0, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(cudaMemset(other.data(), 0, 33), cudaErrorInvalidValue);
  cudaGetLastError();
}

/// alpha op(A) op(B) + beta C on small whole numbers, so exactly; by its definition, in columns.
TEST(EmulatedCublas, Multiplies) {
  RandomCase random(7);
  for (int round = 0; round < 40; ++round) {
    const int m = 1 + static_cast<int>(random.below(5)), n = 1 + static_cast<int>(random.below(5)),
              k = static_cast<int>(random.below(5)), count = 1 + static_cast<int>(random.below(3));
    const bool transposed_a = random.below(2) == 1, transposed_b = random.below(2) == 1;
    const int lda = (transposed_a ? k : m) + 1, ldb = (transposed_b ? n : k) + 1, ldc = m + 1, stride = 64;
    const auto a = random.values(count * stride, Values::whole), b = random.values(count * stride, Values::whole),
               c = random.values(count * stride, Values::whole);
    const float alpha = random.value(Values::whole), beta = random.value(Values::whole);
    auto expected = c;
    for (int i = 0; i < count; ++i) {
      for (int row = 0; row < m; ++row) {
        for (int column = 0; column < n; ++column) {
          float sum = 0;
          for (int l = 0; l < k; ++l) {
            sum += a[i * stride + (transposed_a ? l + row * lda : row + l * lda)] *
                   b[i * stride + (transposed_b ? column + l * ldb : l + column * ldb)];
          }
          float& to = expected[i * stride + row + column * ldc];
          to = alpha * sum + beta * to;
        }
      }
    }
    Buffer<float> of_a(device(), a.size()), of_b(device(), b.size()), of_c(device(), c.size());
    of_a.upload(a);
    of_b.upload(b);
    of_c.upload(c);
    cublasHandle_t handle = nullptr;
    ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    const auto op = [](bool transposed) { return transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
    EXPECT_EQ(cublasSgemmStridedBatched(handle, op(transposed_a), op(transposed_b), m, n, k, &alpha, of_a.data(), lda, stride,
                                        of_b.data(), ldb, stride, &beta, of_c.data(), ldc, stride, count),
              CUBLAS_STATUS_SUCCESS);
    cublasDestroy(handle);
    EXPECT_EQ(of_c.download(), expected);
  }
}

// What can't go on, or touches what it may not, ends the program, and says who did it. (Kernels as functions: within a macro,
// all calls are at the same place.)

__global__ void two_barriers() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

__global__ void barrier_and_ballot() {
  if (threadIdx.x == 3) {
    __syncthreads();
  } else {
    __ballot_sync(~0U, 1);
  }
}

__global__ void lane_that_exits() {
  if (threadIdx.x != 9) __syncwarp();
}

__global__ void ballot_and_any() {
  if (threadIdx.x % 2 == 0) {
    __ballot_sync(~0U, 1);
  } else {
    __any_sync(~0U, 1);
  }
}

TEST(EmulatedCudaDeathTest, ThreadsThatDoNotMeet) {
  EXPECT_DEATH(on_gpu(1, 64, two_barriers),
               "kernel 'test', block \\(0, 0, 0\\), thread .*waits for the block at __syncthreads.*others do at __syncthreads");
  EXPECT_DEATH(on_gpu(1, 32, barrier_and_ballot),
               "deadlock.*31 .* wait at __ballot_sync, .*emulated_cuda_test.cc:[0-9]+, mask 0xffffffff.*1 .*__syncthreads");
  EXPECT_DEATH(on_gpu(1, 32, lane_that_exits), "lane 9, which has exited|exits, and is waited for at __syncwarp");
  EXPECT_DEATH(on_gpu(1, 32, ballot_and_any), "names lane [0-9]+, which waits at");
  EXPECT_DEATH(on_gpu(1, 16, [] { __ballot_sync(~0U, 1); }), "names lane 16, which the block lacks");
  EXPECT_DEATH(on_gpu(1, 32, [] { __shfl_sync(2U, 1, 1); }), "does not name the caller");
  EXPECT_DEATH(on_gpu(1, 32, [] { __shfl_sync(1U << threadIdx.x, 1, 7); }), "does not name lane 7, which it reads");
}

TEST(EmulatedCudaDeathTest, HostThatTouchesDeviceMemory) {
  Buffer<float> buffer(device(), 10);
  EXPECT_DEATH(buffer.data()[9] = 1, "the host's code touches device memory: .*byte 36 of an allocation of 40");
}

TEST(EmulatedCudaDeathTest, Overrun) {
  Buffer<float> buffer(device(), 10);
  float* const data = buffer.data();
  EXPECT_DEATH(on_gpu(1, 32, [&] { data[threadIdx.x] = 1; }),
               "kernel 'test'.*bad address .*byte 64 of an allocation of 40|use-after-poison");
  EXPECT_DEATH(on_gpu(1, 32, [&] { data[10] = 1; }), "behind an allocation of 40 bytes|use-after-poison");
  EXPECT_DEATH(on_gpu(1, 32, [&] { data[-1] = 1; }), "before an allocation of 40 bytes|use-after-poison");
  // A read is seen at once by AddressSanitizer alone; without it, where the next page begins.
  EXPECT_DEATH(on_gpu(1, 1, [&] { data[0] = data[16]; }), "kernel 'test'.*bad address|use-after-poison");
}

}  // namespace
}  // namespace syncline::kernels
