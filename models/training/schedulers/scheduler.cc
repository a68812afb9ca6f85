#include "models/training/schedulers/scheduler.h"

#include "models/training/schedulers/rows.h"
#include "sim/error.h"

namespace syncline::models {

WireSize fp32_size() {
  return {[](const TensorPlace& place) { return 4.0 * static_cast<double>(place.elements()); }, 1};
}

sim::Task<std::vector<Bucket>> Scheduler::plan(Rank& w) const { co_return buckets(w.dnn()); }

std::span<const SchedulerRow> schedulers() {
  static const std::vector<SchedulerRow> rows = {bsp_row(),     serial_row(),  wfbp_row(),   ddp_row(),
                                                 horovod_row(), mg_wfbp_row(), byteps_row(), bytescheduler_row()};
  return rows;
}

const SchedulerRow& scheduler_row(std::string_view name) {
  std::vector<std::string> known;
  for (const SchedulerRow& row : schedulers()) {
    if (row.name == name) return row;
    known.push_back(row.name);
  }
  throw UserError("unknown scheduler '" + std::string(name) + "'" + suggestion(name, known));
}

std::vector<ParameterRow> schedule_parameters(const std::string& standard, Schedulers which) {
  ParameterRow schedule{"schedule", "when gradients travel, and which together; `syncline list schedulers` explains", standard};
  std::vector<ParameterRow> further;
  for (const SchedulerRow& row : schedulers()) {
    if (which == Schedulers::of_fixed_buckets && !row.fixed_buckets) continue;
    schedule.choices.push_back(row.name);
    for (ParameterRow parameter : row.parameters) {
      if (parameter.only_where.empty()) {
        parameter.only_where = "schedule";
        parameter.only_value = row.name;
      }
      further.push_back(std::move(parameter));
    }
  }
  further.insert(further.begin(), std::move(schedule));
  return further;
}

std::unique_ptr<Scheduler> scheduler_of(const Parameters& parameters) {
  return scheduler_row(parameters.text("schedule")).make(parameters);
}

}  // namespace syncline::models
