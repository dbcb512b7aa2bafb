// Who the servers of an ensemble are, as configuration files, notifications, NEWLEADER, reconfigurations and
// /zookeeper/config write it:
//
//   server.<id>=<host>:<quorum port>:<election port>[:<role>][|<another address>…][;[<host>:]<client port>]
//   group.<id>=<server>:<server>…
//   weight.<server>=<number>
//   version=<hex>
//
// A text of lines in Java's properties syntax, in any order (ZooKeeper's is that of a hash table: never compare
// bytes). What makes an ensemble sound (quorums, every voter in a group, enough voters) is not decided here. Source:
// QuorumPeer.QuorumServer, QuorumPeerConfig.parseDynamicConfig, QuorumMaj, QuorumHierarchical of 3.8 and 3.9.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/host_port.h"
#include "wire/ids.h"
#include "wire/result.h"

namespace zabra::wire {

enum class MemberRole : std::uint8_t { participant, observer };
std::string_view to_string(MemberRole role);

struct PeerAddress {
  std::string host;
  std::uint16_t quorum_port = 0, election_port = 0;
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

struct Member {
  ServerId id;
  std::vector<PeerAddress> addresses;  // at least one; more need multiAddress.enabled
  MemberRole role = MemberRole::participant;
  std::optional<HostPort> client;      // none: its own configuration file says it
  std::optional<HostPort> secure_client;  // from 3.10 on; older servers refuse a line that has one
  friend bool operator==(const Member&, const Member&) = default;
};

struct QuorumGroup {
  std::int64_t id = 0;
  std::vector<ServerId> servers;
  friend bool operator==(const QuorumGroup&, const QuorumGroup&) = default;
};

struct QuorumWeight {
  ServerId server;
  std::int64_t weight = 1;
  friend bool operator==(const QuorumWeight&, const QuorumWeight&) = default;
};

// Each list in the order of its ids, none of them twice.
struct EnsembleText {
  std::vector<Member> members;
  std::vector<QuorumGroup> groups;    // with groups or weights the quorums are hierarchical
  std::vector<QuorumWeight> weights;  // of servers whose weight is not 1, and of any that are named
  std::int64_t version = 0;           // the zxid of the reconfiguration that made it; 0: never reconfigured
  friend bool operator==(const EnsembleText&, const EnsembleText&) = default;
};

// What is wrong, for whoever wrote it: "server.1: 'h:1' …; allowed: …".
struct EnsembleFault {
  std::string key;      // "server.1"; empty if the text as a whole can't be read
  std::string reason;   // "'h:1' does not say where the server is"
  std::string allowed;  // "host:port:port[:participant or :observer][;[address:]clientPort]"
};
std::string to_string(const EnsembleFault& fault);

// One line, split into key and value: for files that have other keys too.
Result<Member, EnsembleFault> parse_member(std::string_view key, std::string_view value);
Result<QuorumGroup, EnsembleFault> parse_group(std::string_view key, std::string_view value);
Result<QuorumWeight, EnsembleFault> parse_weight(std::string_view key, std::string_view value);
std::string print_member(const Member& member);  // the value; always with the role

// A whole text. Keys that are no part of it are a fault; of a key that is there twice the last counts, as in Java. A
// text without a version is of version 0.
Result<EnsembleText, EnsembleFault> parse_ensemble(std::string_view text);
// Lines in the order of their ids, the version last, without an end of line behind it.
std::string print_ensemble(const EnsembleText& ensemble);

}  // namespace zabra::wire
