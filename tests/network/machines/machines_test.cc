#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "network/machines/nccl_topology.h"
#include "tests/network/ways.h"

namespace syncline::network {
namespace {

using testing::ElementsAre;

const LinkSpec kNvlink{Bandwidth::bytes_per_second(3e11), Time::nanoseconds(300)};
const LinkSpec kPcie{Bandwidth::bytes_per_second(2.4e10), Time::nanoseconds(500)};

Machine machine(Topology& topology, GpuJoin join, int gpus, int nics) {
  GpuMachineSpec spec{join, gpus, nics, kNvlink, kPcie, kPcie};
  return add_gpu_machine(topology, {}, spec);
}

double capacity(const Topology& topology, const std::string& name) {
  for (const Link& link : topology.links()) {
    if (link.name == name) return link.capacity.in_bytes_per_second();
  }
  ADD_FAILURE() << "no link " << name;
  return 0;
}

TEST(Machines, GpusOnAnNvswitchReachEachOtherThroughIt) {
  Topology topology;
  const Machine made = machine(topology, GpuJoin::nvswitch, 8, 4);
  EXPECT_EQ(made.gpus.size(), 8u);
  EXPECT_EQ(made.nics.size(), 4u);
  EXPECT_EQ(topology.links().size(), 2u * (8 + 8 + 4 + 4 + 1));
  EXPECT_THAT(way(topology, made.gpus[0], made.gpus[7]), ElementsAre("worker0>node0.nvswitch", "node0.nvswitch>worker7"));
  EXPECT_THAT(way(topology, made.gpus[3], made.nics[1]), ElementsAre("worker3>node0.pcie1", "node0.pcie1>node0.nic1"));
}

// 300 GB/s of each GPU over 3 others.
TEST(Machines, AMeshSharesEachGpusNvlinks) {
  Topology topology;
  const Machine made = machine(topology, GpuJoin::nvlink, 4, 2);
  EXPECT_THAT(way(topology, made.gpus[0], made.gpus[3]), ElementsAre("worker0>worker3"));
  EXPECT_EQ(capacity(topology, "worker0>worker3"), 1e11);
}

TEST(Machines, WithoutNvlinkGpusMeetOnPcie) {
  Topology topology;
  const Machine made = machine(topology, GpuJoin::pcie, 4, 2);
  EXPECT_THAT(way(topology, made.gpus[0], made.gpus[1]), ElementsAre("worker0>node0.pcie0", "node0.pcie0>worker1"));
  EXPECT_THAT(way(topology, made.gpus[1], made.gpus[2]),
              ElementsAre("worker1>node0.pcie0", "node0.pcie0>node0.cpu0", "node0.cpu0>node0.cpu1", "node0.cpu1>node0.pcie1",
                          "node0.pcie1>worker2"));
}

TEST(Machines, RefuseWhatCannotBe) {
  Topology topology;
  EXPECT_EQ(error_of([&] { machine(topology, GpuJoin::pcie, 0, 1); }), "the number of GPUs in a machine must be positive, not 0");
  EXPECT_EQ(error_of([&] { machine(topology, GpuJoin::pcie, 4, 0); }), "the number of NICs in a machine must be positive, not 0");
  EXPECT_EQ(error_of([&] { machine(topology, GpuJoin::pcie, 4, 3); }), "4 GPUs cannot be shared out evenly by 3 NICs");
  GpuMachineSpec slow{GpuJoin::nvswitch, 2, 1, kPcie, kPcie, kPcie};
  EXPECT_EQ(error_of([&] { add_gpu_machine(topology, {}, slow); }),
            "NVLink's latency must be below PCIe's: transfers take the way of least latency");
}

/// Two sockets, two GPUs on each; NVLinks as in a pair of machines that NVIDIA sells: six to each GPU's partner by switch chips
/// (`tclass` 0x068000), or directly (0x0302); a NIC of two ports beside the first GPU of each socket.
std::string dump(const std::string& nvlinks) {
  std::string xml = "<system version=\"1\">\n";
  for (int cpu = 0; cpu < 2; ++cpu) {
    const std::string bus = cpu == 0 ? "0000:1" : "0000:9";
    xml += "  <cpu host_hash=\"0x16fe256e956b115c\" numaid=\"" + std::to_string(cpu) +
           "\" affinity=\"00000000,00ffffff\" arch=\"x86_64\" vendor=\"GenuineIntel\" familyid=\"6\" modelid=\"207\">\n";
    xml += "    <pci busid=\"" + bus + "0:00.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\n";
    for (int gpu = 0; gpu < 2; ++gpu) {
      xml += "      <pci busid=\"" + bus + std::to_string(gpu + 1) +
             ":00.0\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\">\n        <gpu dev=\"" +
             std::to_string(2 * cpu + gpu) + "\" sm=\"90\" rank=\"" + std::to_string(2 * cpu + gpu) + "\" gdr=\"1\">\n" +
             nvlinks + "        </gpu>\n      </pci>\n";
    }
    for (int port = 0; port < 2; ++port) {
      xml +=
          "      <pci busid=\"" + bus + "5:00." + std::to_string(port) +
          "\" class=\"0x020000\" link_speed=\"16.0 GT/s PCIe\" link_width=\"16\">\n        <nic>\n          <net name=\"mlx5_" +
          std::to_string(2 * cpu + port) + "\" dev=\"" + std::to_string(2 * cpu + port) +
          "\" speed=\"100000\" port=\"1\" latency=\"0.000000\" guid=\"0x1\" maxconn=\"131072\" gdr=\"1\"/>\n"
          "        </nic>\n      </pci>\n";
    }
    xml += "    </pci>\n  </cpu>\n";
  }
  return xml + "</system>\n";
}

Machine imported(Topology& topology, const std::string& xml) { return add_nccl_machine(topology, {}, read_nccl_topology(xml)); }

const std::string kSwitches =
    "          <nvlink target=\"0000:07:00.0\" count=\"10\" tclass=\"0x068000\"/>\n"
    "          <nvlink target=\"0000:08:00.0\" count=\"8\" tclass=\"0x068000\"/>\n";

// 18 NVLinks of 20.6 GB/s; PCIe 5.0 x16 is 48 GB/s to NCCL, 4.0 half of that; a port has 12.5 GB/s.
TEST(NcclTopology, HasTheBandwidthsThatNcclSees) {
  Topology topology;
  const Machine made = imported(topology, dump(kSwitches));
  EXPECT_EQ(made.gpus.size(), 4u);
  EXPECT_EQ(made.nics.size(), 4u);
  EXPECT_DOUBLE_EQ(capacity(topology, "worker3>node0.nvswitch"), 18 * 20.6e9);
  EXPECT_DOUBLE_EQ(capacity(topology, "worker0>node0.pcie 0000:10:00.0"), 48e9);
  EXPECT_DOUBLE_EQ(capacity(topology, "node0.pcie 0000:15:00.0>node0.pcie 0000:10:00.0"), 24e9);
  EXPECT_DOUBLE_EQ(capacity(topology, "node0.nic mlx5_3>node0.pcie 0000:95:00.0"), 12.5e9);
  EXPECT_DOUBLE_EQ(capacity(topology, "node0.cpu 1>node0.cpu 0"), 10e9);
}

TEST(NcclTopology, FindsItsWays) {
  Topology topology;
  const Machine made = imported(topology, dump(kSwitches));
  EXPECT_THAT(way(topology, made.gpus[0], made.gpus[3]), ElementsAre("worker0>node0.nvswitch", "node0.nvswitch>worker3"));
  EXPECT_THAT(way(topology, made.gpus[1], made.nics[1]),
              ElementsAre("worker1>node0.pcie 0000:10:00.0", "node0.pcie 0000:10:00.0>node0.pcie 0000:15:00.0",
                          "node0.pcie 0000:15:00.0>node0.nic mlx5_1"));
  Topology plain;
  const Machine without = imported(plain, dump(""));
  EXPECT_EQ(way(plain, without.gpus[0], without.gpus[3]).size(), 5u) << "by both CPUs";
  Topology direct;
  const Machine mesh = imported(direct, dump("          <nvlink target=\"0000:91:00.0\" count=\"4\" tclass=\"0x030200\"/>\n"));
  EXPECT_THAT(way(direct, mesh.gpus[0], mesh.gpus[2]), ElementsAre("worker0>worker2"));
}

TEST(NcclTopology, MachinesWithoutANicGetOne) {
  Topology topology;
  const Machine made = imported(topology,
                                "<system version=\"1\"><cpu numaid=\"0\" arch=\"x86_64\" vendor=\"AuthenticAMD\">"
                                "<pci busid=\"0000:01:00.0\" link_speed=\"8 GT/s\" link_width=\"16\"><gpu dev=\"0\" sm=\"70\"/>"
                                "</pci></cpu></system>");
  EXPECT_DOUBLE_EQ(capacity(topology, "worker0>node0.cpu 0"), 12e9);
  EXPECT_EQ(made.nics.size(), 1u);
}

TEST(NcclTopology, ManyMachinesOfOneFileMakeACluster) {
  const NcclTopology inside = read_nccl_topology(dump(kSwitches));
  Cluster cluster =
      machines(3, [&](Topology& topology, const MachinePlace& place) { return add_nccl_machine(topology, place, inside); });
  FabricSpec spec;
  spec.link = {Bandwidth::bytes_per_second(12.5e9), Time::microseconds(1)};
  attach("star", cluster, spec);
  EXPECT_EQ(cluster.workers.size(), 12u);
  EXPECT_THAT(cluster.host_of_worker, ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2));
  EXPECT_EQ(cluster.description, "3 machines of 4 GPUs and 4 NICs, as NCCL saw them, on one switch, 12.5 GB/s links of 1.00 us");
  EXPECT_EQ(way(cluster, 0, 11).size(), 8u);
}

TEST(MachineRows, MakeClustersOfWholeMachines) {
  InsideSpec spec;
  spec.gpus_per_node = 4;
  spec.nics_per_node = 2;
  spec.inside = spec.nvlink = kNvlink;
  spec.pcie = spec.cpu_link = kPcie;
  spec.nccl_xml = dump(kSwitches);
  for (const MachineRow& row : machine_rows()) {
    const Cluster cluster = workers_in_machines(8, row.name, spec);
    EXPECT_EQ(cluster.workers.size(), 8u) << row.name;
    EXPECT_EQ(cluster.nics.size(), row.kind == nullptr ? 8u : 2u) << row.name;
    EXPECT_FALSE(row.help.empty());
    EXPECT_EQ(row.keys.empty(), row.kind == nullptr) << row.name;
  }
  EXPECT_EQ(error_of([&] { workers_in_machines(6, "nccl", spec); }),
            "6 workers cannot be shared out evenly by 4 GPUs to a machine");
  EXPECT_EQ(error_of([&] { workers_in_machines(6, "nvswtich", spec); }), "no machine 'nvswtich'; did you mean 'nvswitch'?");
}

TEST(NcclTopology, RefusesWhatIsNoSuchFile) {
  EXPECT_EQ(error_of([] { read_nccl_topology("<system>\n<cpu></system>"); }), "line 2: not XML: unexpected end of data");
  EXPECT_EQ(error_of([] { read_nccl_topology("<graphs/>"); }),
            "no <system> in the file: NCCL writes one where NCCL_TOPO_DUMP_FILE is set");
  EXPECT_EQ(error_of([] { read_nccl_topology("<system/>"); }),
            "no <gpu> in the file: NCCL writes one that has them where NCCL_TOPO_DUMP_FILE is set");
  EXPECT_EQ(error_of([] { read_nccl_topology("<system><cpu><pci/></cpu></system>"); }), "<pci> without a busid");
  EXPECT_EQ(error_of([] { read_nccl_topology("<system><cpu><pci busid=\"1\"><gpu dev=\"x\"/></pci></cpu></system>"); }),
            "<gpu> without a number in its attribute 'dev'");
}

}  // namespace
}  // namespace syncline::network
