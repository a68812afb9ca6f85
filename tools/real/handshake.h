// Before anything is measured: do all ranks run the same program, on the same scenario, each on a GPU of its own?
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/real/transport.h"

namespace syncline::tools {

struct RankFacts {
  /// What must be the same on all ranks: what it is, and its value.
  std::vector<std::pair<std::string, std::string>> same;
  std::string host;
  std::string gpu;  // empty: none
};

/// "" where all is well; else what is wrong, naming the ranks; the same text whoever asks. facts: [rank]
std::string disagreement(const std::vector<RankFacts>& facts);

/// As ranks send it to each other.
std::string text_of(const RankFacts& facts);
RankFacts rank_facts(const std::string& text);

/// All ranks call it, and all throw the same UserError where they disagree.
void shake_hands(Transport& transport, const RankFacts& mine);

/// FNV-1a, 64 bits, in hexadecimal digits: the same text has the same.
std::string fingerprint(const std::string& text);

}  // namespace syncline::tools
