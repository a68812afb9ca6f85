// The backend that is asked for is the one that runs. (Of CUDA the memory tells, too: the host cannot touch it.)
#include "kernels/dispatch.h"

#include <gtest/gtest.h>

#include <string>

namespace syncline::kernels {
namespace {

void on_reference(const Device&, std::string* ran) { *ran = "reference"; }
void on_cpu(const Device&, std::string* ran) { *ran = "cpu"; }
void on_cuda(const Device&, std::string* ran) { *ran = "cuda"; }

TEST(Dispatch, RunsTheVersionOfTheDevicesBackend) {
  for (const Backend backend : available_backends()) {
    std::string ran;
    const Device device = Device::open(backend);
    EXPECT_EQ(device.backend(), backend);
    dispatch(device, on_reference, on_cpu, on_cuda, &ran);
    EXPECT_EQ(ran, name_of(backend));
  }
}

}  // namespace
}  // namespace syncline::kernels
