#include "tools/profiling/profile_report.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "scenarios/profile_text.h"
#include "sim/units_text.h"
#include "tools/quantities.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

std::string gigabytes(double bytes_per_second) { return fmt::format("{:.4g}", bytes_per_second / 1e9); }
std::string teraflops(double flops_per_second) { return fmt::format("{:.3g}", flops_per_second / 1e12); }

std::string kernels_text(const DeviceMeasurement& measured) {
  Table table;
  table.head = {"kernel", "time", "GB/s", "of a copy", "TFLOP/s", "of a product"};
  for (const MeasuredKernel& kernel : measured.kernels) {
    table.rows.push_back({kernel.name, seconds_text(kernel.seconds), gigabytes(kernel.bytes_per_second()),
                          percent_text(kernel.bytes_per_second() / measured.copied_per_second),
                          teraflops(kernel.cost.flops / kernel.seconds),
                          percent_text(kernel.cost.flops / kernel.seconds / measured.products_per_second)});
  }
  return table.text();
}

/// TFLOP/s, its part of a large product's, GB/s, its part of a copy's; all empty where it takes no time.
void add_rates(std::vector<std::string>& row, const kernels::KernelCost& work, double seconds,
               const DeviceMeasurement& measured) {
  if (seconds <= 0) return row.resize(row.size() + 4);
  const double flops = work.flops / seconds, bytes = work.bytes / seconds;
  row.insert(row.end(), {teraflops(flops), percent_text(flops / measured.products_per_second), gigabytes(bytes),
                         percent_text(bytes / measured.copied_per_second)});
}

std::string layers_text(const ProfileRequest& request, const DeviceMeasurement& measured) {
  const models::LayerProfile profile = layer_profile(request, measured);
  Table table;
  table.head = {"layer",    "forward", "TFLOP/s",      "of a product", "GB/s",      "of a copy",
                "backward", "TFLOP/s", "of a product", "GB/s",         "of a copy", ""};
  double forward = 0, backward = 0, known = 0;
  for (std::size_t i = 0; i < profile.layers.size(); ++i) {
    const models::MeasuredLayer& layer = profile.layers[i];
    const double there = layer.forward.seconds(), back = layer.backward.seconds();
    forward += there;
    backward += back;
    if (measured.layers[i]) known += there + back;
    std::vector<std::string> row = {layer.name, seconds_text(there)};
    add_rates(row, models::forward_work(request.dnn->layers[i], request.batch), there, measured);
    row.push_back(seconds_text(back));
    add_rates(row, models::backward_work(request.dnn->layers[i], request.batch), back, measured);
    row.emplace_back(measured.layers[i] ? "" : "roofline");
    table.rows.push_back(row);
  }
  return fmt::format(
      "\n{}, batch {}:\n{}all layers: forward {}, backward {}; {} of it measured, the rest by the roofline of what was "
      "measured\n",
      request.dnn->title, request.batch, table.text(), seconds_text(forward), seconds_text(backward),
      percent_text(known / (forward + backward)));
}

}  // namespace

std::string report_text(const ProfileRequest& request, const DeviceMeasurement& measured) {
  std::string text = fmt::format("{} ({})\n", measured.device, measured.details);
  text += fmt::format("  a copy within its memory  {} GB/s, read and written\n", gigabytes(measured.copied_per_second));
  text += fmt::format("  a large matrix product    {} TFLOP/s, {}\n", teraflops(measured.products_per_second),
                      kernels::name_of(request.precision));
  text += fmt::format("  the least kernel          {}\n\n", seconds_text(measured.launch));
  text += fmt::format("kernels, on {} elements; what adds up messages, of {} ranks:\n{}", request.elements, request.ranks,
                      kernels_text(measured));
  if (request.dnn) text += layers_text(request, measured);
  return text +
         "\ntime: median of some runs, caches written over before each. GB/s: bytes that the kernel's stated cost counts, over "
         "time.\n";
}

std::string gpu_text(const models::DeviceProfile& profile, const std::string& command) {
  std::string text = fmt::format("# Written by `{}`.\n", command);
  text += fmt::format("title = {}\n", scenarios::quoted(profile.title));
  text += fmt::format("flops = \"{:.4g} GFLOP/s\"\n", profile.flops_per_second / 1e9);
  text += fmt::format("memory = \"{:.4g} GB/s\"\n", profile.memory.in_bytes_per_second() / 1e9);
  text += fmt::format("compute_efficiency = {:.4g}\nmemory_efficiency = {:.4g}\n", profile.compute_efficiency,
                      profile.memory_efficiency);
  text += fmt::format("launch = \"{:.4g} us\"\n", profile.launch.seconds() * 1e6);
  if (profile.precision != "fp32") text += fmt::format("precision = {}\n", scenarios::quoted(profile.precision));
  text += fmt::format("source = {}\n", scenarios::quoted(profile.source));
  for (const auto& [name, efficiency] : profile.kernel_efficiency) {
    text += fmt::format("\n[[kernel]]\nname = {}\nmemory_efficiency = {:.4g}\n", scenarios::quoted(name), efficiency);
  }
  return text;
}

}  // namespace syncline::tools
