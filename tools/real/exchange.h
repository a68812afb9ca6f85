// Words between ranks: texts of any length, gathered on all.
#pragma once

#include <string>
#include <vector>

#include "tools/real/transport.h"

namespace syncline::tools {

/// [rank]: every rank's text.
std::vector<std::string> gather_texts(Transport& transport, const std::string& mine);

/// [rank]: every rank's numbers, as many of each.
std::vector<std::vector<double>> gather_numbers(Transport& transport, const std::vector<double>& mine);

}  // namespace syncline::tools
