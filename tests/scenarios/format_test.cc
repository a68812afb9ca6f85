#include "scenarios/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "scenarios/data_file.h"

namespace syncline::scenarios {
namespace {

TEST(Format, KeysAreNamedOnceAndExplained) {
  for (const SectionFormat& section : scenario_format()) {
    std::set<std::string> names;
    EXPECT_FALSE(section.help.empty()) << section.path;
    for (const KeyRow& key : section.keys) {
      EXPECT_TRUE(names.insert(key.row.name).second) << section.path << "." << key.row.name;
      EXPECT_FALSE(key.row.help.empty()) << section.path << "." << key.row.name;
    }
  }
}

TEST(Format, StandardValuesAreAllowedOnes) {
  for (const SectionFormat& section : scenario_format()) {
    for (const KeyRow& key : section.keys) {
      if (key.reading != Reading::plain || key.required || !key.absent.empty()) continue;
      EXPECT_EQ(models::complaint(key.row, key.row.standard), "") << section.path << "." << key.row.name;
    }
  }
}

TEST(Format, ConditionsNameAKeyOfTheSectionAndOneOfItsValues) {
  for (const SectionFormat& section : scenario_format()) {
    for (const KeyRow& key : section.keys) {
      for (const Condition& condition : key.only) {
        const auto other = std::ranges::find(section.keys, condition.key, [](const KeyRow& row) { return row.row.name; });
        ASSERT_NE(other, section.keys.end()) << section.path << "." << key.row.name;
        EXPECT_LT(&*other, &key) << section.path << "." << key.row.name << " must come later: it is read by it";
        const bool is_flag = std::holds_alternative<bool>(other->row.standard);
        const std::vector<std::string> choices = is_flag ? std::vector<std::string>{"true", "false"} : other->row.choices;
        for (const std::string& value : condition.values) {
          EXPECT_NE(std::ranges::find(choices, value), choices.end()) << value;
        }
      }
    }
  }
}

TEST(Format, ConditionsOfMethodsNameAnEarlierParameterAndOneOfItsValues) {
  for (const models::MethodRow& row : models::methods()) {
    const std::vector<KeyRow> keys = method_keys(row);
    for (const KeyRow& key : keys) {
      for (const Condition& condition : key.only) {
        const auto other = std::ranges::find(keys, condition.key, [](const KeyRow& each) { return each.row.name; });
        ASSERT_NE(other, keys.end()) << row.name << "." << key.row.name;
        EXPECT_LT(&*other, &key) << row.name << "." << key.row.name << " must come later: it is read by it";
        for (const std::string& value : condition.values) {
          EXPECT_NE(std::ranges::find(other->row.choices, value), other->row.choices.end()) << value;
        }
      }
    }
  }
}

TEST(Format, MethodsParametersDoNotHideTheSectionsKeys) {
  std::set<std::string> common;
  for (const KeyRow& key : section_format("method").keys) common.insert(key.row.name);
  for (const models::MethodRow& row : models::methods()) {
    for (const models::ParameterRow& parameter : row.parameters)
      EXPECT_EQ(common.count(parameter.name), 0u) << row.name << "." << parameter.name;
  }
}

TEST(DataFiles, EachNumberHasASource) {
  for (const std::vector<DataFile>& files : {network_files(DataFolders()), gpu_files(DataFolders())}) {
    EXPECT_GE(files.size(), 5u);
    for (const DataFile& file : files) {
      bool sourced = false;
      for (const auto& [key, value] : file.values) sourced |= key == "source" && !value.empty();
      EXPECT_TRUE(sourced) << file.name;
      EXPECT_NE(file.title, file.name);
    }
  }
}

}  // namespace
}  // namespace syncline::scenarios
