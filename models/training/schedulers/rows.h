// The rows of the table of schedulers, one from each scheduler's file.
#pragma once

#include "models/training/schedulers/scheduler.h"

namespace syncline::models {

SchedulerRow bsp_row();
SchedulerRow serial_row();
SchedulerRow wfbp_row();
SchedulerRow ddp_row();
SchedulerRow horovod_row();
SchedulerRow mg_wfbp_row();
SchedulerRow byteps_row();
SchedulerRow bytescheduler_row();

}  // namespace syncline::models
