#include <gtest/gtest.h>
#include <cstdlib>

#include <limits>

#include "sim/error.h"
#include "sim/random.h"
#include "sim/units.h"
#include "sim/units_text.h"
#include "tests/seeds.h"

namespace syncline {
namespace {

TEST(Units, TimesAreRoundedUpToPicoseconds) {
  EXPECT_EQ(transfer_time(Bytes(1), Bandwidth::bytes_per_second(3e12)), Time::picoseconds(1));
  EXPECT_EQ(transfer_time(Bytes(3), Bandwidth::bytes_per_second(2e12)), Time::picoseconds(2));
  EXPECT_EQ(transfer_time(Bytes(1'000'000), Bandwidth::bits_per_second(8e9)), Time::milliseconds(1));
  EXPECT_EQ(transfer_time(Bytes(0), Bandwidth::bytes_per_second(1)), Time::zero());
  EXPECT_EQ(bytes_of(Bits(9)), Bytes(2));
}

TEST(Units, WhatCannotBeHeldIsAnError) {
  EXPECT_THROW(Time::from_seconds(-1), InternalError);
  EXPECT_THROW(Time::from_seconds(1e8), InternalError);
  EXPECT_THROW(Time::from_seconds(std::numeric_limits<double>::quiet_NaN()), InternalError);
  EXPECT_THROW(transfer_time(Bytes(1), Bandwidth::bytes_per_second(0)), InternalError);
}

// t picoseconds suffice where t * rate >= bytes * 10^12, and t - 1 do not: reckoned in whole numbers of 128 bits.
TEST(Units, TransferTimesAreTheFewestPicosecondsThatSuffice) {
  __extension__ using Wide = __int128;
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    sim::RandomStream random(seed, "transfer times");
    for (int i = 0; i < 5000; ++i) {
      const auto size = static_cast<std::int64_t>(random.below(std::uint64_t{1} << (1 + random.below(40))));
      const auto rate = static_cast<std::int64_t>(1'000'000'000 + random.below(std::uint64_t{1} << (1 + random.below(40))));
      const std::int64_t time = transfer_time(Bytes(size), Bandwidth::bytes_per_second(static_cast<double>(rate))).count();
      const Wide needed = static_cast<Wide>(size) * 1'000'000'000'000;
      ASSERT_GE(static_cast<Wide>(time) * rate, needed) << size << " bytes at " << rate;
      ASSERT_TRUE(time == 0 || static_cast<Wide>(time - 1) * rate < needed) << size << " bytes at " << rate;
    }
  }
}

TEST(Units, SecondsOfWholePicosecondsComeBackWhole) {
  for (const std::int64_t time : {1LL, 3LL, 3'000'000LL, 7'000'000'001LL, 123'456'789'012'345LL}) {
    EXPECT_EQ(Time::from_seconds(Time::picoseconds(time).seconds()), Time::picoseconds(time));
  }
  EXPECT_EQ(Time::from_seconds(3e-6), Time::microseconds(3));
  EXPECT_EQ(Time::from_seconds(1.25e-12), Time::picoseconds(2));
  EXPECT_EQ(Time::from_seconds(0x1p-60), Time::picoseconds(1));
}

TEST(Units, ArithmeticNeverWrapsAround) {
  const Time long_time = Time::max();
  EXPECT_THROW(long_time + Time::picoseconds(1), InternalError);
  EXPECT_THROW(Time::zero() - long_time - Time::picoseconds(2), InternalError);
  EXPECT_THROW(long_time * 2, InternalError);
  EXPECT_THROW(2 * Bytes(std::int64_t{1} << 62), InternalError);
  EXPECT_THROW(Time::milliseconds(std::int64_t{1} << 40), InternalError);
  Bits bits(std::numeric_limits<std::int64_t>::max());
  EXPECT_THROW(bits += Bits(1), InternalError);
  EXPECT_EQ(bytes_of(bits), Bytes(std::int64_t{1} << 60));
}

TEST(UnitsText, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_bandwidth("10 Gbit/s").in_bytes_per_second(), 1.25e9);
  EXPECT_EQ(parse_bandwidth("12.5GB/s").in_bytes_per_second(), 12.5e9);
  EXPECT_EQ(parse_bytes("25 MiB"), Bytes(25 * 1024 * 1024));
  EXPECT_EQ(parse_bytes("4 kB"), Bytes(4000));
  EXPECT_EQ(parse_time("3 us"), Time::microseconds(3));
  EXPECT_EQ(parse_time("1.5 ms"), Time::microseconds(1500));
  EXPECT_EQ(parse_rate("15.7 TFLOP/s"), 15.7e12);
}

TEST(UnitsText, NamesTheUnitsWhereItCannotRead) {
  for (const char* text :
       {"", "10", "10 Gb/s", "Gbit/s", "-1 Gbit/s", "nan Gbit/s", "inf GB/s", "1e999 B/s", "10 Gbit/s x", "10 ms"}) {
    try {
      parse_bandwidth(text);
      FAIL() << "accepted '" << text << "'";
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find("Gbit/s"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(parse_time("3 minutes"), UserError);
  EXPECT_THROW(parse_bytes("1e30 GB"), UserError);
}

TEST(UnitsText, WritesThreeDigits) {
  EXPECT_EQ(to_text(Time::nanoseconds(1'234'567)), "1.23 ms");
  EXPECT_EQ(to_text(Time::zero()), "0 s");
  EXPECT_EQ(to_text(Bytes(246'824)), "247 kB");
  EXPECT_EQ(to_text(Bytes(999'999)), "1.00 MB");
  EXPECT_EQ(to_text(Bandwidth::bits_per_second(1e10)), "1.25 GB/s");
}

TEST(Errors, SayFileLineAndKeyInOneLine) {
  EXPECT_STREQ(UserError(Location{"a.toml", 3, "training.batch"}, "must be positive").what(),
               "a.toml:3: training.batch: must be positive");
  EXPECT_STREQ(UserError("no place").what(), "no place");
  EXPECT_THROW(SYNCLINE_CHECK(1 == 2, "broken"), InternalError);
}

TEST(Errors, SuggestTheNearestName) {
  const std::vector<std::string> known = {"s-sgd", "k-avg", "top-k"};
  EXPECT_EQ(nearest_name("topk", known), "top-k");
  EXPECT_EQ(nearest_name("something else", known), "");
  EXPECT_EQ(suggestion("k_avg", known), "; did you mean 'k-avg'?");
  EXPECT_EQ(suggestion("something else", known), "; known: s-sgd, k-avg, top-k");
}

TEST(UnitsText, NumbersReadBackAsTheyWere) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e6), "1000000");
  EXPECT_EQ(number_text(-3), "-3");
  EXPECT_EQ(number_text(1e-9), "1e-09");
  for (const double value : {1.0 / 3, 6.02e23, 5e-324, 123456.789})
    EXPECT_EQ(std::strtod(number_text(value).c_str(), nullptr), value);
}

}  // namespace
}  // namespace syncline
