// The keys of [network.stack] and of [[network.stack.variant]].
#include "scenarios/format_rows.h"

namespace syncline::scenarios {
namespace {

using namespace rows;  // NOLINT(google-build-using-namespace): the words that rows are written in

SectionFormat stack() {
  return {
      "network.stack",
      false,
      "What the communication library adds to the links, and how it chooses algorithms.",
      {optional(text("base", "",
                     "a shipped stack (`syncline list stacks`) or a file to start from: keys given here replace its "
                     "keys, and variants given here come before its own"),
                "start from nothing"),
       text("name", "none", "which library"),
       quantity(Reading::time, "launch", "0 us", "added once to each collective on each worker, besides a variant's own"),
       number("efficiency", 1, 0.01, 1, "the part of a link's bandwidth that payload reaches, before a variant's own"),
       text("wire_included", "none",
            "on which links `efficiency` and those of the variants have what headers take on the wire already: none, those "
            "inside machines, or all. On the others, `--stack` keeps the efficiency of the network whose stack it replaces",
            {"none", "inside", "all"}),
       number("overlap_slowdown", 1, 1, 100,
              "a worker's compute takes so many times as long while a collective of its own is under way, from the call to its "
              "end: the library's kernels take multiprocessors and memory bandwidth. Measured on 4 A100, H100, MI210 or MI250: "
              "1.19 in the mean, 1.40 at most (Lee et al., Characterizing Compute-Communication Overlap, 2025, "
              "arXiv:2507.03114)"),
       text("chained", "apart",
            "where what is chained to a collective runs. apart: beside backward; caller: where the collective has ended already, "
            "in the thread that chains it, as of PyTorch's futures over Gloo. So Power-SGD's hook of a bucket all of whose "
            "tensors are compressed, whose first all-reduce is one of nothing, holds backward up until its last has ended",
            {"apart", "caller"}),
       text("choice", "estimate",
            "which variant `auto` takes: by its estimate, which adds hops that overlap, too, the fastest, or the first whose "
            "limits hold",
            {"estimate", "first"}),
       text("inside", "nvswitch",
            "what joins the GPUs of a machine; not given in the network's own section: as its `machine` says, where that "
            "is nvswitch, nvlink, pcie or nccl, else as the stack's file does",
            {"pcie", "nvlink", "nvswitch"}),
       text("nics", "all",
            "by which of a machine's NICs rings, chains and trees go to other machines. all: each message in equal parts by all "
            "of them, as NCCL's channels go; own: by the way from one worker to the other",
            {"all", "own"}),
       whole("channels_inside", 1, 1, 64, "that work side by side, in one machine"),
       whole("channels_across", 1, 1, 64, "that work side by side between machines, for each NIC"),
       text("source", "", "where the numbers are from")}};
}

SectionFormat variant() {
  const auto limits = [](const std::string& what, double least, const std::string& help) {
    return std::pair(whole("least_" + what, least, least, kWholeLimit, help),
                     optional(whole("most_" + what, least, least, kWholeLimit, help), "no limit"));
  };
  const auto [least_bytes, most_bytes] = limits("bytes", 0, "vectors that it takes, in bytes, ends included");
  const auto [least_block, most_block] = limits("block", 0, "the same, of a worker's part of the vector");
  const auto [least_ranks, most_ranks] = limits("ranks", 1, "how many workers it takes");
  const auto [least_machines, most_machines] = limits("machines", 1, "how many machines it takes");
  return {
      "network.stack.variant",
      true,
      "A way in which the stack does collectives: algorithms by a protocol, when it can be taken, and what it costs.",
      {optional(text("base", "",
                     "a variant of the stack's base by its first algorithm and its protocol, such as \"ring-all-reduce/LL\": it "
                     "is taken in its place, and keys given here replace its keys"),
                "start from nothing"),
       optional(quantity(Reading::text_list, "algorithms", "", "one or more names that `syncline list collectives` shows"),
                "as the base has it"),
       text("protocol", "", "what the stack calls it"),
       least_bytes,
       most_bytes,
       least_block,
       most_block,
       least_ranks,
       most_ranks,
       least_machines,
       most_machines,
       text("ranks", "any", "a power of two of workers, or just not", {"any", "power of two", "no power of two"}),
       numbers("ranks_by_bytes", 0, 1e6, "[a, b]: it takes at least a S + b workers, for a vector of S bytes"),
       text("least_inside", "pcie", "it takes machines whose GPUs are joined by this or better", {"pcie", "nvlink", "nvswitch"}),
       quantity(Reading::time, "launch", "0 us", "added once to each collective"),
       text("hops", "rounds",
            "how many hops are one after the other. rounds: one each; ring: of as many, one per machine and turn crosses the "
            "network; tree: 2(g-1) inside machines of g, 2 log2(m) between m machines; once: one inside, one across",
            {"rounds", "ring", "tree", "once"}),
       quantity(Reading::time, "hop_nvlink", "0 us", "of a hop inside by NVLink, the link's latency included"),
       quantity(Reading::time, "hop_pcie", "0 us", "of a hop inside by PCIe"),
       quantity(Reading::time, "hop_network", "0 us", "of a hop across the network"),
       optional(quantity(Reading::time, "hop_alone", "", "of a hop across where each machine has one worker"), "hop_network"),
       flag("hop_overlaps", false,
            "a hop's time passes while its message is on the links, too: the longer of both counts, not their sum"),
       quantity(Reading::time, "least_hop", "0 us", "of a hop inside where there are several machines"),
       number("efficiency_nvlink", 1, 1e-3, 1, "the part of the bandwidth that payload reaches, in one machine by NVLink"),
       number("efficiency_pcie", 1, 1e-3, 1, "in one machine by PCIe"),
       number("efficiency_network", 1, 1e-3, 1, "between machines"),
       quantity(Reading::text_list, "caps", "", "bandwidths of payload that a message reaches at most: one machine, two, more"),
       quantity(Reading::text_list, "channel_caps", "", "the same for each channel"),
       whole("piece_bytes", 0, 0, 1e12,
             "of machine-tree-all-reduce: how much of the vector all channels move at once, NCCL's chunk times its channels; 0: "
             "512 KiB"),
       flag("in_switch", false, "switches sum and multiply: of the direct all-reduce's 2(n-1)/n of the vector, (n+1)/n is sent"),
       optional(number("estimate_sent", 0, 1e-3, 1e3, "for the estimate: lengths of the vector that a worker sends"),
                "by its schedule"),
       numbers("estimate_factors", 1e-3, 1e3, "for the estimate: of the bandwidth, from 64 bytes, 128, 256, ... on"),
       number("plateau", 1, 1, 1e3, "for the estimate: of the hops' time between machines, for long vectors"),
       whole("plateau_bytes", 0, 0, 1e9, "which have so many bytes for each channel and worker"),
       text("source", "", "where the numbers are from")}};
}

}  // namespace

std::vector<SectionFormat> stack_sections() { return {stack(), variant()}; }

}  // namespace syncline::scenarios
