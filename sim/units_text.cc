#include "sim/units_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <span>

#include "sim/error.h"

namespace syncline {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr Unit kBandwidths[] = {{"bit/s", 0.125}, {"kbit/s", 125.0}, {"Mbit/s", 125e3}, {"Gbit/s", 125e6}, {"Tbit/s", 125e9},
                                {"B/s", 1},       {"kB/s", 1e3},     {"MB/s", 1e6},     {"GB/s", 1e9},     {"TB/s", 1e12}};
constexpr Unit kBytes[] = {
    {"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1024.0 * 1024}, {"GiB", 1024.0 * 1024 * 1024}};
constexpr Unit kTimes[] = {{"ps", 1e-12}, {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
constexpr Unit kFlops[] = {{"FLOP/s", 1},    {"kFLOP/s", 1e3},  {"MFLOP/s", 1e6},
                           {"GFLOP/s", 1e9}, {"TFLOP/s", 1e12}, {"PFLOP/s", 1e15}};

[[noreturn]] void refuse(std::string_view text, std::string_view what, std::span<const Unit> units) {
  std::string message = "'";
  message.append(text).append("' is not ").append(what).append(": a number, not negative, and one of");
  for (const Unit& unit : units) message.append(" ").append(unit.name);
  throw UserError(message);
}

double parse(std::string_view text, std::string_view what, std::span<const Unit> units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  if (error == std::errc() && std::isfinite(number) && number >= 0) {
    for (const Unit& unit : units) {
      if (name == unit.name) return number * unit.factor;
    }
  }
  refuse(text, what, units);
}

std::string scaled(double value, std::span<const Unit> units) {
  const Unit* chosen = &units.front();
  for (const Unit& unit : units) {
    if (value >= unit.factor * 0.9995) chosen = &unit;
  }
  const double number = value / chosen->factor;
  std::array<char, 64> text{};
  const int decimals = number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  return std::string(text.data()) + " " + std::string(chosen->name);
}

}  // namespace

Bandwidth parse_bandwidth(std::string_view text) { return Bandwidth::bytes_per_second(parse(text, "a bandwidth", kBandwidths)); }

Bytes parse_bytes(std::string_view text) {
  const double bytes = parse(text, "a size", kBytes);
  if (bytes > 9e18) refuse(text, "a size that can be held", kBytes);
  return Bytes(std::llround(bytes));
}

Time parse_time(std::string_view text) {
  const double seconds = parse(text, "a time", kTimes);
  if (seconds > 9e6) refuse(text, "a time below 9e6 s", kTimes);
  return Time::picoseconds(std::llround(seconds * 1e12));
}

double parse_rate(std::string_view text) { return parse(text, "a rate of operations", kFlops); }

std::string to_text(Time time) { return time == Time::zero() ? "0 s" : scaled(time.seconds(), kTimes); }

std::string to_text(Bytes bytes) { return scaled(static_cast<double>(bytes.count()), std::span<const Unit>(kBytes).first(4)); }

std::string to_text(Bandwidth bandwidth) {
  return scaled(bandwidth.in_bytes_per_second(), std::span<const Unit>(kBandwidths).subspan(5));
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e15);  // "1000000" and "0.0001", not "1e+06" and "1e-04"
  const auto [end, error] =
      std::to_chars(text.begin(), text.end(), value, plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {text.begin(), end};
}

}  // namespace syncline
