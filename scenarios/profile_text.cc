#include "scenarios/profile_text.h"

#include <fmt/format.h>
namespace syncline::scenarios {
namespace {

std::string time_text(Time time) {
  constexpr std::int64_t kMicrosecond = 1'000'000;  // picoseconds
  std::string digits = fmt::format("{}.{:06}", time.count() / kMicrosecond, time.count() % kMicrosecond);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.ends_with('.')) digits.pop_back();
  return "\"" + digits + " us\"";
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') result += '\\';
    const auto code = static_cast<unsigned char>(character);
    if (code < 0x20 || code == 0x7f) {
      result += fmt::format("\\u{:04X}", code);
    } else {
      result += character;
    }
  }
  return result + '"';
}

std::string profile_text(const models::LayerProfile& profile, const std::string& section) {
  std::string text = section.empty() ? "" : "[" + section + "]\n";
  const std::string layer_section = (section.empty() ? "" : section + ".") + "layer";
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) text += fmt::format("{} = {}\n", key, quoted(value));
  };
  add("title", profile.title);
  add("model", profile.model);
  text += fmt::format("batch = {}\n", profile.batch);
  add("device", profile.device);
  if (profile.precision != "fp32") add("precision", profile.precision);
  add("date", profile.date);
  add("source", profile.source);
  if (profile.update) text += "update = " + time_text(*profile.update) + "\n";
  for (const models::MeasuredLayer& layer : profile.layers) {
    text += fmt::format("\n[[{}]]\nname = {}\nforward = {}\nbackward = {}\n", layer_section, quoted(layer.name),
                        time_text(layer.forward), time_text(layer.backward));
    std::vector<std::string> shapes;
    for (const std::vector<std::int64_t>& shape : layer.parameters) shapes.push_back(fmt::format("[{}]", fmt::join(shape, ", ")));
    if (!shapes.empty()) text += fmt::format("parameters = [{}]\n", fmt::join(shapes, ", "));
  }
  return text;
}

}  // namespace syncline::scenarios
