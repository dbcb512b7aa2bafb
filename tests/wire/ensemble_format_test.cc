#include "wire/ensemble_format.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"
#include "tests/support/seed.h"
#include "tests/wire/captured_quorum.h"
#include "wire/quorum_packets.h"
#include "wire/quorum_payloads.h"

namespace zabra::wire {
namespace {

// 10.2, captured from ZooKeeper 3.8.0.
constexpr std::string_view three_voters =
    "server.1=127.0.0.1:23201:23301:participant\nserver.2=127.0.0.1:23202:23302:participant\n"
    "server.3=127.0.0.1:23203:23303:participant\nversion=0";

Member member_of(std::string_view value) {
  const auto member = parse_member("server.1", value);
  EXPECT_TRUE(member) << value << ": " << to_string(member.fault());
  return member ? *member : Member{};
}

std::string fault_of_member(std::string_view value) {
  const auto member = parse_member("server.1", value);
  EXPECT_FALSE(member) << value;
  return member ? "" : member.fault().reason;
}

EnsembleText ensemble_of(std::string_view text) {
  const auto ensemble = parse_ensemble(text);
  EXPECT_TRUE(ensemble) << text << ": " << to_string(ensemble.fault());
  return ensemble ? *ensemble : EnsembleText{};
}

std::string fault_of(std::string_view text) {
  const auto ensemble = parse_ensemble(text);
  EXPECT_FALSE(ensemble) << text;
  return ensemble ? "" : to_string(ensemble.fault());
}

// ---- one member -----------------------------------------------------------------------------------------------------

TEST(Member, IsAHostWithTwoPorts) {
  const Member member = member_of("zoo1.example:2888:3888");
  EXPECT_EQ(member.id, ServerId{1});
  EXPECT_EQ(member.addresses, (std::vector<PeerAddress>{{"zoo1.example", 2888, 3888}}));
  EXPECT_EQ(member.role, MemberRole::participant);
  EXPECT_FALSE(member.client);
  EXPECT_EQ(print_member(member), "zoo1.example:2888:3888:participant");
}

TEST(Member, MayHaveARoleInAnyCaseOfLetters) {
  EXPECT_EQ(member_of("h:1:2:observer").role, MemberRole::observer);
  EXPECT_EQ(member_of("h:1:2:OBSERVER").role, MemberRole::observer);
  EXPECT_EQ(member_of("h:1:2:Participant").role, MemberRole::participant);
  EXPECT_EQ(print_member(member_of("h:1:2:Observer")), "h:1:2:observer");
}

TEST(Member, MaySayWhereClientsConnect) {
  EXPECT_EQ(member_of("h:1:2;2181").client, (HostPort{"0.0.0.0", 2181}));
  EXPECT_EQ(member_of("h:1:2:observer;10.0.0.1:2181").client, (HostPort{"10.0.0.1", 2181}));
  EXPECT_EQ(member_of("h:1:2;[::1]:2181").client, (HostPort{"::1", 2181}));
  EXPECT_EQ(print_member(member_of("h:1:2;2181")), "h:1:2:participant;0.0.0.0:2181");
}

TEST(Member, MayHaveASecureClientPort) {
  const Member member = member_of("h:1:2;2181;2281");
  EXPECT_EQ(member.secure_client, (HostPort{"0.0.0.0", 2281}));
  EXPECT_EQ(print_member(member), "h:1:2:participant;0.0.0.0:2181;0.0.0.0:2281");
}

TEST(Member, MayHaveSeveralAddresses) {
  const Member member = member_of("a:1:2|[fe80::1]:3:4:observer|c:5:6;2181");
  EXPECT_EQ(member.addresses, (std::vector<PeerAddress>{{"a", 1, 2}, {"fe80::1", 3, 4}, {"c", 5, 6}}));
  EXPECT_EQ(member.role, MemberRole::observer);
  EXPECT_EQ(print_member(member), "a:1:2|[fe80::1]:3:4|c:5:6:observer;0.0.0.0:2181");
  EXPECT_EQ(member_of(print_member(member)), member);
}

TEST(Member, WhiteSpaceAroundItsPartsIsNoPartOfThem) {
  EXPECT_EQ(member_of("  a:1:2 | b:3:4 ; 2181 "), member_of("a:1:2|b:3:4;2181"));
}

TEST(Member, FaultsSayWhatIsWrong) {
  EXPECT_EQ(fault_of_member(""), "'' does not say where the server is");
  EXPECT_EQ(fault_of_member("h:1"), "'h:1' does not say where the server is");
  EXPECT_EQ(fault_of_member(":1:2"), "':1:2' does not say where the server is");
  EXPECT_EQ(fault_of_member("h:1:2:observer:3"), "'h:1:2:observer:3' does not say where the server is");
  EXPECT_EQ(fault_of_member("::1:2:3"), "'::1:2:3' does not say where the server is");
  EXPECT_EQ(fault_of_member("[::1:2:3"), "'[::1:2:3' does not say where the server is");
  EXPECT_EQ(fault_of_member("h:0:2"), "'h:0:2' has no port from 1 to 65535 in it where one should be");
  EXPECT_EQ(fault_of_member("h:1:65536"), "'h:1:65536' has no port from 1 to 65535 in it where one should be");
  EXPECT_EQ(fault_of_member("h:1:1"), "'h:1:1' has the same port twice");
  EXPECT_EQ(fault_of_member("h:1:2:leader"), "'leader' is no role");
  EXPECT_EQ(fault_of_member("a:1:2:observer|b:3:4:participant"),
            "'a:1:2:observer|b:3:4:participant' gives one server two roles");
  EXPECT_EQ(fault_of_member("a:1:2|"), "'' does not say where the server is");
  EXPECT_EQ(fault_of_member("h:1:2;"), "'' does not say where clients connect");
  EXPECT_EQ(fault_of_member("h:1:2;a:b:3"), "'a:b:3' does not say where clients connect");
  EXPECT_EQ(fault_of_member("h:1:2;1;2;3"), "'h:1:2;1;2;3' has too many parts");
}

TEST(Member, FaultsNameTheKeyAndWhatIsAllowed) {
  EXPECT_EQ(to_string(parse_member("server.7", "h:1").fault()),
            "server.7: 'h:1' does not say where the server is; allowed: "
            "host:port:port[:participant or :observer][;[address:]clientPort]");
  EXPECT_EQ(to_string(parse_member("server.x", "h:1:2").fault()), "server.x: is no server's number; allowed: server.N");
  EXPECT_FALSE(parse_member("server.-1", "h:1:2"));
  EXPECT_FALSE(parse_member("server.", "h:1:2"));
}

// ---- groups and weights ---------------------------------------------------------------------------------------------

TEST(QuorumGroups, AreListsOfServersWithWeights) {
  const EnsembleText ensemble = ensemble_of("weight.2=0\ngroup.2=4:5:6\nweight.1=3\ngroup.1=1:2:3");
  EXPECT_EQ(ensemble.groups, (std::vector<QuorumGroup>{{1, {{1}, {2}, {3}}}, {2, {{4}, {5}, {6}}}}));
  EXPECT_EQ(ensemble.weights, (std::vector<QuorumWeight>{{{1}, 3}, {{2}, 0}}));
  EXPECT_EQ(print_ensemble(ensemble), "group.1=1:2:3\ngroup.2=4:5:6\nweight.1=3\nweight.2=0\nversion=0");
}

TEST(QuorumGroups, FaultsSayWhatIsWrong) {
  EXPECT_EQ(fault_of("group.1=1:x"), "group.1: 'x' is no server's number; allowed: server ids with ':' between them");
  EXPECT_EQ(fault_of("group.1="), "group.1: '' is no server's number; allowed: server ids with ':' between them");
  EXPECT_EQ(fault_of("group.a=1"), "group.a: is no group's number; allowed: group.N");
  EXPECT_EQ(fault_of("weight.1=-1"), "weight.1: '-1' is no weight; allowed: 0 or more");
  EXPECT_EQ(fault_of("weight.=1"), "weight.: is no server's number; allowed: weight.N");
}

// ---- whole texts ----------------------------------------------------------------------------------------------------

TEST(EnsembleText, IsReadAndPrintedAsCaptured) {
  const EnsembleText ensemble = ensemble_of(three_voters);
  EXPECT_EQ(ensemble.members.size(), 3U);
  EXPECT_EQ(ensemble.version, 0);
  EXPECT_EQ(print_ensemble(ensemble), three_voters);
}

// What NEWLEADER carried in the captured streams; one of them with client addresses and a version.
TEST(EnsembleText, OfCapturedPacketsIsReadAndPrintedAgain) {
  for (const char* stream : {captured_leader_stream, captured_inform_and_activate_stream}) {
    QuorumPacketReader reader{PacketLimits{}};
    reader.feed(test::hex(stream));
    std::optional<std::string> text;
    for (auto next = reader.next(); std::holds_alternative<QuorumPacket>(next) && !text; next = reader.next()) {
      const auto& packet = std::get<QuorumPacket>(next);
      if (packet.type == PacketType::new_leader) text = std::string(*config_of_new_leader(packet.data));
    }
    ASSERT_TRUE(text);
    EXPECT_EQ(print_ensemble(ensemble_of(*text)), *text);
  }
}

TEST(EnsembleText, LinesMayComeInAnyOrder) {
  EXPECT_EQ(print_ensemble(ensemble_of("version=1f\nserver.10=h:1:2\nserver.2=h:3:4:observer")),
            "server.2=h:3:4:observer\nserver.10=h:1:2:participant\nversion=1f");
}

TEST(EnsembleText, IsAPropertiesText) {
  EXPECT_EQ(ensemble_of("# a comment\n! another\n\nserver.1 = h\\:1\\\n  :2\r\nversion:ff"),
            ensemble_of("server.1=h:1:2\nversion=ff"));
  EXPECT_EQ(ensemble_of("server.1=z\u00fcrich:1:2").members[0].addresses[0].host, "z\u00fcrich");
  EXPECT_EQ(ensemble_of("server.1=h:1:2\nserver.1=h:3:4").members[0].addresses[0].quorum_port, 3);
}

TEST(EnsembleText, VersionsAreHexadecimal) {
  EXPECT_EQ(ensemble_of("version=100000000").version, 0x100000000);
  EXPECT_EQ(ensemble_of("version=FFFFFFFFFFFFFFFF").version, -1);
  EXPECT_EQ(ensemble_of("").version, 0);
  EXPECT_EQ(print_ensemble(ensemble_of("version=FFFFFFFFFFFFFFFF")), "version=ffffffffffffffff");
  for (const char* text : {"version=", "version=0x1", "version=-1", "version=g", "version=10000000000000000"}) {
    EXPECT_NE(fault_of(text).find("is no version; allowed: hexadecimal digits"), std::string::npos) << text;
  }
}

TEST(EnsembleText, FaultsSayWhatIsWrong) {
  EXPECT_EQ(fault_of("serve.1=h:1:2"), "serve.1: is not known here; allowed: server.N, group.N, weight.N, version");
  EXPECT_EQ(fault_of("server.x=h:1:2"), "server.x: is no server's number; allowed: server.N");
  EXPECT_EQ(fault_of("server.1=a:1:2\nserver.01=b:1:2"), "server.1: is there twice; allowed: one line for each");
  EXPECT_EQ(fault_of("server.1=\\u12"), "line 1: \\u is not followed by four hexadecimal digits");
}

TEST(EnsembleText, EveryPrefixIsAFaultOrAnEnsemble) {
  for (std::size_t size = 0; size <= three_voters.size(); ++size) {
    const auto ensemble = parse_ensemble(three_voters.substr(0, size));
    if (ensemble) { EXPECT_EQ(*parse_ensemble(print_ensemble(*ensemble)), *ensemble) << size; }
  }
}

TEST(EnsembleText, RandomTextsAreFaultsOrEnsembles) {
  test::Seed seed(19);
  auto random = seed.engine();
  constexpr std::string_view letters = "server.group.weight.version=0123456789abcdef:;|[]\\u\n #!ob";
  for (int round = 0; round < 20'000; ++round) {
    std::string text(three_voters);
    for (std::size_t hits = 1 + test::pick(random, 6); hits > 0; --hits) {
      const bool is_sensible = test::pick(random, 4) != 0;
      text[test::pick(random, text.size())] =
          is_sensible ? letters[test::pick(random, letters.size())] : static_cast<char>(random());
    }
    const auto ensemble = parse_ensemble(text);
    if (!ensemble) { ASSERT_NE(to_string(ensemble.fault()), ""); }
  }
}

}  // namespace
}  // namespace zabra::wire
