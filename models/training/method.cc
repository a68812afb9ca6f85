#include "models/training/method.h"

#include "models/training/method_rows.h"

namespace syncline::models {

std::span<const MethodRow> methods() {
  static const std::vector<MethodRow> rows = {s_sgd_row(), k_avg_row(),     sign_sgd_row(), qsgd_row(),
                                              top_k_row(), power_sgd_row(), acp_sgd_row()};
  return rows;
}

const MethodRow& method_row(std::string_view name) {
  std::vector<std::string> known;
  for (const MethodRow& row : methods()) {
    if (row.name == name) return row;
    known.push_back(row.name);
  }
  throw UserError("unknown method '" + std::string(name) + "'" + suggestion(name, known));
}

}  // namespace syncline::models
