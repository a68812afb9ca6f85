// One network as it is written, and what is made of it part by part. Only the sources of this folder include this header.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/training/timeline.h"
#include "network/cluster.h"
#include "scenarios/stack.h"
#include "scenarios/toml_reader.h"

namespace syncline::scenarios {

/// Its own section and those inside it; those of the base, as far as they fit, first.
struct NetworkSections {
  Section main;
  StackSections stack;
  std::vector<Section> workers, links, routes, changes, random_changes, fitted;
};

/// A network of a scenario before it is built for some number of workers.
struct NamedNetwork {
  std::string name;
  Location where;
  NetworkSections sections;
  std::optional<NetworkSections> base;
  std::string standard_name;  // where its section gives none
  bool described = false;     // by a [[network]]; else named in `networks`
  std::size_t place = 0;      // among those
};

/// Those of the key `networks`, then those of [[network]]; names differ.
std::vector<NamedNetwork> named_networks(const DataFolders& folders, const toml::table& root, const Section& top);
/// Nothing where none has this name.
const NamedNetwork* find_network(const std::vector<NamedNetwork>& networks, const std::string& name);
models::NetworkProfile build_network(const NamedNetwork& network, int workers);

/// What joins the machines, and what is inside of them: rows' names, "nodes" being a star of "switch". With "links": "host".
std::string fabric_of(const Section& main);
std::string machine_of(const Section& main);

/// "bandwidth" and "latency", each behind the prefix.
network::LinkSpec link_spec(const Section& section, const std::string& prefix = "");

/// Workers, machines, what joins them, and how ways are found. UserError at the key of a count that does not fit the workers, or
/// at the section where two workers are not connected.
network::Cluster build_cluster(const NetworkSections& sections, int workers);

/// One more than the greatest number of a worker that its links name; nothing where none is named.
std::optional<int> workers_in_links(const NetworkSections& sections);

/// What its links do over time. UserError where a name fits no node or link, or where workers would wait for ever.
network::ChangingLinks read_changes(const NetworkSections& sections, const network::Cluster& cluster);

}  // namespace syncline::scenarios
