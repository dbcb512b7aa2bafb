#include "wire/properties.h"

#include <gtest/gtest.h>

namespace zabra::wire {
namespace {

std::vector<Property> parse(std::string_view text) {
  const auto parsed = parse_properties(text);
  EXPECT_TRUE(parsed) << "line " << parsed.fault().line << ": " << parsed.fault().reason;
  return parsed ? *parsed : std::vector<Property>{};
}

// The value of the only property in `text`.
std::string value_of(std::string_view text) {
  const std::vector<Property> properties = parse(text);
  EXPECT_EQ(properties.size(), 1U) << text;
  return properties.empty() ? "" : properties.front().value;
}

TEST(Properties, EqualSignColonAndWhiteSpaceSeparateKeyAndValue) {
  const std::vector<Property> expected{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}, {"d", "4", 4}, {"e", "5", 5}};
  EXPECT_EQ(parse("a=1\nb: 2\nc 3\nd\t4\n  e \t = \t 5  \n"), expected);
}

TEST(Properties, OnlyTheFirstSeparatorIsTaken) {
  EXPECT_EQ(value_of("server.1=host:2888:3888;2181"), "host:2888:3888;2181");
  EXPECT_EQ(value_of("k = = v"), "= v");
  EXPECT_EQ(value_of("k  v=w"), "v=w");
  EXPECT_EQ(value_of("k : = v"), "= v");
}

TEST(Properties, AKeyWithoutValueHasAnEmptyOne) {
  const std::vector<Property> expected{{"a", "", 1}, {"b", "", 2}, {"c", "", 3}};
  EXPECT_EQ(parse("a\nb=\nc"), expected);
}

TEST(Properties, CommentsAndBlankLinesSayNothingAndCount) {
  EXPECT_EQ(parse("# a=1\n\n  ! b=2 \\\n \t \nc=3 # no comment\n"),
            (std::vector<Property>{{"c", "3 # no comment", 5}}));
}

TEST(Properties, AnyLineEndEndsALine) {
  EXPECT_EQ(parse("a=1\r\nb=2\rc=3\n\r\nd=4"),
            (std::vector<Property>{{"a", "1", 1}, {"b", "2", 2}, {"c", "3", 3}, {"d", "4", 5}}));
}

TEST(Properties, ABackslashAtTheEndContinuesTheLine) {
  EXPECT_EQ(parse("words=ruok, \\\r\n   srvr, \\\n\t# stat\nnext=1"),
            (std::vector<Property>{{"words", "ruok, srvr, # stat", 1}, {"next", "1", 4}}));
  EXPECT_EQ(parse("ke\\\n  y=v"), (std::vector<Property>{{"key", "v", 1}}));
  EXPECT_EQ(parse("a=1\\\n\nb=2"), (std::vector<Property>{{"a", "1", 1}, {"b", "2", 3}}));
  EXPECT_EQ(value_of("a=1\\"), "1");
}

TEST(Properties, ABackslashAloneBeginsNothing) {
  EXPECT_EQ(parse(" \\\n# comment\n\\\n\na=1\n\\\n b=2\n\\"), (std::vector<Property>{{"a", "1", 5}, {"b", "2", 7}}));
}

TEST(Properties, AnEscapedBackslashAtTheEndDoesNot) {
  EXPECT_EQ(parse("a=C:\\\\\nb=2"), (std::vector<Property>{{"a", "C:\\", 1}, {"b", "2", 2}}));
}

TEST(Properties, EscapesStandForCharacters) {
  EXPECT_EQ(value_of(R"(k=a\tb\nc\rd\fe)"), "a\tb\nc\rd\fe");
  EXPECT_EQ(value_of(R"(k=\q\"\:\=)"), "q\":=");
  EXPECT_EQ(parse(R"(a\ b\=c\:d = v)"), (std::vector<Property>{{"a b=c:d", "v", 1}}));
  EXPECT_EQ(parse(R"(\#a=1)"), (std::vector<Property>{{"#a", "1", 1}}));
}

TEST(Properties, UnicodeEscapesBecomeUtf8) {
  EXPECT_EQ(value_of(R"(k=\u0041\u00fc\u20AC)"), "A\u00fc\u20ac");
  EXPECT_EQ(value_of(R"(k=\ud83d\ude00!)"), "\U0001F600!");
}

TEST(Properties, HalfAPairBecomesAReplacementCharacter) {
  EXPECT_EQ(value_of(R"(k=\ud83dx)"), "\ufffdx");
  EXPECT_EQ(value_of(R"(k=\ude00\ud83d)"), "\ufffd\ufffd");
}

TEST(Properties, ABadUnicodeEscapeIsAFaultWithItsLine) {
  for (const std::string_view bad :
       {"a=1\n\nk=\\u12", "a=1\n\nk=\\u12g4", "a=1\n\nk=\\u", "a=1\n\n\\u+123=v", "a=1\n\nk=\\u-123"}) {
    const auto parsed = parse_properties(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.fault().line, 3) << bad;
  }
}

TEST(Properties, BytesAreLatin1AndAreMarked) {
  EXPECT_EQ(parse("k=\xfc"), (std::vector<Property>{{"k", "\u00fc", 1, false}}));
}

TEST(Properties, KeysAndValuesAreTrimmedAfterTheEscapes) {
  EXPECT_EQ(parse("\\ k\\ = v \t\\n \n"), (std::vector<Property>{{"k", "v", 1}}));
}

TEST(Properties, RepeatedKeysAllCome) {
  EXPECT_EQ(parse("a=1\na=2"), (std::vector<Property>{{"a", "1", 1}, {"a", "2", 2}}));
}

TEST(Properties, NothingGivesNothing) {
  EXPECT_TRUE(parse("").empty());
}

TEST(Properties, InUtf8KeepTheirBytes) {
  const auto properties = parse_properties("n\u00fcm=\\\u00fc\\u00fc\u4e2d", Encoding::utf8);
  ASSERT_TRUE(properties);
  ASSERT_EQ(properties->size(), 1U);
  EXPECT_EQ(properties->front().key, "n\u00fcm");
  EXPECT_EQ(properties->front().value, "\u00fc\u00fc\u4e2d");
  EXPECT_FALSE(properties->front().is_ascii);
}

}  // namespace
}  // namespace zabra::wire
