// What a client is answered for a write, field by field.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/state/applying.h"
#include "wire/jute.h"

namespace zabra::state {
namespace {

using namespace test;

std::string reply_text(const Answer& answer, bool has_path, bool has_stat) {
  if (answer.code != ErrorCode::ok) return "error " + std::to_string(static_cast<int>(answer.code)) + answer.body;
  wire::Reader in(answer.body);
  std::string text = has_path ? std::string(in.read_string()) : "";
  if (has_stat) text += " " + to_text(wire::read_stat(in));
  EXPECT_TRUE(in.ok() && in.remaining() == 0);
  return text;
}

TEST(ApplyReply, EachOperationHasItsForm) {
  Applying server;
  server.open(Applying::alice);
  EXPECT_EQ(reply_text(server.run(create("/a", "xy")), true, false), "/a");
  EXPECT_EQ(reply_text(server.run(create("/s-", CreateMode::persistent_sequential)), true, false), "/s-0000000001");
  EXPECT_EQ(reply_text(server.run(Create{.op = OpCode::create2, .path = "/b"}), true, true),
            "/b stat(4 4 4 0 0 0 0 0)");
  EXPECT_EQ(reply_text(server.run(Create{.op = OpCode::create_container, .path = "/c", .flags = 4}), true, true),
            "/c stat(5 5 5 0 0 0 0 0)");
  EXPECT_EQ(reply_text(server.run(Create{.op = OpCode::create_ttl, .path = "/t", .flags = 5, .ttl_ms = 9}), true, true),
            "/t stat(6 6 6 0 0 0 0 0)");
  EXPECT_EQ(reply_text(server.run(set_data("/a", "hello")), false, true), " stat(2 7 2 1 0 0 5 0)");
  EXPECT_EQ(reply_text(server.run(set_acl("/a", AclBytes{{perm::all, "ip", "::1"}})), false, true),
            " stat(2 7 2 1 0 1 5 0)");
  EXPECT_EQ(reply_text(server.run(remove("/a")), false, false), "");
  EXPECT_EQ(reply_text(server.run(remove("/a")), false, false), "error -101");
  EXPECT_EQ(reply_text(server.run(create("/b")), false, false), "error -110");
}

// A create with the container's flag makes a container, and is answered as the create that it was.
TEST(ApplyReply, TheRequestDecidesTheFormNotTheTransaction) {
  Applying server;
  server.open(Applying::alice);
  EXPECT_EQ(reply_text(server.run(create("/c", CreateMode::container)), true, false), "/c");
}

std::string multi_text(const Answer& answer) {
  EXPECT_EQ(answer.code, ErrorCode::ok);
  wire::Reader in(answer.body);
  std::string text;
  for (;;) {
    const std::int32_t type = in.read_i32();
    const bool done = in.read_bool();
    const std::int32_t error = in.read_i32();
    text += std::to_string(type) + "/" + std::to_string(error);
    if (done || !in.ok()) break;
    if (type == -1) text += ":" + std::to_string(in.read_i32());
    if (type == 1 || type == 15) text += " " + std::string(in.read_string());
    if (type == 15 || type == 5) text += " " + to_text(wire::read_stat(in));
    text += "\n";
  }
  EXPECT_TRUE(in.ok() && in.remaining() == 0);
  return text;
}

TEST(ApplyReply, AMultiAnswersEachItemAsOfRightAfterIt) {
  Applying server;
  server.open(Applying::alice);
  const Answer answer = server.run_multi({create("/a", "x"), Create{.op = OpCode::create2, .path = "/a/b"},
                                          set_data("/a", "xyz"), check("/a", 1), remove("/a/b"), set_data("/a", "")});
  EXPECT_EQ(multi_text(answer),
            "1/0 /a\n"
            "15/0 /a/b stat(2 2 2 0 0 0 0 0)\n"
            "5/0 stat(2 2 2 1 1 0 3 1)\n"
            "13/0\n"
            "2/0\n"
            "5/0 stat(2 2 2 2 2 0 0 0)\n"
            "-1/-1");
}

TEST(ApplyReply, AFailedMultiAnswersErrorsOnly) {
  Applying server;
  server.open(Applying::alice);
  const Answer answer = server.run_multi({create("/a"), check("/a", 7), remove("/a")});
  EXPECT_EQ(multi_text(answer),
            "-1/0:0\n"
            "-1/-103:-103\n"
            "-1/-2:-2\n"
            "-1/-1");
  EXPECT_FALSE(server.exists("/a"));
}

TEST(ApplyReply, AnEmptyMultiIsItsEnd) {
  Applying server;
  server.open(Applying::alice);
  EXPECT_EQ(multi_text(server.run_multi({})), "-1/-1");
}

TEST(ApplyReply, ContainersAndTtlNodesAreCreate2sInAMulti) {
  Applying server;
  server.open(Applying::alice);
  const Answer answer = server.run_multi({Create{.op = OpCode::create_container, .path = "/c", .flags = 4},
                                          Create{.op = OpCode::create_ttl, .path = "/t", .flags = 5, .ttl_ms = 9}});
  EXPECT_EQ(multi_text(answer),
            "15/0 /c stat(2 2 2 0 0 0 0 0)\n"
            "15/0 /t stat(2 2 2 0 0 0 0 0)\n"
            "-1/-1");
}

}  // namespace
}  // namespace zabra::state
