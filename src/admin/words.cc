#include "admin/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "base/log.h"

namespace zabra::admin {
namespace {

using replica::ConnectionFacts;
using replica::Mode;
using replica::Status;

std::string_view mode_name(Mode mode) {
  switch (mode) {
    case Mode::standalone:
      return "standalone";
    case Mode::leader:
      return "leader";
    case Mode::follower:
      return "follower";
    case Mode::observer:
      return "observer";
    case Mode::read_only:
      return "read-only";
    case Mode::not_serving:
      return "";
  }
  return "";
}

std::string_view peer_state(Mode mode) {
  switch (mode) {
    case Mode::leader:
      return "leading - broadcast";
    case Mode::observer:
      return "observing - broadcast";
    default:
      return "following - broadcast";
  }
}

// At most four decimals and at least one, as Java prints a rounded double: "0.0", "1.5", "1.3396".
std::string average(const replica::Latency& latency) {
  const double exact = latency.count == 0 ? 0 : static_cast<double>(latency.sum) / static_cast<double>(latency.count);
  std::array<char, 32> digits{};  // nineteen and the point's five at most
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), exact, std::chars_format::fixed, 4).ptr;
  std::string shown(std::as_const(digits).data(), end);
  const std::size_t last = std::max(shown.find_last_not_of('0'), shown.find('.') + 1);
  return shown.erase(last + 1);
}

// ZooKeeper's table holds the root under two names, "" and "/", and counts both: one node and one letter more than
// there are. Monitors compare these figures between the servers of an ensemble.
std::uint64_t shown_znodes(const Status& status) {
  return status.znodes + 1;
}
std::uint64_t shown_data_bytes(const Status& status) {
  return status.data_bytes + 1;
}

// ---- srvr, stat -----------------------------------------------------------------------------------------------------

std::string version_line(const WordFacts& facts) {
  const bool is_read_only = facts.status.mode == Mode::read_only;
  return text("Zookeeper version: ", facts.host.version, "\n",
              is_read_only ? "READ-ONLY mode; serving only read-only clients\n" : "");
}

std::string proposal_sizes(const Status& status) {
  if (status.mode != Mode::leader) return "";
  const replica::Sizes& bytes = status.leader.proposal_bytes;
  return text("Proposal sizes last/min/max: ", bytes.last, "/", bytes.min, "/", bytes.max, "\n");
}

// Tools read these lines by position.
std::string counts(const Status& status) {
  const replica::Latency& latency = status.latency;
  return text("Latency min/avg/max: ", latency.min, "/", average(latency), "/", latency.max,  //
              "\nReceived: ", status.packets_received,                                        //
              "\nSent: ", status.packets_sent,                                                //
              "\nConnections: ", status.connections,                                          //
              "\nOutstanding: ", status.outstanding_requests,                                 //
              "\nZxid: ", to_string(status.last_applied),                                     //
              "\nMode: ", mode_name(status.mode),                                             //
              "\nNode count: ", shown_znodes(status), "\n", proposal_sizes(status));
}

std::string srvr(const WordFacts& facts) {
  return version_line(facts) + counts(facts.status);
}

// The brackets hold what a Java server waits for on the socket: 1 to read, 0 nothing.
std::string connection_line(const ConnectionFacts& connection) {
  const bool is_v6 = connection.address.find(':') != std::string::npos;
  const std::string host = is_v6 ? text("[", connection.address, "]") : connection.address;
  return text(" /", host, ":", connection.port, connection.reading ? "[1]" : "[0]", "(queued=", connection.queued,
              ",recved=", connection.received, ",sent=", connection.sent, ")\n");
}

std::string stat(const WordFacts& facts) {
  std::string answer = version_line(facts) + "Clients:\n";
  for (const ConnectionFacts& connection : facts.connections) answer += connection_line(connection);
  return answer + "\n" + counts(facts.status);
}

// ---- mntr -----------------------------------------------------------------------------------------------------------

class Mntr {
 public:
  template <class Value>
  Mntr& add(std::string_view key, const Value& value) {
    answer_ += text("zk_", key, "\t", value, "\n");
    return *this;
  }
  template <class Value>
  Mntr& add_if_known(std::string_view key, const std::optional<Value>& value) {
    return value ? add(key, *value) : *this;
  }
  std::string take() { return std::move(answer_); }

 private:
  std::string answer_;
};

void add_traffic(Mntr& mntr, const Status& status) {
  mntr.add("avg_latency", average(status.latency))
      .add("min_latency", status.latency.min)
      .add("max_latency", status.latency.max)
      .add("packets_received", status.packets_received)
      .add("packets_sent", status.packets_sent)
      .add("num_alive_connections", status.connections)
      .add("outstanding_requests", status.outstanding_requests);
}

void add_tree(Mntr& mntr, const Status& status) {
  mntr.add("znode_count", shown_znodes(status))
      .add("watch_count", status.data_watches + status.child_watches)
      .add("ephemerals_count", status.ephemerals)
      .add("approximate_data_size", shown_data_bytes(status));
}

// Zeros are true ones: there is no TLS and no throttle that drops connections.
void add_since_3_5(Mntr& mntr, const Status& status) {
  mntr.add("last_client_response_size", status.response_bytes.last)
      .add("max_client_response_size", status.response_bytes.max)
      .add("min_client_response_size", status.response_bytes.min)
      .add("uptime", status.uptime_ms)
      .add("global_sessions", status.sessions)
      .add("local_sessions", status.local_sessions)
      .add("connection_drop_probability", "0.0")
      .add("outstanding_tls_handshake", 0)
      .add("auth_failed_count", status.auth_failed)
      .add("non_mtls_remote_conn_count", 0)
      .add("non_mtls_local_conn_count", 0)
      .add("digest_mismatches_count", status.digest_mismatches);
}

void add_ensemble(Mntr& mntr, const Status& status) {
  if (status.mode == Mode::standalone || status.mode == Mode::read_only) return;
  mntr.add("quorum_size", status.quorum_size).add("peer_state", peer_state(status.mode));
  mntr.add("diff_count", status.syncs.diffs).add("snap_count", status.syncs.snapshots);
  mntr.add("looking_count", status.lookings);
  if (status.mode != Mode::leader) return;
  const replica::LeaderFacts& leader = status.leader;
  mntr.add("learners", leader.learners)
      .add("synced_followers", leader.synced_followers)
      .add("synced_non_voting_followers", leader.synced_non_voters)
      .add("synced_observers", leader.synced_observers)
      .add("pending_syncs", leader.pending_syncs)
      .add("leader_uptime", status.mode_ms)
      .add("last_proposal_size", leader.proposal_bytes.last)
      .add("min_proposal_size", leader.proposal_bytes.min)
      .add("max_proposal_size", leader.proposal_bytes.max);
}

// Some read the first 2 KB only: what dashboards show stands in front, in ZooKeeper's documented order.
std::string mntr(const WordFacts& facts) {
  Mntr mntr;
  mntr.add("version", facts.host.version).add("server_state", mode_name(facts.status.mode));
  add_traffic(mntr, facts.status);
  add_tree(mntr, facts.status);
  mntr.add_if_known("open_file_descriptor_count", facts.host.open_files)
      .add_if_known("max_file_descriptor_count", facts.host.open_files_max);
  add_since_3_5(mntr, facts.status);
  add_ensemble(mntr, facts.status);
  mntr.add("no_space", facts.status.no_space ? 1 : 0);
  return mntr.take();
}

// ---- conf, envi -----------------------------------------------------------------------------------------------------

// Source: captured from ZooKeeper 3.8.0, which writes no line end behind the version.
std::string conf_of_ensemble(const EnsembleConf& conf) {
  return text("initLimit=", conf.init_limit_ticks,         //
              "\nsyncLimit=", conf.sync_limit_ticks,       //
              "\nelectionAlg=3",                           //
              "\nelectionPort=", conf.election_ports,      //
              "\nquorumPort=", conf.quorum_ports,          //
              "\npeerType=", conf.is_observer ? 1 : 0,     //
              "\nmembership: \n", conf.membership);
}

std::string conf(const WordFacts& facts) {
  const ConfFacts& conf = facts.conf;
  return text("clientPort=", conf.client_port,                        //
              "\nsecureClientPort=-1",                                //
              "\ndataDir=", conf.data_dir,                            //
              "\ndataDirSize=", facts.host.data_dir_bytes,            //
              "\ndataLogDir=", conf.data_log_dir,                     //
              "\ndataLogSize=", facts.host.log_dir_bytes,             //
              "\ntickTime=", conf.tick_ms,                            //
              "\nmaxClientCnxns=", conf.connections_per_address_max,  //
              "\nminSessionTimeout=", conf.session_timeout_min_ms,    //
              "\nmaxSessionTimeout=", conf.session_timeout_max_ms,    //
              "\nclientPortListenBacklog=", conf.backlog,             //
              "\nserverId=", conf.server_id, "\n",
              conf.ensemble ? conf_of_ensemble(*conf.ensemble) : "");
}

std::string megabytes(std::uint64_t bytes) {
  return text(bytes >> 20, "MB");
}

// kazoo takes the server's version from here. Of Java's lines only the one that says that there is none.
std::string envi(const WordFacts& facts) {
  const HostFacts& host = facts.host;
  return text("Environment:\nzookeeper.version=", host.version,        //
              "\nhost.name=", host.host_name,                          //
              "\njava.version=none",                                   //
              "\nos.name=", host.os_name,                              //
              "\nos.arch=", host.os_arch,                              //
              "\nos.version=", host.os_version,                        //
              "\nuser.name=", host.user_name,                          //
              "\nuser.home=", host.user_home,                          //
              "\nuser.dir=", host.working_directory,                   //
              "\nos.memory.free=", megabytes(host.memory_free_bytes),  //
              "\nos.memory.max=", megabytes(host.memory_total_bytes),  //
              "\nos.memory.total=", megabytes(host.memory_total_bytes), "\n");
}

// ---- role -----------------------------------------------------------------------------------------------------------

// Zabra's own word, for `zabra status`: what a server is in its ensemble, and who else belongs to it.
std::string role(const WordFacts& facts) {
  const Status& status = facts.status;
  const std::string_view name = status.mode == Mode::not_serving ? "looking" : mode_name(status.mode);
  return text("server\t", facts.conf.server_id,                //
              "\nrole\t", name,                                //
              "\nepoch\t", status.epoch,                       //
              "\nzxid\t", to_string(status.last_applied),      //
              "\nclients\t", status.connections,               //
              "\nsince_ms\t", status.mode_ms,                  //
              "\nclient_port\t", facts.conf.client_port, "\n",  //
              facts.conf.ensemble ? facts.conf.ensemble->membership : "");
}

// ---- the table ------------------------------------------------------------------------------------------------------

std::string ruok(const WordFacts&) {
  return "imok";
}
// Clients look here for a server that takes their writes.
std::string isro(const WordFacts& facts) {
  const Status& status = facts.status;
  if (status.mode == Mode::not_serving || !status.serves_clients) return "null";
  return status.mode == Mode::read_only ? "ro" : "rw";
}

struct Word {
  std::string_view name;
  std::string (*answer)(const WordFacts&);
  bool needs_leader = true;  // without one there is only a sentence
};

constexpr std::array<Word, 8> words{{{"conf", conf},
                                     {"envi", envi, false},
                                     {"isro", isro, false},
                                     {"mntr", mntr},
                                     {"role", role, false},
                                     {"ruok", ruok, false},
                                     {"srvr", srvr},
                                     {"stat", stat}}};
constexpr std::string_view not_serving = "This ZooKeeper instance is not currently serving requests\n";

}  // namespace

bool is_allowed(std::string_view word, const Whitelist& whitelist) {
  return word == "srvr" || word == "role" || whitelist.contains(word) || whitelist.contains("*");
}

std::string answer_word(std::string_view word, const WordFacts& facts) {
  const auto found = std::find_if(words.begin(), words.end(), [word](const Word& known) { return known.name == word; });
  if (found != words.end()) {
    const bool is_refused = found->needs_leader && facts.status.mode == Mode::not_serving;
    return is_refused ? std::string(not_serving) : found->answer(facts);
  }
  return text(word, " is not available in this version of Zabra.\n");
}

std::string refuse_word(std::string_view word) {
  return text(word, " is not executed because it is not in the whitelist.\n");
}

}  // namespace zabra::admin
