#include "tools/real/real_collectives.h"

#include <algorithm>
#include <cstring>

#include "network/stack.h"
#include "sim/error.h"
#include "tools/real/exchange.h"
#include "tools/real/schedule_executor.h"

namespace syncline::tools {
namespace {

bool is_auto(const std::string& algorithm) { return network::auto_operation(algorithm).has_value(); }

}  // namespace

RealCollectives::RealCollectives(Transport& transport, const models::NetworkProfile& network, bool library)
    : transport_(transport),
      by_library_(library || !transport.has_messages()),
      algorithms_(network.algorithms),
      host_of_rank_(network.cluster.host_of_worker) {
  if (by_library_) {
    algorithms_ = {network::auto_name(network::Operation::all_reduce), network::auto_name(network::Operation::all_gather)};
  }
}

void RealCollectives::all_reduce(const float* in, float* out, std::int64_t elements) {
  if (is_auto(algorithms_.all_reduce)) return transport_.all_reduce(in, out, elements);
  sum_by(algorithms_.all_reduce, in, out, elements);
}

void RealCollectives::push_pull(const float* in, float* out, std::int64_t elements) {
  if (!transport_.has_messages()) return transport_.all_reduce(in, out, elements);
  sum_by(algorithms_.push_pull, in, out, elements);
}

void RealCollectives::sum_by(const std::string& algorithm, const float* in, float* out, std::int64_t elements) {
  std::copy_n(in, elements, out);
  network::ScheduleRequest request;
  request.ranks = size();
  request.elements = elements;
  request.roles = algorithms_.roles;
  request.host_of_rank = host_of_rank_;
  carry_out(transport_, network::collective(algorithm).schedule(request), Element::number, out);
}

std::int64_t RealCollectives::least(std::int64_t value) {
  double least = static_cast<double>(value);
  for (const std::vector<double>& theirs : gather_numbers(transport_, {least})) least = std::min(least, theirs.front());
  return static_cast<std::int64_t>(least);
}

void RealCollectives::all_gather(const void* mine, void* all, std::int64_t bytes) {
  if (is_auto(algorithms_.all_gather)) return transport_.all_gather(mine, all, bytes);
  std::memcpy(static_cast<std::byte*>(all) + rank() * bytes, mine, static_cast<std::size_t>(bytes));
  network::ScheduleRequest request;
  request.ranks = size();
  request.elements = bytes * size();
  request.host_of_rank = host_of_rank_;
  carry_out(transport_, network::collective(algorithms_.all_gather).schedule(request), Element::byte, all);
}

}  // namespace syncline::tools
