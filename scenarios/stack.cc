#include "scenarios/stack.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <set>

#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kKinds = {"stacks"};

/// The one of these that a variant starts from.
std::size_t base_variant(const std::vector<Section>& variants, const std::string& name) {
  std::vector<std::string> known;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    known.push_back(variant_name(variants[i]));
    if (known.back() != name) continue;
    if (found) throw UserError("several variants are called '" + name + "'");
    found = i;
  }
  if (!found) throw UserError("the stack has no variant '" + name + "'" + suggestion(name, known));
  return *found;
}

/// Lays those of a table that has the keys of [network.stack] over those of its base: they come before them, or take the place
/// of those that they start from.
std::vector<Section> variants_of(const toml::table& stack, const std::string& path, std::vector<Section> base) {
  const SectionFormat& format = section_format("network.stack.variant");
  const std::string inner = joined(path, format.name());
  std::vector<Section> sections;
  int number = 0;
  for (const toml::table* each : tables(stack, format, inner)) {
    const std::string here = inner + "[" + std::to_string(number++) + "]";
    const auto name = (*each)["base"].value<std::string>();
    if (!name) {
      sections.emplace_back(*each, format, here);
      continue;
    }
    Section& replaced =
        base[located(location_of(*each->get("base"), joined(here, "base")), [&] { return base_variant(base, *name); })];
    Section whole(*each, format, here, {}, &replaced);
    replaced = std::move(whole);
  }
  std::ranges::move(base, std::back_inserter(sections));
  return sections;
}

StackSections sections_of(const toml::table& stack, const std::string& path, const StackSections* base) {
  StackSections sections{Section(stack, section_format("network.stack"), path, {}, base ? &base->main : nullptr),
                         variants_of(stack, path, base ? base->variants : std::vector<Section>())};
  sections.says_inside = stack.contains("inside") || (base != nullptr && base->says_inside);
  return sections;
}

StackSections sections_of_file(const DataFolders& folders, const std::string& name) {
  StackSections sections = sections_of(read_toml(folders.find(name, kKinds)), "", nullptr);
  if (sections.main.has("base")) throw UserError(sections.main.where("base"), "a file of a stack starts from nothing");
  sections.says_inside = false;
  return sections;
}

network::GpuJoin join_of(const std::string& name) {
  if (name == "pcie") return network::GpuJoin::pcie;
  return name == "nvlink" ? network::GpuJoin::nvlink : network::GpuJoin::nvswitch;
}

network::Hops hops_of(const std::string& name) {
  if (name == "ring") return network::Hops::ring;
  if (name == "tree") return network::Hops::tree;
  return name == "once" ? network::Hops::once : network::Hops::rounds;
}

/// One for each number of machines, or none.
std::vector<Bandwidth> caps_of(const Section& section, const std::string& key) {
  const std::vector<std::string>& texts = section.texts(key);
  if (!texts.empty() && texts.size() != 3) {
    throw UserError(section.where(key),
                    "must be three bandwidths, for one machine, two, and more; not " + std::to_string(texts.size()));
  }
  std::vector<Bandwidth> caps;
  for (const std::string& text : texts) {
    caps.push_back(located(section.where(key), [&] {
      const Bandwidth cap = parse_bandwidth(text);
      if (!(cap.in_bytes_per_second() > 0)) throw UserError("must be above zero, not '" + text + "'");
      return cap;
    }));
  }
  return caps;
}

network::Condition condition_of(const Section& section) {
  network::Condition condition;
  const auto limit = [&](const std::string& what, auto& least, auto& most) {
    using Limit = std::decay_t<decltype(least)>;
    const auto whole = [&](const std::string& key) {
      return static_cast<Limit>(std::min<std::int64_t>(section.whole(key), std::numeric_limits<Limit>::max()));
    };
    least = whole("least_" + what);
    if (!section.has("most_" + what)) return;
    most = whole("most_" + what);
    if (most < least) throw UserError(section.where("most_" + what), "must not be below least_" + what);
  };
  limit("bytes", condition.least_bytes, condition.most_bytes);
  limit("block", condition.least_block, condition.most_block);
  limit("ranks", condition.least_ranks, condition.most_ranks);
  limit("machines", condition.least_machines, condition.most_machines);
  if (section.text("ranks") != "any") condition.power_of_two = section.text("ranks") == "power of two";
  if (const std::vector<double>& line = section.numbers("ranks_by_bytes"); !line.empty()) {
    if (line.size() != 2)
      throw UserError(section.where("ranks_by_bytes"), "must be two numbers: workers for each byte, and besides");
    condition.ranks_per_byte = line[0];
    condition.ranks_besides = line[1];
  }
  condition.least_join = join_of(section.text("least_inside"));
  return condition;
}

network::Variant variant_of(const Section& section) {
  network::Variant variant;
  variant.algorithms = section.texts("algorithms");
  if (variant.algorithms.empty()) throw UserError(section.where("algorithms"), "must name an algorithm or more");
  for (const std::string& name : variant.algorithms) {
    located(section.where("algorithms"), [&] { return &network::collective(name); });
  }
  variant.protocol = section.text("protocol");
  variant.condition = condition_of(section);
  variant.launch = section.time("launch");
  variant.hops = hops_of(section.text("hops"));
  variant.hop = {section.time("hop_nvlink"), section.time("hop_pcie"), section.time("hop_network")};
  variant.hop_overlaps = section.flag("hop_overlaps");
  if (section.has("hop_alone")) variant.alone_hop = section.time("hop_alone");
  variant.least_inside = section.time("least_hop");
  variant.efficiency = {section.number("efficiency_nvlink"), section.number("efficiency_pcie"),
                        section.number("efficiency_network")};
  variant.caps = caps_of(section, "caps");
  variant.channel_caps = caps_of(section, "channel_caps");
  variant.piece_bytes = section.whole("piece_bytes");
  variant.in_switch = section.flag("in_switch");
  if (section.has("estimate_sent")) variant.sent = section.number("estimate_sent");
  variant.factors = section.numbers("estimate_factors");
  variant.plateau = section.number("plateau");
  variant.plateau_bytes = section.whole("plateau_bytes");
  variant.source = section.text("source");
  return variant;
}

}  // namespace

std::string variant_name(const Section& variant) {
  const std::vector<std::string>& algorithms = variant.texts("algorithms");
  const std::string& protocol = variant.text("protocol");
  return (algorithms.empty() ? "" : algorithms.front()) + (protocol.empty() ? "" : "/" + protocol);
}

StackSections read_stack(const DataFolders& folders, const toml::table& network, const std::string& path,
                         const StackSections* base) {
  const SectionFormat& format = section_format("network.stack");
  const std::string inner = joined(path, format.name());
  const std::vector<const toml::table*> found = tables(network, format, inner);
  if (found.empty()) return base != nullptr ? *base : sections_of({}, inner, nullptr);
  const toml::table& table = *found.front();
  const auto base_name = table["base"].value<std::string>();
  if (!base_name) return sections_of(table, inner, base);
  const StackSections named =
      located(location_of(*table.get("base"), joined(inner, "base")), [&] { return sections_of_file(folders, *base_name); });
  return sections_of(table, inner, &named);
}

network::CommunicationStack stack_of(const StackSections& sections, std::optional<network::GpuJoin> join) {
  const Section& main = sections.main;
  network::CommunicationStack stack;
  stack.name = main.text("name");
  stack.launch = main.time("launch");
  stack.efficiency = main.number("efficiency");
  stack.overlap_slowdown = main.number("overlap_slowdown");
  stack.chains_in_caller = main.text("chained") == "caller";
  stack.source = main.text("source");
  stack.choice = main.text("choice") == "first" ? network::Choice::first : network::Choice::estimate;
  stack.join = join && !sections.says_inside ? *join : join_of(main.text("inside"));
  stack.all_nics = main.text("nics") == "all";
  stack.channels_inside = static_cast<int>(main.whole("channels_inside"));
  stack.channels_across = static_cast<int>(main.whole("channels_across"));
  for (const Section& variant : sections.variants) stack.variants.push_back(variant_of(variant));
  return stack;
}

network::CommunicationStack load_stack(const DataFolders& folders, const std::string& name,
                                       std::optional<network::GpuJoin> join) {
  return stack_of(sections_of_file(folders, name), join);
}

network::CommunicationStack load_stack_for(const DataFolders& folders, const std::string& name,
                                           const models::NetworkProfile& network) {
  const StackSections sections = sections_of_file(folders, name);
  network::CommunicationStack stack = stack_of(sections, network.cluster.join);
  const std::string& included = sections.main.text("wire_included");
  const std::set<int> machines(network.cluster.host_of_worker.begin(), network.cluster.host_of_worker.end());
  const bool charged = included == "none" || (included == "inside" && machines.size() > 1);
  if (charged) stack.efficiency *= network.stack.efficiency;
  return stack;
}

}  // namespace syncline::scenarios
