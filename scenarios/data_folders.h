// Where files named in a scenario are looked for.
#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace syncline::scenarios {

/// In this order: the scenario's folder, $SYNCLINE_DATA, the source tree this was built from, share/syncline of the prefix it
/// is installed under.
class DataFolders {
 public:
  /// `first` may be empty: only the shipped data then.
  explicit DataFolders(const std::filesystem::path& first = {});

  /// The file that `name` means. A name without '/' and ".toml" is searched as KIND/name.toml for each kind ("networks",
  /// "clusters", "gpus"), anything else as a path. UserError with the nearest name, where there is none.
  std::string find(const std::string& name, std::span<const std::string> kinds) const;

  /// The files that find() has found so far.
  const std::set<std::string>& found() const { return found_; }

  /// Every name that find() knows for these kinds, sorted.
  std::vector<std::string> names(std::span<const std::string> kinds) const;

 private:
  std::string search(const std::string& name, std::span<const std::string> kinds) const;

  std::vector<std::filesystem::path> folders_;
  mutable std::set<std::string> found_;
};

}  // namespace syncline::scenarios
