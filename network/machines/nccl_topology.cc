#include "network/machines/nccl_topology.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <utility>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include "sim/error.h"

namespace syncline::network {
namespace {

using Xml = boost::property_tree::ptree;

constexpr double kLocal = 5000;  // GB/s, where NCCL sees no limit (LOC_BW)

Bandwidth gigabytes(double per_second) { return Bandwidth::bytes_per_second(per_second * 1e9); }

std::string text_of(const Xml& element, const std::string& attribute, const std::string& standard = "") {
  return element.get<std::string>("<xmlattr>." + attribute, standard);
}

double number_of(const std::string& name, const Xml& element, const std::string& attribute, double standard = -1) {
  const auto value = element.get_optional<double>("<xmlattr>." + attribute);
  if (!value && (standard < 0 || element.get_optional<std::string>("<xmlattr>." + attribute))) {
    throw UserError("<" + name + "> without a number in its attribute '" + attribute + "'");
  }
  return value.value_or(standard);
}

/// GB/s of one lane, by the text that Linux has for it; its versions differ in "8 GT/s" and "8.0 GT/s PCIe". Unknown: 3.0.
double lane_bandwidth(const std::string& speed) {
  constexpr std::array<std::pair<double, double>, 6> kGigatransfers = {
      {{2.5, 15}, {5, 30}, {8, 60}, {16, 120}, {32, 240}, {64, 480}}};  // and 100 Mbit/s
  std::istringstream in(speed);
  double value = 0;
  in >> value;
  for (const auto& [transfers, rate] : kGigatransfers) {
    if (value == transfers) return rate / 80;
  }
  return 60.0 / 80;
}

/// GB/s of one NVLink, one way, by compute capability.
double nvlink_bandwidth(int architecture) {
  if (architecture >= 90) return 20.6;
  if (architecture == 86) return 12;
  if (architecture >= 70 || architecture < 60) return 20;
  return 18;
}

/// GB/s between two CPUs.
double cpu_bandwidth(const Xml& cpu) {
  const std::string architecture = text_of(cpu, "arch"), vendor = text_of(cpu, "vendor");
  const double family = number_of("cpu", cpu, "familyid", 0), model = number_of("cpu", cpu, "modelid", 0);
  if (architecture == "ppc64") return 32;
  if (architecture == "arm64") return 6;
  if (vendor == "GenuineIntel") return family == 6 && model >= 0x55 ? 10 : 6;
  if (vendor == "AuthenticAMD") return 16;
  if (vendor == "CentaurHauls" || vendor == "  Shanghai  ") return family == 7 && model == 0x5B ? 9 : 6;
  return kLocal;
}

/// "0000:16:00.0" is the device "0000:16:00": its functions share a link.
std::string device_of(const std::string& bus_id) { return bus_id.substr(0, bus_id.find('.')); }

class Reader {
 public:
  explicit Reader(const NcclLatencies& latencies) : latencies_(latencies) {}

  NcclTopology read(const Xml& system) {
    for (const auto& [name, cpu] : system) {
      if (name == "cpu") add_cpu(cpu);
    }
    if (gpus_.empty()) throw UserError("no <gpu> in the file: NCCL writes one that has them where NCCL_TOPO_DUMP_FILE is set");
    for (const Gpu& gpu : gpus_) add_nvlinks(gpu);
    join_cpus();
    for (const auto& [dev, gpu] : sorted(gpu_devs_)) result_.gpus.push_back(gpu);
    for (const auto& [dev, nic] : sorted(nic_devs_)) result_.nics.push_back(nic);
    if (result_.nics.empty()) {
      result_.nics.push_back(add_item("nic"));
      join(result_.nics.back(), cpus_.front().first, kLocal, latencies_.pcie);
    }
    result_.description =
        std::to_string(result_.gpus.size()) + " GPUs and " + std::to_string(result_.nics.size()) + " NICs, as NCCL saw them,";
    return std::move(result_);
  }

 private:
  struct Gpu {
    std::size_t item = 0, cpu = 0;
    const Xml* xml = nullptr;
  };
  using Devs = std::vector<std::pair<double, std::size_t>>;  // by `dev`

  static Devs sorted(Devs devs) {
    std::stable_sort(devs.begin(), devs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return devs;
  }

  std::size_t add_item(std::string name, NodeKind kind = NodeKind::network_switch) {
    result_.items.push_back({kind, std::move(name)});
    return result_.items.size() - 1;
  }
  void join(std::size_t from, std::size_t to, double gigabytes_per_second, Time latency, bool both_ways = true) {
    result_.cables.push_back({from, to, {gigabytes(gigabytes_per_second), latency}, both_ways});
  }

  void add_cpu(const Xml& cpu) {
    const std::size_t item = add_item("cpu " + text_of(cpu, "numaid", "0"));
    cpus_.emplace_back(item, cpu_bandwidth(cpu));
    for (const auto& [name, inner] : cpu) {
      if (name == "pci") add_pci(inner, item, item);
      if (name == "nic") add_nics(inner, item);
    }
  }

  void add_pci(const Xml& pci, std::size_t parent, std::size_t cpu) {
    const std::string bus_id = text_of(pci, "busid");
    if (bus_id.empty()) throw UserError("<pci> without a busid");
    double width = number_of("pci", pci, "link_width", 16);
    if (width == 0) width = 16;  // as NCCL: not known
    const double bandwidth = width * lane_bandwidth(text_of(pci, "link_speed"));
    if (const auto gpu = pci.get_child_optional("gpu")) {
      const std::size_t item = add_item("", NodeKind::gpu);
      gpu_of_bus_[bus_id] = item;
      gpus_.push_back({item, cpu, &*gpu});
      gpu_devs_.emplace_back(number_of("gpu", *gpu, "dev"), item);
      join(item, parent, bandwidth, latencies_.pcie);
      return;
    }
    if (const auto nic = pci.get_child_optional("nic")) {
      const auto [found, is_new] = nic_of_device_.try_emplace(device_of(bus_id), 0);
      if (is_new) {
        found->second = add_item("pcie " + bus_id);
        join(found->second, parent, bandwidth, latencies_.pcie);
      }
      return add_nics(*nic, found->second);
    }
    const std::size_t item = add_item("pcie " + bus_id);
    join(item, parent, bandwidth, latencies_.pcie);
    for (const auto& [name, inner] : pci) {
      if (name == "pci") add_pci(inner, item, cpu);
    }
  }

  void add_nics(const Xml& nic, std::size_t parent) {
    for (const auto& [name, net] : nic) {
      if (name != "net") continue;
      double megabits = number_of("net", net, "speed", 0);
      if (megabits <= 0) megabits = 10'000;  // as NCCL: some drivers say -1
      const std::size_t item = add_item("nic " + text_of(net, "name", text_of(net, "dev", "0")));
      nic_devs_.emplace_back(number_of("net", net, "dev"), item);
      join(item, parent, megabits / 8000, Time::from_seconds(number_of("net", net, "latency", 0) * 1e-6));
    }
  }

  void add_nvlinks(const Gpu& gpu) {
    const double each = nvlink_bandwidth(static_cast<int>(number_of("gpu", *gpu.xml, "sm")));
    double to_switches = 0;
    for (const auto& [name, link] : *gpu.xml) {
      if (name == "c2c") {
        join(gpu.item, gpu.cpu, number_of("c2c", link, "bw") * number_of("c2c", link, "count") / 1000, latencies_.nvlink);
      }
      if (name != "nvlink") continue;
      const double bandwidth = each * number_of("nvlink", link, "count");
      const std::string target_class = text_of(link, "tclass");
      if (target_class.starts_with("0x03")) {
        const auto target = gpu_of_bus_.find(text_of(link, "target"));
        if (target == gpu_of_bus_.end()) continue;
        join(gpu.item, target->second, bandwidth, latencies_.nvlink, false);
        if (result_.join == GpuJoin::pcie) result_.join = GpuJoin::nvlink;
      } else if (target_class == "0x068001") {
        join(gpu.item, gpu.cpu, bandwidth, latencies_.nvlink);
      } else {
        to_switches += bandwidth;
      }
    }
    if (to_switches == 0) return;
    if (!has_nvswitch_) nvswitch_ = add_item("nvswitch");
    has_nvswitch_ = true;
    result_.join = GpuJoin::nvswitch;
    join(gpu.item, nvswitch_, to_switches, latencies_.to_nvswitch);
  }

  void join_cpus() {
    for (const auto& [from, bandwidth] : cpus_) {
      for (const auto& [to, other] : cpus_) {
        if (from != to) join(from, to, bandwidth, latencies_.cpu_link, false);
      }
    }
  }

  NcclLatencies latencies_;
  NcclTopology result_;
  std::vector<std::pair<std::size_t, double>> cpus_;  // item, GB/s to other CPUs
  std::vector<Gpu> gpus_;
  Devs gpu_devs_, nic_devs_;
  std::map<std::string, std::size_t> gpu_of_bus_, nic_of_device_;
  std::size_t nvswitch_ = 0;
  bool has_nvswitch_ = false;
};

}  // namespace

NcclTopology read_nccl_topology(const std::string& xml, const NcclLatencies& latencies) {
  Xml root;
  try {
    std::istringstream in(xml);
    boost::property_tree::read_xml(in, root, boost::property_tree::xml_parser::no_comments);
  } catch (const boost::property_tree::xml_parser_error& error) {
    throw UserError("line " + std::to_string(error.line()) + ": not XML: " + error.message());
  }
  const auto system = root.get_child_optional("system");
  if (!system) throw UserError("no <system> in the file: NCCL writes one where NCCL_TOPO_DUMP_FILE is set");
  return Reader(latencies).read(*system);
}

Machine add_nccl_machine(Topology& topology, const MachinePlace& place, const NcclTopology& inside) {
  std::vector<NodeId> nodes(inside.items.size());
  Machine machine;
  for (std::size_t gpu = 0; gpu < inside.gpus.size(); ++gpu) {
    const NodeId node = topology.add_node(NodeKind::gpu, place.gpu_name(static_cast<int>(gpu)));
    nodes[inside.gpus[gpu]] = node;
    machine.gpus.push_back(node);
  }
  for (std::size_t i = 0; i < inside.items.size(); ++i) {
    const NcclTopology::Item& item = inside.items[i];
    if (item.kind != NodeKind::gpu) nodes[i] = topology.add_node(item.kind, place.name() + "." + item.name);
  }
  for (const std::size_t nic : inside.nics) machine.nics.push_back(nodes[nic]);
  for (const NcclTopology::Cable& cable : inside.cables) {
    topology.add_link(nodes[cable.from], nodes[cable.to], cable.link.bandwidth, cable.link.latency);
    if (cable.both_ways) topology.add_link(nodes[cable.to], nodes[cable.from], cable.link.bandwidth, cable.link.latency);
  }
  machine.description = inside.description;
  return machine;
}

}  // namespace syncline::network
