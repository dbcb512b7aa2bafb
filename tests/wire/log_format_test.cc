#include "wire/log_format.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/seed.h"
#include "tests/wire/captured_log.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

constexpr std::size_t entry_max = 1 << 20;

std::string one_record(std::string_view entry) {
  std::string out;
  append_log_record(out, entry);
  return out;
}

TEST(LogHeader, IsZooKeepersByteForByte) {
  std::string out;
  append_log_header(out);
  EXPECT_EQ(hex_of(out), captured_log_header);
  EXPECT_TRUE(check_log_header(out));
}

TEST(LogHeader, OfAnotherFileOrCutOffIsRefused) {
  EXPECT_FALSE(check_log_header(""));
  EXPECT_FALSE(check_log_header(hex("5a4b4c47 00000002 00000000000000")));
  EXPECT_FALSE(check_log_header(hex("5a4b534e 00000002 ffffffffffffffff")));  // a snapshot's
  EXPECT_FALSE(check_log_header(hex("5a4b4c47 00000003 0000000000000000")));
}

TEST(LogRecord, CapturedRecordsAreCutAndWrittenAgain) {
  for (const char* text : captured_log_records) {
    const std::string bytes = hex(text);
    const LogCut front = cut_log_record(bytes + "behind", entry_max);
    ASSERT_TRUE(std::holds_alternative<LogRecord>(front));
    EXPECT_EQ(std::get<LogRecord>(front).consumed, bytes.size());
    EXPECT_EQ(hex_of(one_record(std::string_view(bytes).substr(12, bytes.size() - log_record_overhead))), text);
  }
}

TEST(LogRecord, TheDataEndsAtTheFilesEndOrAtALengthOfZero) {
  EXPECT_TRUE(std::holds_alternative<LogEnd>(cut_log_record("", entry_max)));
  for (const std::size_t zeros : {1U, 11U, 12U, 4096U}) {
    EXPECT_TRUE(std::holds_alternative<LogEnd>(cut_log_record(std::string(zeros, '\0'), entry_max))) << zeros;
  }
}

TEST(LogRecord, EveryPrefixIsDamage) {
  const std::string bytes = one_record("a transaction");
  for (std::size_t size = 5; size < bytes.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<LogDamage>(cut_log_record(std::string_view(bytes).substr(0, size), entry_max)))
        << size;
  }
}

TEST(LogRecord, EveryFlippedBitIsDamage) {
  const std::string good = one_record("a transaction");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_TRUE(std::holds_alternative<LogDamage>(cut_log_record(bad, entry_max))) << bit;
  }
}

TEST(LogRecord, LongerThanAllowedIsDamage) {
  const std::string bytes = one_record("0123456789");
  EXPECT_TRUE(std::holds_alternative<LogRecord>(cut_log_record(bytes, 10)));
  EXPECT_TRUE(std::holds_alternative<LogDamage>(cut_log_record(bytes, 9)));
  const std::string negative = hex("0000000000000001 ffffffff 00000000");
  EXPECT_TRUE(std::holds_alternative<LogDamage>(cut_log_record(negative, entry_max)));
}

std::optional<std::size_t> found_in(std::string_view bytes) { return find_log_record(bytes, bytes.size(), entry_max); }

TEST(LogScan, FindsTheFirstWholeRecordAtAnyOffset) {
  const std::string record = one_record("a transaction");
  for (std::size_t before = 0; before < 70; ++before) {
    EXPECT_EQ(found_in(std::string(before, '\x17') + record + record), before);
  }
}

TEST(LogScan, LooksNoFurtherThanItWasAskedTo) {
  const std::string bytes = std::string(10, '\x17') + one_record("a transaction");
  EXPECT_EQ(find_log_record(bytes, 10, entry_max), std::nullopt);
  EXPECT_EQ(find_log_record(bytes, 11, entry_max), 10U);
}

// Of 65520 ones Adler's first sum comes out as 0, and the second as -1, which moving a one to the front mends.
TEST(LogScan, FindsTheRecordWhoseChecksumIsZero) {
  std::string entry(65520, '\1');
  entry[0] = '\2';
  entry[1] = '\0';
  ASSERT_EQ(adler32(entry), 0U);
  EXPECT_EQ(found_in("xx" + one_record(entry)), 2U);
}

TEST(LogScan, FindsNothingInZerosNoiseOrACutRecord) {
  EXPECT_EQ(found_in(""), std::nullopt);
  EXPECT_EQ(found_in(std::string(1 << 20, '\0')), std::nullopt);
  const std::string record = one_record("a transaction");
  EXPECT_EQ(found_in(std::string_view(record).substr(0, record.size() - 1)), std::nullopt);
  EXPECT_EQ(found_in(std::string_view(record).substr(1)), std::nullopt);
  test::Seed seed(7);
  auto random = seed.engine();
  std::string noise(1 << 20, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  EXPECT_EQ(found_in(noise), std::nullopt);
  EXPECT_EQ(found_in(noise + record), noise.size());
}

TEST(LogFileName, IsTheFirstZxidInHex) {
  EXPECT_EQ(log_file_name({1, 1}), "log.100000001");
  EXPECT_EQ(log_file_name({0, 0x1f}), "log.1f");
  EXPECT_EQ(log_file_name({0xffffffff, 0xffffffff}), "log.ffffffffffffffff");
}

TEST(LogFileName, IsReadBack) {
  EXPECT_EQ(parse_log_file_name("log.100000001"), (Zxid{1, 1}));
  EXPECT_EQ(parse_log_file_name("log.0"), zxid_zero);
  for (const Zxid zxid : {Zxid{0, 1}, Zxid{7, 0xabcdef}, Zxid{0xffffffff, 0xffffffff}}) {
    EXPECT_EQ(parse_log_file_name(log_file_name(zxid)), zxid);
  }
}

TEST(LogFileName, OtherNamesAreNot) {
  for (const char* name : {"", "log", "log.", "log.1g", "log.-1", "log.+1", "log.0x1", "log.1 ", "log.1.tmp",
                           "snapshot.1", "log.10000000000000000", "Log.1"}) {
    EXPECT_EQ(parse_log_file_name(name), std::nullopt) << name;
  }
}

TEST(Checksums, HaveTheirKnownValues) {
  EXPECT_EQ(adler32("Wikipedia"), 0x11e60398U);
  EXPECT_EQ(adler32(""), 1U);
  EXPECT_EQ(crc32("123456789"), 0xcbf43926U);
  EXPECT_EQ(crc32(""), 0U);
}

TEST(Checksums, GoOnFromAnEarlierValue) {
  EXPECT_EQ(adler32("pedia", adler32("Wiki")), adler32("Wikipedia"));
  EXPECT_EQ(crc32("6789", crc32("12345")), crc32("123456789"));
}

// Adler-32 by its definition, against lengths around every block boundary, with the bytes that overflow first.
TEST(Checksums, Adler32IsRightForEveryLength) {
  std::string bytes(20'000, '\xff');
  std::uint32_t a = 1, b = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    if (size < 300 || size % 37 == 0 || size % 5552 < 2) {
      ASSERT_EQ(adler32(std::string_view(bytes).substr(0, size)), b << 16 | a) << size;
    }
    if (size == bytes.size()) break;
    a = (a + 0xff) % 65521;
    b = (b + a) % 65521;
  }
}

}  // namespace
}  // namespace zabra::wire
