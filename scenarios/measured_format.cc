// The keys of [[collective]] and [[iteration]], which hold what was measured, and of [[network.fitted]].
#include <algorithm>
#include <iterator>
#include <string>

#include "network/collectives/schedule.h"
#include "scenarios/format_rows.h"

namespace syncline::scenarios {
namespace {

using namespace rows;  // NOLINT(google-build-using-namespace): the words that rows are written in

KeyRow points(std::string help) {
  KeyRow key = required(text("points", "", std::move(help)));
  key.reading = Reading::points;
  return key;
}

const char* const kValues =
    "after the value, one more, with its unit, is its standard deviation, and two are the least and the greatest";

std::vector<std::string> operations() {
  std::vector<std::string> result;
  for (const network::CollectiveRow& row : network::collectives()) {
    std::string name(name_of(row.operation));
    if (std::ranges::find(result, name) == result.end()) result.push_back(std::move(name));
  }
  return result;
}

KeyRow subset() {
  return required(
      text("subset", "", "a name of the cases that are fitted to, or judged, together; several sections may share it"));
}
KeyRow network_name() { return required(text("network", "", "the name of a network of this scenario")); }

SectionFormat collective() {
  return {"collective",
          true,
          "Measured times of one collective by size, for `syncline compare` and `syncline calibrate`.",
          {subset(), network_name(), optional(whole("workers", 1, 1, 4096, "how many took part"), "that of [training]"),
           text("op", "all-reduce", "the operation", operations()),
           optional(text("algorithm", "", "a name that `syncline list collectives` shows; auto: as the stack chooses"),
                    "the network's own; auto where it has none"),
           quantity(Reading::time, "pause", "0 us",
                    "calls are timed in a loop: from the end of one to the next one's begin, such as a barrier takes. Of links "
                    "that let bursts pass: what they gain meanwhile. Without effect where there are none, or links change"),
           points(std::string(
                      "of bytes and a time, such as [65536, \"8.1 ms\"]; bytes as nccl-tests count them: the whole vector, for "
                      "an all-gather what each ends with; ") +
                  kValues),
           text("source", "", "where the numbers are from")}};
}

SectionFormat iteration() {
  SectionFormat section{
      "iteration",
      true,
      "Measured iterations of one method, by the number of workers, for `syncline compare` and `syncline calibrate`.",
      {subset(), network_name(), required(text("method", "", "the label of a [[method]]")),
       // Keys that [training] has, too, take the place of its.
       optional(text("model", "", "what it trains; keys of [training] that are about its own model do not count then"),
                "that of [training]"),
       optional(whole("tokens", 0, 1, 1e6, "of each sentence, for a model that reads text"), "as [training] or the model says"),
       optional(whole("batch", 1, 1, 65536, "samples per worker and step"), "that of [training]"),
       optional(text("algorithm", "", "auto: the collectives were those that the stack chooses", {"auto"}), "the network's own"),
       points(std::string("of workers and a time of one iteration, or a rate of all workers together, such as [4, \"902 ms\"] "
                          "or [4, \"925 samples/s\"]; ") +
              kValues),
       text("source", "", "where the numbers are from")}};
  std::ranges::move(compute_keys("those of [training], where its model is the same"), std::back_inserter(section.keys));
  return section;
}

}  // namespace

std::vector<SectionFormat> measured_sections() { return {collective(), iteration()}; }

SectionFormat fitted_section() {
  return {"network.fitted",
          true,
          "What numbers of this network were fitted to; written by `syncline calibrate`. Cases of this subset are not judged by.",
          {required(text("scenario", "", "the file with the measured cases, without its folder")),
           required(text("subset", "", "of its cases")), required(text("network", "", "the network's name there")),
           required(text("cases", "", "their fingerprint: where it is another one, they are other cases")),
           quantity(Reading::text_list, "parameters", "", "each with its interval of 95 % confidence"),
           text("command", "", "by which it was made"), text("date", "", "when")}};
}

}  // namespace syncline::scenarios
