// Whatever is wrong with the input, the user gets one clear line with file, line and key where there is one, and the nearest
// name where there is one; exit code 2; and no output file, not even a part of one.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

struct BadInput {
  std::string name;
  std::string from, to;                // what is changed in the small scenario; nothing where `from` is empty
  std::vector<std::string> arguments;  // after "run s.toml --quiet --json out.json --trace out.trace"
  std::vector<std::string> expected;   // all of them are in the line
};

void PrintTo(const BadInput& input, std::ostream* stream) { *stream << input.name; }

const std::string kNetwork = "[[network]]\nname = \"own\"\n";  // begins at line 16 where it replaces "[[method]]\n"

BadInput in_network(std::string name, std::string lines, std::vector<std::string> expected) {
  return {std::move(name), "[[method]]\n", kNetwork + lines + "\n[[method]]\n", {}, std::move(expected)};
}
/// The variant's algorithm in line 19, then `lines`.
BadInput in_variant(std::string name, const std::string& algorithm, const std::string& lines, std::vector<std::string> expected) {
  return in_network(std::move(name), "[[network.stack.variant]]\nalgorithms = [\"" + algorithm + "\"]\n" + lines,
                    std::move(expected));
}
BadInput in_file(std::string name, std::string from, std::string to, std::vector<std::string> expected) {
  return {std::move(name), std::move(from), std::move(to), {}, std::move(expected)};
}
/// A line of [training] in place of "batch = 4", line 7.
BadInput in_training(std::string name, std::string line, const std::string& complaint) {
  return in_file(std::move(name), "batch = 4", std::move(line), {"s.toml:7: training." + complaint});
}
/// `right`, in quotes, is misspelt: the message repeats what is written and offers what is meant.
BadInput misspelt(std::string name, const std::string& right, const std::string& wrong, std::string where) {
  return in_file(std::move(name), "\"" + right + "\"", "\"" + wrong + "\"",
                 {std::move(where), "'" + wrong + "'", "; did you mean '" + right + "'?"});
}
BadInput by_arguments(std::string name, std::vector<std::string> arguments, std::vector<std::string> expected) {
  return {std::move(name), "", "", std::move(arguments), std::move(expected)};
}

/// [[network.change]] or another section of one cable, whose first key is in line 19; the line of `lines` is 21.
BadInput in_change(std::string name, const std::string& section, const std::string& lines, std::vector<std::string> expected) {
  return in_network(std::move(name), "[[network." + section + "]]\nfrom = \"worker0\"\nto = \"switch\"\n" + lines,
                    std::move(expected));
}

const std::string kFatTree = "topology = \"fat-tree\"\nleaf_hosts = 1\nspines = 2\n";  // lines 18 to 20
const std::string kDown = "at = \"1 ms\"\nstate = \"down\"";

/// Shapes of networks whose counts, keys or names do not fit; two workers.
std::vector<BadInput> bad_topologies() {
  return {
      in_network("misspelt_topology", "topology = \"dragonfly2\"", {"s.toml:18: network[0].topology", "'dragonfly'"}),
      in_network("leaf_hosts_missing", "topology = \"fat-tree\"\nspines = 2",
                 {"s.toml:16: network[0].leaf_hosts: missing", "whole number from 1"}),
      in_network(
          "leaf_hosts_of_a_star", "leaf_hosts = 2",
          {"s.toml:18: network[0].leaf_hosts: has no effect: it is read only with topology = \"fat-tree\" or \"fat-tree-3\""}),
      in_network("leaf_hostz", "topology = \"fat-tree\"\nleaf_hostz = 2",
                 {"s.toml:19: network[0].leaf_hostz: unknown key", "'leaf_hosts'"}),
      in_network("uneven_leaves", "topology = \"fat-tree\"\nleaf_hosts = 3\nspines = 1",
                 {"s.toml:19: network[0].leaf_hosts: 2 hosts cannot be shared out by 3 to a leaf"}),
      in_network("no_spines", "topology = \"fat-tree\"\nleaf_hosts = 1\nspines = 0",
                 {"s.toml:20: network[0].spines: the number of spines must be positive"}),
      in_network("zero_oversubscription", kFatTree + "oversubscription = 0",
                 {"s.toml:21: network[0].oversubscription: must be from 0.001"}),
      in_network("rails_of_hosts", "topology = \"rails\"\npod_hosts = 1\nspines = 1",
                 {"s.toml:18: network[0].topology: rails need machines of two NICs or more"}),
      in_network("torus_of_others", "topology = \"torus\"\ntorus = [2, 2]",
                 {"s.toml:19: network[0].torus: a torus of 2x2 has 4 places for 2 hosts"}),
      in_network("torus_of_one_dimension", "topology = \"torus\"\ntorus = [2]", {"s.toml:19: network[0].torus", "two or three"}),
      in_network("torus_as_text", "topology = \"torus\"\ntorus = \"2x1\"",
                 {"s.toml:19: network[0].torus: must be a list of whole numbers"}),
      in_network("torus_of_fractions", "topology = \"torus\"\ntorus = [2, 0.5]",
                 {"s.toml:19: network[0].torus: each must be from 1 to 65536, not 0.5"}),
      in_network("torus_of_zero", "topology = \"torus\"\ntorus = [2, 0]",
                 {"s.toml:19: network[0].torus: each must be from 1 to 65536, not 0"}),
      in_network("wrong_unit_far_away",
                 "topology = \"dragonfly\"\nrouter_hosts = 1\ngroup_routers = 1\nrouter_globals = 1\nfar_bandwidth = \"10 GB\"",
                 {"s.toml:22: network[0].far_bandwidth", "bit/s"}),
      in_network("far_latency_missing", "topology = \"two-sites\"\nfirst_site = 1\nfar_bandwidth = \"1 GB/s\"",
                 {"s.toml:16: network[0].far_latency: missing; it is a time"}),
      in_network("everybody_at_one_site",
                 "topology = \"two-sites\"\nfirst_site = 2\nfar_bandwidth = \"1 GB/s\"\nfar_latency = \"1 ms\"",
                 {"s.toml:19: network[0].first_site: the first site must have 1 to 1"}),
      in_network("bandwidth_of_links", "topology = \"links\"\nbandwidth = \"1 GB/s\"",
                 {"s.toml:19: network[0].bandwidth: has no effect: it is not read with topology = \"links\""}),
      in_network("route_without_a_link", kFatTree + "[[network.route]]\nway = [\"worker0\", \"leaf1\", \"worker1\"]",
                 {"s.toml:22: network[0].route[0].way: there is no link from worker0 to leaf1"}),
      in_network("route_by_no_node", kFatTree + "[[network.route]]\nway = [\"worker0\", \"leaf0\", \"spin1\", \"worker1\"]",
                 {"s.toml:22: network[0].route[0].way: no node 'spin1'; did you mean 'spine1'?"}),
      in_network("route_from_a_switch", kFatTree + "[[network.route]]\nway = [\"leaf0\", \"spine0\", \"leaf1\", \"worker1\"]",
                 {"s.toml:22: network[0].route[0].way: must begin and end with a worker"}),
      in_network("the_same_route_twice",
                 kFatTree + "[[network.route]]\nway = [\"worker0\", \"leaf0\", \"spine0\", \"leaf1\", \"worker1\"]\n"
                            "[[network.route]]\nway = [\"worker0\", \"leaf0\", \"spine1\", \"leaf1\", \"worker1\"]",
                 {"s.toml:24: network[0].route[1].way: a second way from worker0 to worker1"}),
      in_network("seed_without_ecmp", "routing_seed = 1",
                 {"s.toml:18: network[0].routing_seed: has no effect: it is read only with routing = \"ecmp\""}),
      in_network("unknown_routing", "routing = \"ecpm\"", {"s.toml:18: network[0].routing: 'ecpm'", "'ecmp'"}),
  };
}

std::vector<BadInput> bad_machines() {
  return {
      in_network("unknown_machine", "machine = \"nvswich\"", {"s.toml:18: network[0].machine: 'nvswich'", "'nvswitch'"}),
      in_network("machine_of_nodes", "topology = \"nodes\"\nmachine = \"pcie\"",
                 {"s.toml:19: network[0].machine: has no effect: it is not read with topology = \"nodes\" or \"links\""}),
      in_network("gpus_of_a_host", "gpus_per_node = 2",
                 {"s.toml:18: network[0].gpus_per_node: has no effect", "machine = \"switch\""}),
      in_network("uneven_machines", "machine = \"nvswitch\"\ngpus_per_node = 3",
                 {"s.toml:19: network[0].gpus_per_node: 2 workers cannot be shared out evenly by 3 GPUs"}),
      in_network("uneven_nics", "machine = \"pcie\"\ngpus_per_node = 2\nnics_per_node = 3",
                 {"s.toml:20: network[0].nics_per_node: 2 GPUs cannot be shared out evenly by 3 NICs"}),
      in_network("nvlink_slower_than_pcie", "machine = \"nvlink\"\ngpus_per_node = 2\nnvlink_latency = \"3 us\"",
                 {"s.toml:20: network[0].nvlink_latency: NVLink's latency must be below PCIe's"}),
      in_network("cpu_link_of_one_cpu", "machine = \"pcie\"\ngpus_per_node = 2\ncpu_link_latency = \"3 us\"",
                 {"s.toml:20: network[0].cpu_link_latency: has no effect: a machine of one NIC has one CPU"}),
      in_network("xml_missing", "machine = \"nccl\"", {"s.toml:16: network[0].machine_xml: missing"}),
      in_network("xml_not_there", "machine = \"nccl\"\nmachine_xml = \"no.xml\"",
                 {"s.toml:19: network[0].machine_xml: 'no.xml' cannot be read"}),
      in_network("xml_is_no_xml", "machine = \"nccl\"\nmachine_xml = \"s.toml\"",
                 {"s.toml:19: network[0].machine_xml: 's.toml': line 1: not XML"}),
      in_network("worker_of_many_links",
                 "machine = \"pcie\"\ngpus_per_node = 2\n[[network.worker]]\nindex = 0\nbandwidth = \"1 GB/s\"",
                 {"s.toml:22: network[0].worker[0].bandwidth: a worker has several links with machine = \"pcie\""}),
  };
}

std::vector<BadInput> bad_changes() {
  return {
      in_network("changed_link_of_no_node", "[[network.change]]\nfrom = \"worker0\"\nto = \"swich\"\n" + kDown,
                 {"s.toml:20: network[0].change[0].to: no node 'swich'; did you mean 'switch'?"}),
      in_network("changed_link_that_is_none", "[[network.change]]\nfrom = \"worker0\"\nto = \"worker*\"\n" + kDown,
                 {"s.toml:20: network[0].change[0].to: there is no link from 'worker0' to 'worker*'"}),
      in_change("change_without_time", "change", "state = \"down\"", {"s.toml:18: network[0].change[0].at: missing"}),
      in_change("change_of_nothing", "change", "at = \"1 ms\"", {"s.toml:18: network[0].change[0]: changes nothing"}),
      in_change("change_to_a_wrong_unit", "change", "at = \"1 ms\"\nbandwidth = \"1 ms\"",
                {"s.toml:22: network[0].change[0].bandwidth"}),
      in_change("change_to_no_state", "change", "at = \"1 ms\"\nstate = \"dwon\"",
                {"s.toml:22: network[0].change[0].state: 'dwon'", "'down'"}),
      in_change("down_for_ever", "change", kDown,
                {"s.toml:22: network[0].change[0].state: the link worker0>switch goes down and never comes up again"}),
      in_network("no_way_around", "on_link_down = \"reroute\"\n[[network.change]]\nfrom = \"worker0\"\nto = \"switch\"\n" + kDown,
                 {"s.toml:23: network[0].change[0].state", "no way around"}),
      in_network("change_after_the_list_has_begun_again",
                 "change_period = \"1 ms\"\n[[network.change]]\nfrom = \"worker0\"\nto = \"switch\"\n" + kDown,
                 {"s.toml:22: network[0].change[0].at: must be before change_period"}),
      in_network("period_of_no_list", "change_period = \"1 ms\"",
                 {"s.toml:18: network[0].change_period: has no effect: there is no [[network.change]]"}),
      in_network("measured_steps_of_steady_links", "measured_steps = 7",
                 {"s.toml:18: network[0].measured_steps: has no effect: no link changes"}),
      in_network("reroute_where_nothing_fails", "on_link_down = \"reroute\"",
                 {"s.toml:18: network[0].on_link_down: has no effect: no link goes down"}),
      in_network("one_bracket_for_changes", "[network.change]\nat = \"1 ms\"",
                 {"s.toml:18: network[0].change", "[[network.change]]"}),
      in_change("failure_without_repair", "random_change", "mtbf = \"1 s\"",
                {"s.toml:21: network[0].random_change[0].mtbf: needs mttr, too"}),
      in_change("repair_without_failure", "random_change", "mttr = \"1 s\"",
                {"s.toml:21: network[0].random_change[0].mttr: has no effect without mtbf"}),
      in_change("random_change_of_nothing", "random_change", "seed = 3",
                {"s.toml:18: network[0].random_change[0]: changes nothing"}),
      in_change("failures_without_a_break", "random_change", "mtbf = \"0 s\"\nmttr = \"1 s\"",
                {"s.toml:21: network[0].random_change[0].mtbf: must be at least 1 us"}),
      in_change("mostly_down", "random_change", "mtbf = \"1 ms\"\nmttr = \"2 s\"",
                {"s.toml:22: network[0].random_change[0].mttr: must be at most 1000 times mtbf"}),
      in_change("bandwidth_that_stays", "random_change", "mtbf = \"1 s\"\nmttr = \"1 ms\"\nleast_bandwidth = 0.1",
                {"s.toml:23: network[0].random_change[0].least_bandwidth: has no effect without mean_between_changes"}),
      in_change("least_above_greatest", "random_change",
                "mean_between_changes = \"1 s\"\nleast_bandwidth = 2\ngreatest_bandwidth = 1",
                {"s.toml:22: network[0].random_change[0].least_bandwidth: must not be above greatest_bandwidth"}),
      in_change("latency_that_stays", "random_change", "mtbf = \"1 s\"\nmttr = \"1 ms\"\nleast_latency = 0.1",
                {"s.toml:23: network[0].random_change[0].least_latency: has no effect without mean_between_latencies"}),
      in_change("least_latency_above_greatest", "random_change", "mean_between_latencies = \"1 s\"\nleast_latency = 2.5",
                {"s.toml:22: network[0].random_change[0].least_latency: must not be above greatest_latency"}),
  };
}

std::vector<BadInput> bad_inputs() {
  return {
      // Keys
      in_file("unknown_key", "workers = 2", "wrokers = 2", {"s.toml:6: training.wrokers: unknown key", "'workers'"}),
      in_file("unknown_key_at_top", "gpu =", "gpus =", {"s.toml:2: gpus: unknown key", "'gpu'"}),
      in_file("far_from_any_key", "gpu =", "zzzzzzzzzz =",
              {"s.toml:2: zzzzzzzzzz: unknown key; known: training, dataset, gpu, network, method, job, collective, iteration, "
               "title, networks\n"}),
      in_file("line_break_in_key", "batch = 4", "\"ba\\ntch\" = 4", {"s.toml:7: training.ba\\ntch: unknown key"}),
      in_file("line_break_in_name", "\"mlp\"", "\"m\\u001b\\nlp\"",
              {"s.toml:5: training.model: 'm\\x1b\\nlp' is none of its values"}),
      in_file("unknown_section", "[dataset]", "[datasets]", {"s.toml:11: datasets: unknown key", "'dataset'"}),
      in_file("unknown_parameter", "density = 0.5", "densty = 0.5", {"s.toml:21: method[1].densty: unknown key", "'density'"}),
      in_file("parameter_of_another_method", "name = \"s-sgd\"", "name = \"s-sgd\"\ndensity = 0.5",
              {"s.toml:18: method[0].density: unknown key"}),
      in_file("unused_key", "test = 64", "alpha = 0.1", {"s.toml:14: dataset.alpha", "shards = \"dirichlet\""}),
      in_file("key_for_another_schedule", "batch = 4", "step_factor = 0.5",
              {"s.toml:7: training.step_factor", "schedule = \"step\""}),
      in_file("stage_of_fixed_step_size", "name = \"s-sgd\"", "name = \"k-avg\"\nstage_rounds = 7",
              {"s.toml:18: method[0].stage_rounds: has no effect", "step_size = \"diminishing\""}),
      in_file("bucket_without_fusion", "name = \"s-sgd\"", "name = \"s-sgd\"\nschedule = \"wfbp\"\nbucket_mib = 7",
              {"s.toml:19: method[0].bucket_mib: has no effect", "schedule = \"ddp\""}),
      in_file("start_up_of_closed_form", "name = \"s-sgd\"", "name = \"s-sgd\"\nschedule = \"mg-wfbp\"\nstart_up_us = 7",
              {"s.toml:19: method[0].start_up_us: has no effect", "all_reduce_model = \"given\""}),
      in_file("servers_for_top_k", "name = \"top-k\"", "name = \"top-k\"\nschedule = \"byteps\"",
              {"method[1].schedule: 'byteps' is none of its values"}),
      in_file("misspelt_scheduler", "name = \"s-sgd\"", "name = \"s-sgd\"\nschedule = \"mgwfbp\"",
              {"s.toml:18: method[0].schedule: 'mgwfbp' is none of its values; did you mean 'mg-wfbp'"}),
      in_file("first_bucket_of_all", "name = \"s-sgd\"", "name = \"power-sgd\"\nfirst_bucket_mib = 7",
              {"s.toml:18: method[0].first_bucket_mib: has no effect", "schedule = \"ddp\""}),
      in_file("key_twice", "batch = 4", "batch = 4\nbatch = 8", {"s.toml:8:", "not TOML"}),
      in_file("syntax_error", "batch = 4", "batch = = 4", {"s.toml:7:", "not TOML"}),
      in_file("open_string", "model = \"mlp\"", "model = \"mlp", {"s.toml:5:", "not TOML"}),
      in_file("missing_method_name", "name = \"s-sgd\"\n", "", {"s.toml:16: method[0].name: missing"}),
      // Types
      in_file("text_for_number", "workers = 2", "workers = \"two\"", {"s.toml:6: training.workers: must be a number"}),
      in_file("number_for_text", "model = \"mlp\"", "model = 3", {"s.toml:5: training.model: must be a text"}),
      in_file("fraction_of_a_worker", "workers = 2", "workers = 2.5", {"s.toml:6: training.workers", "whole number"}),
      in_training("list_for_number", "batch = [4]", "batch: must be"),
      in_file("text_for_list", "networks = [\"10gbe\"]", "networks = \"10gbe\"", {"s.toml:1: networks: must be a list of texts"}),
      in_file("number_in_list", "networks = [\"10gbe\"]", "networks = [10]", {"s.toml:1: networks: must be a list of texts"}),
      in_file("one_bracket", "[[method]]\nname = \"s-sgd\"\n\n[[method]]\nname = \"top-k\"\ndensity = 0.5",
              "[method]\nname = \"s-sgd\"", {"s.toml:16: method", "[[method]]"}),
      in_file("flag_as_text", "name = \"s-sgd\"", "name = \"s-sgd\"\nschedule = \"byteps\"\nfused = \"yes\"",
              {"s.toml:19: method[0].fused: must be true or false"}),
      // Ranges
      in_file("zero_workers", "workers = 2", "workers = 0", {"s.toml:6: training.workers: must be from 1", "not 0"}),
      in_training("negative_batch", "batch = -4", "batch: must be from 1 to 65536, not -4"),
      in_file("zero_k", "name = \"s-sgd\"", "name = \"k-avg\"\nk = 0", {"s.toml:18: method[0].k: must be from 1", "not 0"}),
      in_file("density_two", "density = 0.5", "density = 2", {"s.toml:21: method[1].density: must be", "to 1, not 2"}),
      in_training("nan_momentum", "momentum = nan", "momentum: must be from 0"),
      in_file("infinite_epochs", "epochs = 0.1", "epochs = inf", {"s.toml:8: training.epochs: must be from"}),
      in_training("target_in_percent", "target_accuracy = 88", "target_accuracy: must be from 0 to 1"),
      in_file("warmup_too_long", "epochs = 0.1", "epochs = 0.1\nschedule = \"warmup-cosine\"\nwarmup_epochs = 3",
              {"s.toml:10: training.warmup_epochs: must be shorter"}),
      in_file("more_workers_than_samples", "train = 512", "train = 1",
              {"s.toml:6: training.workers: only 1 training samples for 2 workers"}),
      in_file("fewer_samples_than_workers",
              "workers = 2\nbatch = 4\nepochs = 0.1\nlearning_rate = 0.1\n\n[dataset]\nname = \"synthetic\"\ntrain = 512",
              "\n[dataset]\nname = \"synthetic\"\ntrain = 31",
              {"s.toml:9: dataset.train: only 31 training samples for 32 workers"}),
      in_file("negative_learning_rate", "learning_rate = 0.1", "learning_rate = -1",
              {"s.toml:9: training.learning_rate: must be above 0, not -1"}),
      // Names
      misspelt("unknown_method", "top-k", "top-q", "s.toml:20: method[1].name: unknown method"),
      misspelt("unknown_model", "mlp", "mpl", "s.toml:5: training.model: "),
      misspelt("unknown_network", "10gbe", "10gb", "s.toml:1: networks: unknown name"),
      misspelt("unknown_gpu", "v100", "v1000", "s.toml:2: gpu: unknown name"),
      misspelt("unknown_dataset", "synthetic", "sinthetic", "s.toml:12: dataset.name: "),
      in_training("unknown_schedule", "schedule = \"constent\"",
                  "schedule: 'constent' is none of its values; did you mean 'constant'"),
      in_file("missing_network_file", "\"10gbe\"", "\"nets/own.toml\"", {"s.toml:1: networks: no file 'nets/own.toml'"}),
      in_file("same_label_twice", "name = \"top-k\"\ndensity = 0.5", "name = \"s-sgd\"",
              {"s.toml:19: method[1]: a second method labelled 's-sgd'"}),
      in_file("same_network_twice", "[\"10gbe\"]", "[\"10gbe\", \"10gbe\"]",
              {"s.toml:1: networks: a second network named '10gbe'"}),
      in_file("no_networks", "[\"10gbe\"]", "[]", {"s.toml:1: networks: no network to play"}),
      in_file("no_methods", "[[method]]\nname = \"s-sgd\"\n\n[[method]]\nname = \"top-k\"\ndensity = 0.5\n", "",
              {"s.toml: method: no method to compare"}),
      // Networks
      in_network("wrong_unit", "bandwidth = \"10 GB\"", {"s.toml:18: network[0].bandwidth", "bit/s"}),
      in_network("no_unit", "bandwidth = 10", {"s.toml:18: network[0].bandwidth: must be a text with a unit"}),
      in_network("negative_bandwidth", "bandwidth = \"-1 Gbit/s\"",
                 {"s.toml:18: network[0].bandwidth: '-1 Gbit/s' is not a bandwidth: a number, not negative, and one of bit/s"}),
      in_network("zero_bandwidth", "bandwidth = \"0 Gbit/s\"",
                 {"s.toml:18: network[0].bandwidth: must be above zero, not '0 Gbit/s'"}),
      in_network("negative_latency", "latency = \"-3 us\"",
                 {"s.toml:18: network[0].latency: '-3 us' is not a time: a number, not negative, and one of ps"}),
      in_network("unit_of_another_kind", "latency = \"3 MB\"",
                 {"s.toml:18: network[0].latency: '3 MB' is not a time: a number, not negative, and one of ps"}),
      in_network("unknown_topology", "topology = \"ring\"", {"s.toml:18: network[0].topology", "star"}),
      in_network("unknown_collective", "all_reduce = \"ring-allreduce\"",
                 {"s.toml:18: network[0].all_reduce", "'ring-all-reduce'"}),
      in_network("racks_of_a_star", "racks = 2", {"s.toml:18: network[0].racks", "topology = \"racks\""}),
      in_network("bandwidth_of_links", "topology = \"links\"\nbandwidth = \"1 Gbit/s\"",
                 {"s.toml:19: network[0].bandwidth: has no effect: it is not read with topology = \"links\""}),
      in_network("latency_of_links", "topology = \"links\"\nlatency = \"1 us\"",
                 {"s.toml:19: network[0].latency: has no effect: it is not read with topology = \"links\""}),
      in_network("uneven_racks", "topology = \"racks\"\nracks = 3", {"s.toml:19: network[0].racks", "evenly"}),
      in_network("unknown_base", "base = \"1gbee\"", {"s.toml:18: network[0].base: unknown name '1gbee'", "'1gbe'"}),
      in_network("no_such_worker", "[[network.worker]]\nindex = 2",
                 {"s.toml:19: network[0].worker[0].index: there is no worker 2"}),
      in_network("worker_without_index", "[[network.worker]]\nspeed = 0.5", {"s.toml:18: network[0].worker[0].index: missing"}),
      in_network("worker_twice",
                 "[[network.worker]]\nindex = 1\nbandwidth = \"1 Mbit/s\"\n[[network.worker]]\nindex = 1\nlatency = \"1 us\"",
                 {"s.toml:22: network[0].worker[1].index: worker 1 has a section already, at line 19"}),
      in_network("zero_speed", "[[network.worker]]\nindex = 0\nspeed = 0",
                 {"s.toml:20: network[0].worker[0].speed: must be from"}),
      in_network("unreachable_host",
                 "topology = \"links\"\n[[network.link]]\nfrom = \"worker0\"\nto = \"switch\"\nbandwidth = \"1 Gbit/s\"\nlatency "
                 "= \"1 us\"",
                 {"s.toml:16: network[0]", "worker1"}),
      in_network("one_way_only",
                 "topology = \"links\"\n[[network.link]]\nfrom = \"worker0\"\nto = \"worker1\"\nbandwidth = \"1 Gbit/s\"\n"
                 "latency = \"1 us\"\none_way = true",
                 {"s.toml:16: network[0]", "worker1", "worker0"}),
      in_network("link_to_no_worker",
                 "topology = \"links\"\n[[network.link]]\nfrom = \"worker0\"\nto = \"worker9\"\nbandwidth = \"1 "
                 "Gbit/s\"\nlatency = \"1 us\"",
                 {"s.toml:21: network[0].link[0].to: there is no 'worker9'"}),
      in_network("links_of_a_star", "[[network.link]]\nfrom = \"a\"\nto = \"b\"\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 us\"",
                 {"s.toml:18: network[0].link[0]: has no effect"}),
      in_network("unknown_stack", "[network.stack]\nbase = \"ncclhopper\"",
                 {"s.toml:19: network[0].stack.base: unknown name 'ncclhopper'", "'nccl-hopper'"}),
      in_network("unknown_key_of_a_stack", "[network.stack]\nlaunsh = \"1 us\"",
                 {"s.toml:19: network[0].stack.launsh: unknown key", "'launch'"}),
      in_network("auto_without_a_choice", "all_reduce = \"auto\"", {"s.toml:18: network[0].all_reduce", "no choice", "'none'"}),
      in_variant("unknown_algorithm_of_a_variant", "ring-allreduce", "",
                 {"s.toml:19: network[0].stack.variant[0].algorithms", "'ring-all-reduce'"}),
      in_network("variant_without_algorithms", "[[network.stack.variant]]\nprotocol = \"LL\"",
                 {"s.toml:18: network[0].stack.variant[0].algorithms: must name an algorithm or more"}),
      in_variant("unknown_key_of_a_variant", "ring-all-reduce", "hop_nvlinks = \"1 us\"",
                 {"s.toml:20: network[0].stack.variant[0].hop_nvlinks: unknown key", "'hop_nvlink'"}),
      in_variant("unknown_hops", "ring-all-reduce", "hops = \"trees\"",
                 {"s.toml:20: network[0].stack.variant[0].hops: 'trees' is none of its values", "'tree'"}),
      in_variant("two_caps", "ring-all-reduce", "caps = [\"1 GB/s\", \"2 GB/s\"]",
                 {"s.toml:20: network[0].stack.variant[0].caps: must be three bandwidths", "not 2"}),
      in_variant("cap_without_unit", "ring-all-reduce", "caps = [\"1\", \"2\", \"3\"]",
                 {"s.toml:20: network[0].stack.variant[0].caps"}),
      in_variant("text_for_factors", "ring-all-reduce", "estimate_factors = [\"0.9\"]",
                 {"s.toml:20: network[0].stack.variant[0].estimate_factors: must be a list of numbers"}),
      in_variant("factor_zero", "ring-all-reduce", "estimate_factors = [1, 0]",
                 {"s.toml:20: network[0].stack.variant[0].estimate_factors: each must be from", "not 0"}),
      in_variant("most_below_least", "ring-all-reduce", "least_bytes = 9\nmost_bytes = 8",
                 {"s.toml:21: network[0].stack.variant[0].most_bytes: must not be below least_bytes"}),
      in_network("zero_efficiency", "[network.stack]\nefficiency = 0", {"s.toml:19: network[0].stack.efficiency: must be from"}),
      // Data sets
      in_file("missing_dataset", "name = \"synthetic\"\ntrain = 512\ntest = 64", "name = \"fashion-mnist\"\nfolder = \"nowhere\"",
              {"s.toml:13: dataset.folder", "nowhere: no such folder", "dataset-fashion-mnist"}),
      in_file("folder_of_synthetic_data", "test = 64", "folder = \"here\"", {"s.toml:14: dataset.folder", "fashion-mnist"}),
      // The command line
      by_arguments("set_unknown_key", {"--set", "training.bach=8"}, {"--set: training.bach: unknown key", "'batch'"}),
      by_arguments("set_bad_value", {"--set", "training.workers=0"}, {"--set: training.workers: must be from 1"}),
      by_arguments("set_without_value", {"--set", "training.workers"}, {"--set: 'training.workers' is not KEY=VALUE"}),
      by_arguments("set_no_such_element", {"--set", "method.7.density=0.1"}, {"--set: method.7.density: no element '7'"}),
      by_arguments("set_through_a_value", {"--set", "gpu.flops.x=1"}, {"--set: gpu.flops.x: 'gpu' is not a section"}),
      by_arguments("negative_seed", {"--seed", "-1"}, {"--seed: must be a whole number", "'-1'"}),
      by_arguments("zero_threads", {"--threads", "0"}, {"--threads: must be a whole number from 1", "'0'"}),
      by_arguments("threads_in_words", {"--threads", "two"}, {"--threads: must be a whole number", "'two'"}),
      by_arguments("unknown_backend", {"--backend", "cpus"}, {"--backend: unknown backend 'cpus'", "'cpu'"}),
      by_arguments("unknown_option", {"--thread", "2"}, {"unknown option '--thread'", "'--threads'"}),
      by_arguments("option_without_value", {"--set"}, {"--set"}),
      by_arguments("two_scenarios", {"t.toml"}, {"too many arguments"}),
      // What shows only while it runs
      in_file("nan_in_training", "learning_rate = 0.1", "learning_rate = 1e30",
              {"s.toml:16: method[0]: training by 's-sgd' diverged: the loss is not finite at step ", "lower the learning rate"}),
  };
}

/// One line that begins with the program's name and holds all that is expected; exit code 2.
void expect_complaint(const ProgramResult& result, const std::vector<std::string>& expected) {
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("syncline: ")) << result.err;
  for (const std::string& part : expected)
    EXPECT_NE(result.err.find(part), std::string::npos) << "no '" << part << "' in: " << result.err;
}

class BadInputTest : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsOneLineAndNoOutput) {
  const BadInput& input = GetParam();
  const Workplace place;
  place.write("s.toml", input.from.empty() ? kSmallScenario : replaced(kSmallScenario, input.from, input.to));
  std::vector<std::string> arguments = {"run", "s.toml", "--quiet", "--json", "out.json", "--trace", "out.trace"};
  arguments.insert(arguments.end(), input.arguments.begin(), input.arguments.end());
  expect_complaint(place.run(arguments), input.expected);
  EXPECT_EQ(place.files(), std::vector<std::string>{"s.toml"});
}

const auto kName = [](const auto& each) { return each.param.name; };
INSTANTIATE_TEST_SUITE_P(All, BadInputTest, testing::ValuesIn(bad_inputs()), kName);
INSTANTIATE_TEST_SUITE_P(Topologies, BadInputTest, testing::ValuesIn(bad_topologies()), kName);
INSTANTIATE_TEST_SUITE_P(Machines, BadInputTest, testing::ValuesIn(bad_machines()), kName);
INSTANTIATE_TEST_SUITE_P(Changes, BadInputTest, testing::ValuesIn(bad_changes()), kName);

// Data files that are there, but broken: what all four hold, and what is said of the first. The labels are never reached.
struct BrokenFile {
  std::string name, contents, expected;
};

void PrintTo(const BrokenFile& file, std::ostream* stream) { *stream << file.name; }

class BrokenFileTest : public testing::TestWithParam<BrokenFile> {};

TEST_P(BrokenFileTest, IsNamed) {
  const Workplace place;
  place.write("s.toml", replaced(kSmallScenario, "name = \"synthetic\"\ntrain = 512\ntest = 64",
                                 "name = \"fashion-mnist\"\nfolder = \"data\""));
  for (const std::string part : {"train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"}) {
    place.write("data/" + part + "-ubyte.gz", GetParam().contents);
  }
  expect_complaint(place.run({"run", "s.toml", "--quiet", "--json", "out.json"}),
                   {"s.toml:13: dataset.folder: ", "data/train-images-idx3-ubyte.gz: " + GetParam().expected + "\n"});
  EXPECT_EQ(place.files(), (std::vector<std::string>{"data", "s.toml"}));
}

using namespace std::string_literals;  // the contents hold zero bytes

const std::string kGzipHeader = "\x1f\x8b\x08\0\0\0\0\0\0\x03"s;              // RFC 1952, 2.3: deflate, no name, no time
const std::string kEmptyBlock = "\x03\0"s;                                    // RFC 1951: the last block, and at once its end
const std::string kOneImage = "\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01"s;  // the head of an IDX file of one 1 x 1 image

INSTANTIATE_TEST_SUITE_P(
    All, BrokenFileTest,
    testing::Values(BrokenFile{"empty", "", "too short for an IDX file: 0 bytes"},
                    BrokenFile{"truncated_gzip", kGzipHeader + "\x4b", "the gzip data is truncated"},
                    BrokenFile{"corrupt_gzip", kGzipHeader + " this is no deflate stream",
                               "the gzip data is corrupt: invalid stored block lengths"},
                    BrokenFile{"wrong_checksum", kGzipHeader + kEmptyBlock + "\x01\0\0\0\0\0\0\0"s,
                               "the gzip data is corrupt: incorrect data check"},
                    BrokenFile{"wrong_length", kGzipHeader + kEmptyBlock + "\0\0\0\0\x01\0\0\0"s,
                               "the gzip data is corrupt: incorrect length check"},
                    BrokenFile{"nothing_packed", kGzipHeader + kEmptyBlock + "\0\0\0\0\0\0\0\0"s,
                               "too short for an IDX file: 0 bytes"},
                    BrokenFile{"bytes_after_gzip", kGzipHeader + kEmptyBlock + "\0\0\0\0\0\0\0\0 and more"s,
                               "9 bytes follow the end of the gzip data"},
                    BrokenFile{"wrong_magic", "\0\0\x0d\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x07"s,
                               "not an IDX file of bytes with 3 dimensions: it begins with 0x00000d03, not 0x00000803"},
                    BrokenFile{"header_cut_short", kOneImage.substr(0, 9), "the IDX header is cut short"},
                    BrokenFile{"dimension_zero", "\0\0\x08\x03\0\0\0\0\0\0\0\x01\0\0\0\x01"s, "an IDX dimension is 0"},
                    BrokenFile{"dimensions_too_large", "\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s,
                               "the IDX dimensions are too large"},
                    BrokenFile{"truncated_idx", "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02\x07"s,
                               "the IDX header promises 8 elements, the file has 1"},
                    BrokenFile{"bytes_left_over", kOneImage + "\x07\x07", "the IDX header promises 1 elements, the file has 2"}),
    [](const auto& each) { return each.param.name; });

// Commands without a scenario that can be read, and outputs that cannot be written.
struct BadCall {
  std::string name;
  std::vector<std::string> arguments;
  std::string expected;
};

void PrintTo(const BadCall& call, std::ostream* stream) { *stream << call.name; }

class BadCallTest : public testing::TestWithParam<BadCall> {};

TEST_P(BadCallTest, IsOneLineAndNoOutput) {
  const Workplace place;
  place.write("s.toml", kSmallScenario);
  expect_complaint(place.run(GetParam().arguments), {GetParam().expected});
  EXPECT_EQ(place.files(), std::vector<std::string>{"s.toml"});
}

INSTANTIATE_TEST_SUITE_P(
    All, BadCallTest,
    testing::Values(
        BadCall{"no_command", {}, "no command"}, BadCall{"unknown_command", {"rum"}, "unknown command 'rum'; did you mean 'run'"},
        BadCall{"no_scenario", {"run"}, "no arguments where one is needed"},
        BadCall{"missing_scenario", {"run", "none.toml"}, "none.toml: cannot be read"},
        BadCall{"line_break_in_path", {"run", "no\nne.toml"}, "no\\nne.toml: cannot be read"},
        BadCall{"folder_as_scenario", {"check", "."}, "is a folder"},
        BadCall{"unknown_kind", {"list", "method"}, "unknown KIND 'method'; did you mean 'methods'"},
        BadCall{
            "unwritable_json", {"run", "s.toml", "--json", "no/such/out.json"}, "--json: 'no/such/out.json' cannot be written"},
        BadCall{"unwritable_trace", {"run", "s.toml", "--trace", "no/such/out"}, "--trace: 'no/such/out' cannot be written"},
        BadCall{"folder_as_json", {"run", "s.toml", "--json", "."}, "--json: '.' is a folder"},
        BadCall{"same_file_twice", {"run", "s.toml", "--json", "o", "--trace", "o"}, "--trace: is the same file as --json"},
        BadCall{"same_file_of_profile",
                {"profile", "--model", "lenet", "--output", "o", "--layers", "o"},
                "--layers: is the same file as --output"},
        BadCall{
            "same_file_of_compare", {"compare", "s.toml", "--json", "o", "--plot", "./o"}, "--plot: is the same file as --json"},
        BadCall{"compare_over_what_it_reads", {"compare", "s.toml", "--json", "s.toml"}, "--json: 's.toml' is read"},
        BadCall{"validate_over_what_it_reads",
                {"validate", "s.toml", "--transport", "mpi", "--output", "s.toml"},
                "--output: 's.toml' is read"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace syncline::tools
