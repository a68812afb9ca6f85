// A communication stack as a file, or as the section [network.stack] with its [[network.stack.variant]]s.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/training/timeline.h"
#include "network/stack.h"
#include "scenarios/data_folders.h"
#include "scenarios/toml_reader.h"

namespace syncline::scenarios {

/// As written.
struct StackSections {
  Section main;
  std::vector<Section> variants;
  bool says_inside = false;  // a network's own section does, not only the stack's file
};

/// Of the network at `path`: its own section laid over the stack that it names, or over that of `base`, the network's own base.
StackSections read_stack(const DataFolders& folders, const toml::table& network, const std::string& path,
                         const StackSections* base);

/// "ring-all-reduce/LL": its first algorithm, and its protocol where it has one.
std::string variant_name(const Section& variant);

/// `join`: what joins the GPUs of the machines that it runs on, which is known better there than in the stack's file.
/// UserError where a variant names no algorithm, or an unknown one.
network::CommunicationStack stack_of(const StackSections& sections, std::optional<network::GpuJoin> join);

/// A shipped (or the user's) stack by name or file. `join`: as above.
network::CommunicationStack load_stack(const DataFolders& folders, const std::string& name,
                                       std::optional<network::GpuJoin> join = {});

/// The same in place of a network's own stack: its efficiency is multiplied by that of the network's, which stands for what
/// headers take on the wire, unless the file says that it has this already.
network::CommunicationStack load_stack_for(const DataFolders& folders, const std::string& name,
                                           const models::NetworkProfile& network);

}  // namespace syncline::scenarios
