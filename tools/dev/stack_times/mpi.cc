// What MPI takes where no bytes count: a message from rank to rank, and an all-reduce of two ranks and of one. Prints medians
// over all repetitions of rank 0, in us; and what a long message reaches. For the numbers in scenarios/stacks; see README.md.
#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace {

/// After a tenth more to warm up.
template <class Call>
double median_us(const Call& call, int repetitions = 20'000) {
  std::vector<double> seconds;
  for (int i = -repetitions / 10; i < repetitions; ++i) {
    const double begin = MPI_Wtime();
    call();
    if (i >= 0) seconds.push_back(MPI_Wtime() - begin);
  }
  const auto middle = seconds.begin() + repetitions / 2;
  std::nth_element(seconds.begin(), middle, seconds.end());
  return 1e6 * *middle;
}

/// There and back.
void ping_pong(std::vector<float>& data, int rank) {
  const int count = static_cast<int>(data.size());
  const auto send = [&] { MPI_Send(data.data(), count, MPI_FLOAT, 1 - rank, 0, MPI_COMM_WORLD); };
  if (rank == 0) send();
  MPI_Recv(data.data(), count, MPI_FLOAT, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  if (rank == 1) send();
}

void all_reduce(std::vector<float>& data, MPI_Comm ranks) {
  MPI_Allreduce(MPI_IN_PLACE, data.data(), static_cast<int>(data.size()), MPI_FLOAT, MPI_MAX, ranks);
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  for (const std::size_t bytes : {4, 64, 1024}) {
    std::vector<float> data(bytes / sizeof(float));
    const double hop = median_us([&] { ping_pong(data, rank); }) / 2;
    const double both = median_us([&] { all_reduce(data, MPI_COMM_WORLD); });
    const double alone = median_us([&] { all_reduce(data, MPI_COMM_SELF); });
    if (rank == 0) std::printf("%zu B: message %.2f, all-reduce of two %.2f, of one %.2f\n", bytes, hop, both, alone);
  }
  constexpr std::size_t kLong = 4 << 20;
  std::vector<float> data(kLong / sizeof(float));
  const double us = median_us([&] { ping_pong(data, rank); }, 10) / 2;
  if (rank == 0) std::printf("%zu B: message %.1f Mbit/s\n", kLong, 8 * kLong / us);
  MPI_Finalize();
}
