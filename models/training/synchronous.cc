#include "models/training/synchronous.h"

#include "sim/units_text.h"

namespace syncline::models {

std::vector<ParameterRow> fusion_parameters(const std::string& standard) {
  // Limits in MiB. PyTorch DDP: torch/nn/parallel/distributed.py, bucket_cap_mb = 25, first bucket 1 MiB.
  return {
      {"fusion",
       "what travels together: none (each tensor alone), buckets (PyTorch DDP's rule), all (one message)",
       standard,
       0,
       0,
       false,
       {"none", "buckets", "all"}},
      {"first_bucket_mib", "limit of the first bucket, in MiB", 1.0, 0.001, 4096, false, {}, "fusion", "buckets"},
      {"bucket_mib", "limit of every further bucket, in MiB", 25.0, 0.001, 4096, false, {}, "fusion", "buckets"},
  };
}

std::vector<Bucket> buckets_of(const Dnn& dnn, const Parameters& parameters) {
  const std::string& fusion = parameters.text("fusion");
  if (fusion == "none") return bucket_per_tensor(dnn);
  if (fusion == "all") return single_bucket(dnn);
  const auto mib = [&](const char* name) { return Bytes(static_cast<std::int64_t>(parameters.number(name) * 1024 * 1024)); };
  return fused_buckets(dnn, mib("first_bucket_mib"), mib("bucket_mib"),
                       [](const TensorPlace& place) { return 4.0 * static_cast<double>(place.elements()); });
}

ParameterRow overlap_parameter() {
  return {"overlap", "exchange buckets while backward still runs (wait-free backpropagation)", true, 0, 0, false, {}};
}

Overlap overlap_of(const Parameters& parameters) { return parameters.flag("overlap") ? Overlap::backward : Overlap::none; }

std::string text_of(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters.values()) {
    text += name + "=";
    if (const double* number = std::get_if<double>(&value)) text += number_text(*number);
    if (const std::string* word = std::get_if<std::string>(&value)) text += *word;
    if (const bool* flag = std::get_if<bool>(&value)) text += *flag ? "true" : "false";
    text += ",";
  }
  return text;
}

}  // namespace syncline::models
