#include "tools/real/handshake.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sim/error.h"
#include "tools/real/exchange.h"

namespace syncline::tools {

std::string text_of(const RankFacts& facts) { return nlohmann::json{facts.same, facts.host, facts.gpu}.dump(); }

RankFacts rank_facts(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text);
  return {json[0].get<std::vector<std::pair<std::string, std::string>>>(), json[1], json[2]};
}

std::string disagreement(const std::vector<RankFacts>& facts) {
  std::map<std::pair<std::string, std::string>, std::size_t> owner;  // of a host's GPU
  for (std::size_t rank = 0; rank < facts.size(); ++rank) {
    for (std::size_t i = 0; i < facts[0].same.size(); ++i) {
      const auto& [what, first] = facts[0].same[i];
      const std::string other =
          i < facts[rank].same.size() && facts[rank].same[i].first == what ? facts[rank].same[i].second : "none";
      if (other != first) {
        return fmt::format("ranks differ in their {}: '{}' on rank 0 ({}), '{}' on rank {} ({})", what, first, facts[0].host,
                           other, rank, facts[rank].host);
      }
    }
    if (facts[rank].gpu.empty()) continue;
    const auto [entry, is_new] = owner.emplace(std::pair(facts[rank].host, facts[rank].gpu), rank);
    if (!is_new) {
      return fmt::format("ranks {} and {} have the same GPU {} of host {}: each needs one of its own", entry->second, rank,
                         facts[rank].gpu, facts[rank].host);
    }
  }
  return "";
}

void shake_hands(Transport& transport, const RankFacts& mine) {
  std::vector<RankFacts> facts;
  for (const std::string& text : gather_texts(transport, text_of(mine))) facts.push_back(rank_facts(text));
  const std::string wrong = disagreement(facts);
  if (!wrong.empty()) throw UserError(wrong);
}

std::string fingerprint(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  return fmt::format("{:016x}", hash);
}

}  // namespace syncline::tools
