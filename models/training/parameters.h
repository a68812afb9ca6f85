// The parameters of a method as data: the same rows are read by the scenario reader, the help, the reference and tests.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace syncline::models {

using ParameterValue = std::variant<double, std::string, bool>;

struct ParameterRow {
  std::string name;
  std::string help;
  ParameterValue standard;                // used where a scenario says nothing; its type is the parameter's type
  double least = 0;                       // numbers only
  double greatest = 0;                    // numbers only
  bool whole = false;                     // numbers only: no fraction allowed
  std::vector<std::string> choices = {};  // texts only
  std::string only_where = {};            // not read, and so an error in a scenario, unless the parameter of this name ...
  std::string only_value = {};            // ... of a row before this one has this value; "": always read
};

/// The values of one method's parameters. Built from the method's rows, so every name asked for is there.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(const std::vector<ParameterRow>& rows);

  void set(const std::string& name, ParameterValue value);
  double number(const std::string& name) const;
  int whole(const std::string& name) const;
  const std::string& text(const std::string& name) const;
  bool flag(const std::string& name) const;
  const std::map<std::string, ParameterValue>& values() const { return values_; }

 private:
  std::map<std::string, ParameterValue> values_;
};

/// "name=value,...": all, or those named.
std::string text_of(const Parameters& parameters);
std::string text_of(const Parameters& parameters, const std::vector<std::string>& names);

/// "why not", or "" where `value` is one the row allows.
std::string complaint(const ParameterRow& row, const ParameterValue& value);

}  // namespace syncline::models
