// Every reply is judged: a right one passes, and each thing that can be wrong with it has its verdict. The replies are
// encoded as a server encodes them.
#include "cli/bench/reply_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "wire/client_packets.h"

namespace zabra::cli::bench {
namespace {

constexpr Zxid seen{1, 100}, newer{1, 101}, older{1, 99};
constexpr std::int32_t xid = 7;
constexpr std::uint32_t leaf = 1234;

// What a server would answer to one operation; tests break one thing of it.
struct Reply {
  std::int32_t xid = bench::xid;
  Zxid zxid = newer;
  ErrorCode error = ErrorCode::ok;
  std::string path;         // create
  wire::NullableView data;  // read
  bool has_data = false, has_stat = false;
  wire::Stat stat;
};

std::string encoded(const Reply& reply) {
  std::string frame;
  wire::ReplyFrame out(frame, reply.xid, reply.zxid, reply.error);
  if (reply.error == ErrorCode::ok) {
    if (!reply.path.empty()) out.body().write_string(reply.path);
    if (reply.has_data) out.body().write_nullable(reply.data);
    if (reply.has_stat) write(out.body(), reply.stat);
  }
  out.end();
  return frame.substr(4);  // the length is the stream's
}

class ReplyCheck : public testing::Test {
 protected:
  static Sent sent(Kind kind, Level level = Level::leaf, std::uint32_t number = leaf) {
    return {{kind, level, number, 5}, xid, 0};
  }
  Reply right_reply(Kind kind) {
    Reply reply;
    reply.has_data = kind == Kind::read;
    reply.has_stat = kind == Kind::read || kind == Kind::write;
    if (kind == Kind::read) reply.data = value;
    if (kind == Kind::create) reply.path = layout.path(Level::leaf, leaf);
    reply.stat.data_length = static_cast<std::int32_t>(values.size());
    reply.stat.czxid = older;
    reply.stat.mzxid = kind == Kind::write ? reply.zxid : seen;
    reply.stat.version = 1;
    return reply;
  }
  Verdict judged(const Sent& asked, std::string_view frame) {
    zxid_seen = seen;
    return check_reply(asked, frame, zxid_seen, layout, values);
  }
  Verdict judged(Kind kind, const Reply& reply) { return judged(sent(kind), encoded(reply)); }
  // Of the right reply, changed in one thing.
  Verdict with(Kind kind, const std::function<void(Reply&)>& change) {
    Reply reply = right_reply(kind);
    change(reply);
    return judged(kind, reply);
  }

  TreeLayout layout{"/bench/0x1", 1000};
  Values values{100};
  std::string value = [this] {
    std::string bytes;
    values.append(bytes, leaf, 42);
    return bytes;
  }();
  Zxid zxid_seen;
};

// ---- of every kind ----

class ReplyCheckOfEachKind : public ReplyCheck, public testing::WithParamInterface<Kind> {};

TEST_P(ReplyCheckOfEachKind, TheRightReplyPassesAndRaisesTheZxidSeen) {
  EXPECT_EQ(judged(GetParam(), right_reply(GetParam())), Verdict::right);
  EXPECT_EQ(zxid_seen, newer);
}

TEST_P(ReplyCheckOfEachKind, AnotherXidIsCaught) {
  EXPECT_EQ(with(GetParam(), [](Reply& reply) { reply.xid = xid + 1; }), Verdict::wrong_xid);
  EXPECT_EQ(with(GetParam(), [](Reply& reply) { reply.xid = -1; }), Verdict::wrong_xid);  // a watch event
  EXPECT_EQ(zxid_seen, seen);
}

TEST_P(ReplyCheckOfEachKind, AZxidThatWentBackIsCaught) {
  EXPECT_EQ(with(GetParam(), [](Reply& reply) { reply.zxid = older; }), Verdict::zxid_went_back);
  EXPECT_EQ(with(GetParam(), [](Reply& reply) { reply.zxid = {0, 0xffffffffU}; }), Verdict::zxid_went_back);
  EXPECT_EQ(zxid_seen, seen);
}

TEST_P(ReplyCheckOfEachKind, AnErrorIsCaught) {
  for (const ErrorCode error : {ErrorCode::no_node, ErrorCode::no_auth, ErrorCode::node_exists,
                                ErrorCode::session_expired, ErrorCode::system_error}) {
    EXPECT_EQ(with(GetParam(), [&](Reply& reply) { reply.error = error; }), Verdict::wrong_error);
  }
}

TEST_P(ReplyCheckOfEachKind, AFrameCutAnywhereIsCaught) {
  const std::string frame = encoded(right_reply(GetParam()));
  for (std::size_t length = 0; length < frame.size(); ++length) {
    EXPECT_EQ(judged(sent(GetParam()), frame.substr(0, length)), Verdict::malformed) << length << " bytes";
  }
}

TEST_P(ReplyCheckOfEachKind, AFrameWithMoreThanItsRecordIsCaught) {
  EXPECT_EQ(judged(sent(GetParam()), encoded(right_reply(GetParam())) + '\0'), Verdict::malformed);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ReplyCheckOfEachKind,
                         testing::Values(Kind::read, Kind::write, Kind::create, Kind::remove, Kind::close_session));

// ---- zxids ----

TEST_F(ReplyCheck, AReadMayShowTheSameZxidAgainAndAWriteMayNot) {
  const auto again = [](Reply& reply) { reply.zxid = seen; };
  EXPECT_EQ(with(Kind::read, again), Verdict::right);
  EXPECT_EQ(with(Kind::write, [](Reply& reply) { reply.zxid = reply.stat.mzxid = seen; }), Verdict::zxid_went_back);
  EXPECT_EQ(with(Kind::create, again), Verdict::zxid_went_back);
  EXPECT_EQ(with(Kind::remove, again), Verdict::zxid_went_back);
}

TEST_F(ReplyCheck, APingIsCheckedLikeARead) {
  Reply reply;
  reply.zxid = seen;
  EXPECT_EQ(judged(Kind::ping, reply), Verdict::right);
  reply.zxid = older;
  EXPECT_EQ(judged(Kind::ping, reply), Verdict::zxid_went_back);
}

// ---- read data ----

TEST_F(ReplyCheck, DataOfAnotherLengthIsCaught) {
  const auto with_data = [&](wire::NullableView data) {
    return with(Kind::read, [&](Reply& reply) { reply.data = data; });
  };
  EXPECT_EQ(with_data(""), Verdict::wrong_length);
  EXPECT_EQ(with_data(std::nullopt), Verdict::wrong_length);
  EXPECT_EQ(with_data(std::string_view(value).substr(1)), Verdict::wrong_length);
  EXPECT_EQ(with_data(value + "x"), Verdict::wrong_length);
}

TEST_F(ReplyCheck, AnotherLeafsDataIsCaught) {
  std::string other;
  values.append(other, leaf + 1, 42);
  EXPECT_EQ(with(Kind::read, [&](Reply& reply) { reply.data = other; }), Verdict::wrong_content);
}

TEST_F(ReplyCheck, OneWrongByteOfDataIsCaught) {
  for (std::size_t at = 0; at < value.size(); ++at) {
    std::string damaged = value;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    EXPECT_EQ(with(Kind::read, [&](Reply& reply) { reply.data = damaged; }), Verdict::wrong_content) << "byte " << at;
  }
}

// ---- stats ----

TEST_F(ReplyCheck, AStatThatContradictsTheDataReadIsCaught) {
  const auto with_stat = [&](const std::function<void(wire::Stat&)>& change) {
    return with(Kind::read, [&](Reply& reply) { change(reply.stat); });
  };
  EXPECT_EQ(with_stat([](wire::Stat& stat) { stat.data_length = 99; }), Verdict::wrong_stat);
  EXPECT_EQ(with_stat([](wire::Stat& stat) { stat.mzxid = newer.next(); }), Verdict::wrong_stat);
  EXPECT_EQ(with_stat([](wire::Stat& stat) { stat.czxid = newer; }), Verdict::wrong_stat);  // made after its change
}

TEST_F(ReplyCheck, AStatThatContradictsTheWriteIsCaught) {
  const auto with_stat = [&](const std::function<void(wire::Stat&)>& change) {
    return with(Kind::write, [&](Reply& reply) { change(reply.stat); });
  };
  EXPECT_EQ(with_stat([](wire::Stat& stat) { stat.mzxid = seen; }), Verdict::wrong_stat);
  EXPECT_EQ(with_stat([](wire::Stat& stat) { stat.mzxid = newer.next(); }), Verdict::wrong_stat);
  EXPECT_EQ(with_stat([](wire::Stat& stat) { stat.data_length = 101; }), Verdict::wrong_stat);
  EXPECT_EQ(with_stat([](wire::Stat& stat) { stat.version = 0; }), Verdict::wrong_stat);
}

// ---- creates ----

TEST_F(ReplyCheck, AnotherPathIsCaught) {
  for (const char* path : {"/bench/0x1/p00000001/n0000235", "/", "/bench/0x1/p00000001"}) {
    EXPECT_EQ(with(Kind::create, [&](Reply& reply) { reply.path = path; }), Verdict::wrong_path) << path;
  }
}

TEST_F(ReplyCheck, ADirectoryMayStandAlreadyAndNothingElseMay) {
  Reply reply;
  reply.error = ErrorCode::node_exists;
  EXPECT_EQ(judged(sent(Kind::create, Level::directory, 0), encoded(reply)), Verdict::right);
  EXPECT_EQ(judged(sent(Kind::create, Level::parent, 0), encoded(reply)), Verdict::wrong_error);
  EXPECT_EQ(judged(sent(Kind::remove, Level::directory, 0), encoded(reply)), Verdict::wrong_error);
}

// ---- words ----

TEST_F(ReplyCheck, EveryVerdictHasAName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < verdict_count; ++i) names.insert(name(static_cast<Verdict>(i)));
  EXPECT_EQ(names.size(), verdict_count);
  EXPECT_FALSE(names.contains(""));
}

TEST_F(ReplyCheck, ALineSaysWhatWasAskedAndWhatCame) {
  Reply reply;
  reply.error = ErrorCode::no_node;
  reply.xid = 8;
  EXPECT_EQ(describe(Verdict::wrong_xid, sent(Kind::read), encoded(reply), layout),
            "wrong xid: getData /bench/0x1/p00000001/n0000234 xid=7 got xid=8 zxid=0x100000065 err=-101 length=16");
}

}  // namespace
}  // namespace zabra::cli::bench
