#include "server/config_ensemble.h"

#include <algorithm>

#include "base/log.h"
#include "server/config_members.h"
#include "server/config_reading.h"

namespace zabra::server {
namespace {

constexpr Range positive{1}, from_zero{0};
constexpr std::string_view keys_of_ensembles[] = {"initLimit",
                                                  "syncLimit",
                                                  "connectToLearnerMasterLimit",
                                                  "peerType",
                                                  "electionAlg",
                                                  "leaderServes",
                                                  "cnxTimeout",
                                                  "quorumListenOnAllIPs",
                                                  "electionPortBindRetry",
                                                  "multiAddress.enabled",
                                                  "localSessionsEnabled",
                                                  "localSessionsUpgradingEnabled"};

void read_limit(Reading& in, std::string_view key, bool is_required, std::string_view what, std::int32_t& ticks) {
  in.number(key, ticks, positive);
  if (is_required && in.find(key) == nullptr) in.refuse_missing(key, text("1 to ", positive.max, " ticks, ", what));
}

void read_limits(Reading& in, bool has_others, EnsembleConfig& to) {
  read_limit(in, "initLimit", has_others, "for a server to connect to the leader and take over its history",
             to.init_limit_ticks);
  read_limit(in, "syncLimit", has_others, "that a server may be silent", to.sync_limit_ticks);
  to.connect_limit_ticks = 0;
  in.number("connectToLearnerMasterLimit", to.connect_limit_ticks, from_zero);
  if (to.connect_limit_ticks == 0) to.connect_limit_ticks = to.init_limit_ticks;
  in.number("cnxTimeout", to.dial_timeout_ms, positive);
  in.number("electionPortBindRetry", to.bind_tries, from_zero);
}

void read_peer_type(Reading& in, const wire::Member* own) {
  const Entry* entry = in.find("peerType");
  if (entry == nullptr) return;
  const bool is_observer = is_word(entry->value, "observer");
  if (!is_observer && !is_word(entry->value, "participant"))
    return in.refuse(*entry, text("'", entry->value, "' is neither"), "participant, observer");
  if (own == nullptr || is_observer == (own->role == wire::MemberRole::observer)) return;
  const std::string_view role = wire::to_string(own->role);
  in.warn(*entry, text("the line of server.", own->id.value, " says ", role, ", and that counts"));
}

void read_election(Reading& in) {
  const Entry* entry = in.find("electionAlg");
  if (entry != nullptr && parse_number(entry->value) != 3)
    in.refuse(*entry, text("'", entry->value, "' is no election that there is"), "3");
}

void read_local_sessions(Reading& in, EnsembleConfig& to) {
  in.flag("localSessionsEnabled", to.local_sessions);
  in.flag("localSessionsUpgradingEnabled", to.local_sessions_upgrading);
  if (to.local_sessions_upgrading && !to.local_sessions)
    in.warn(*in.find("localSessionsUpgradingEnabled"), "has no effect without localSessionsEnabled=true");
}

// With quorumListenOnAllIPs each port once, whatever the addresses.
std::vector<wire::HostPort> listening(const wire::Member& own, PeerPort port, bool on_all) {
  std::vector<wire::HostPort> at;
  for (const wire::HostPort& address : addresses_of(own, port)) {
    const wire::HostPort here{on_all ? "" : listening_host(address.host), address.port};
    if (std::ranges::find(at, here) == at.end()) at.push_back(here);
  }
  return at;
}

void read_all(Reading& in, bool has_others, const wire::Member* own, EnsembleConfig& to) {
  read_limits(in, has_others, to);
  read_peer_type(in, own);
  read_election(in);
  read_local_sessions(in, to);
  in.yes_or_no("leaderServes", to.leader_serves);
  bool on_all = false;
  in.flag("quorumListenOnAllIPs", on_all);
  if (own == nullptr) return;
  to.quorum_listen = listening(*own, PeerPort::quorum, on_all);
  to.election_listen = listening(*own, PeerPort::election, on_all);
}

void warn_of_keys_without_effect(Reading& in) {
  constexpr std::string_view why = "has no effect: there is no other server";
  for (const std::string_view key : keys_of_ensembles) {
    if (const Entry* entry = in.find(key)) in.warn(*entry, why);
  }
  for (const std::string_view prefix : {"group.", "weight."}) {
    for (const Entry& entry : in.family(prefix)) in.warn(entry, why);
  }
}

}  // namespace

std::vector<wire::HostPort> addresses_of(const wire::Member& member, PeerPort port) {
  std::vector<wire::HostPort> addresses;
  for (const wire::PeerAddress& address : member.addresses)
    addresses.push_back({address.host, port == PeerPort::quorum ? address.quorum_port : address.election_port});
  return addresses;
}

std::optional<EnsembleConfig> read_ensemble(Reading& in, const Membership& membership, const wire::Member* own) {
  EnsembleConfig ensemble;
  ensemble.text = membership.text;
  ensemble.members = membership.members;
  ensemble.multi_address = membership.multi_address;
  const bool has_others = membership.is_ensemble && membership.text.members.size() > 1;
  read_all(in, has_others, own, ensemble);
  if (membership.is_ensemble) return ensemble;
  if (membership.is_sound) warn_of_keys_without_effect(in);
  return std::nullopt;
}

}  // namespace zabra::server
