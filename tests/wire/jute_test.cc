#include "wire/jute.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace zabra::wire {
namespace {

using test::hex;
using test::hex_of;

TEST(Reader, NumbersAreBigEndianAndSigned) {
  const std::string bytes = hex("01 fffffffe 8000000000000000");
  Reader in(bytes);
  EXPECT_TRUE(in.read_bool());
  EXPECT_EQ(in.read_i32(), -2);
  EXPECT_EQ(in.read_i64(), INT64_MIN);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.remaining(), 0U);
}

TEST(Reader, AnyByteButZeroIsTrue) {
  const std::string bytes = hex("00 01 02 ff");
  Reader in(bytes);
  EXPECT_FALSE(in.read_bool());
  EXPECT_TRUE(in.read_bool());
  EXPECT_TRUE(in.read_bool());
  EXPECT_TRUE(in.read_bool());
}

TEST(Reader, NullAndEmptyStringsAreKeptApart) {
  const std::string bytes = hex("ffffffff 00000000 00000002 6869");
  Reader in(bytes);
  EXPECT_EQ(in.read_nullable(), std::nullopt);
  EXPECT_EQ(in.read_nullable(), NullableView(""));
  EXPECT_EQ(in.read_nullable(), NullableView("hi"));
  EXPECT_TRUE(in.ok());
}

TEST(Reader, StringsAreViewsIntoTheBytesThatAreRead) {
  const std::string bytes = hex("00000002 6869");
  Reader in(bytes);
  EXPECT_EQ(in.read_string().data(), bytes.data() + 4);
}

TEST(Reader, StringsOfImpossibleLengthFail) {
  for (const char* text : {"fffffffe 6869", "80000000", "7fffffff 6869", "00000003 6869", "0000"}) {
    const std::string bytes = hex(text);
    Reader in(bytes);
    EXPECT_EQ(in.read_nullable().value_or(""), "") << text;
    EXPECT_FALSE(in.ok()) << text;
  }
}

TEST(Reader, NullFailsWhereAStringMustBe) {
  const std::string bytes = hex("ffffffff 00000001");
  Reader in(bytes);
  EXPECT_EQ(in.read_string(), "");
  EXPECT_FALSE(in.ok());
}

TEST(Reader, NegativeCountsAreNoItems) {
  const std::string bytes = hex("ffffffff fffffffe 80000000 00000007");
  Reader in(bytes);
  EXPECT_EQ(in.read_count(), 0);
  EXPECT_EQ(in.read_count(), 0);
  EXPECT_EQ(in.read_count(), 0);
  EXPECT_EQ(in.read_count(), 7);
  EXPECT_TRUE(in.ok());
}

TEST(Reader, AfterAFailureEverythingReadsAsZeroAndTheOffsetStays) {
  const std::string bytes = hex("00000001 00 00000002 00000003");
  Reader in(bytes);
  in.read_i32();
  in.read_bool();
  in.fail();
  EXPECT_EQ(in.read_i32(), 0);
  EXPECT_EQ(in.read_i64(), 0);
  EXPECT_FALSE(in.read_bool());
  EXPECT_EQ(in.read_nullable().value_or(""), "");
  EXPECT_EQ(in.read_count(), 0);
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_EQ(in.rest(), "");
  EXPECT_EQ(in.offset(), 5U);
  EXPECT_FALSE(in.ok());
}

TEST(Reader, SkippingBeyondTheEndFails) {
  const std::string bytes = hex("0000");
  Reader in(bytes);
  EXPECT_TRUE(in.skip(2));
  EXPECT_FALSE(in.skip(1));
  EXPECT_FALSE(in.ok());
}

TEST(Writer, WritesWhatTheReaderReads) {
  std::string out;
  Writer writer(out);
  writer.write_bool(true);
  writer.write_i32(-2);
  writer.write_i64(INT64_MIN);
  writer.write_string("hi");
  writer.write_nullable(std::nullopt);
  writer.write_nullable("");
  EXPECT_EQ(hex_of(out), hex_of(hex("01 fffffffe 8000000000000000 00000002 6869 ffffffff 00000000")));
}

TEST(Writer, ALengthMayBeFilledInLater) {
  std::string out = "before";
  Writer writer(out);
  const std::size_t at = writer.reserve_i32();
  writer.write_raw("abc");
  writer.patch_i32(at, 3);
  EXPECT_EQ(out, "before" + hex("00000003") + "abc");
}

}  // namespace
}  // namespace zabra::wire
