// What several servers say of themselves, brought together: one row a server, and whether all is well. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/ensemble_format.h"
#include "wire/host_port.h"
#include "wire/ids.h"

namespace zabra::cli::status {

struct ServerView {
  explicit ServerView(wire::HostPort at, std::string why = {}) : address(std::move(at)), fault(std::move(why)) {}

  wire::HostPort address;
  std::string fault;  // why it could not be asked; then the rest is empty
  std::optional<ServerId> id;
  std::string role;  // "leader", "follower", "observer", "standalone", "read-only", "looking"
  std::optional<std::uint32_t> epoch;
  std::optional<Zxid> zxid;
  std::optional<std::uint64_t> clients;
  std::optional<std::int64_t> in_role_ms;
  std::vector<wire::Member> members;  // its ensemble, as it sees it
  std::uint16_t client_port = 0;

  bool serves() const { return fault.empty() && role != "looking" && role != "read-only"; }
};

// `reply` to the word `role`, or to `srvr` of a server that does not know that (Apache ZooKeeper). A reply that says
// neither becomes a fault.
ServerView view_of_role(const wire::HostPort& address, std::string_view reply);
ServerView view_of_srvr(const wire::HostPort& address, std::string_view reply);

// Members of the ensemble whose servers are not among the views yet, with the addresses where clients reach them.
struct Unasked {
  ServerId id;
  wire::HostPort address;
};
std::vector<Unasked> unasked_members(const std::vector<ServerView>& views);

// Transactions that the leader has applied and this server has not; none where that can't be told.
std::optional<std::uint64_t> lag(const ServerView& server, const std::vector<ServerView>& all);

// One server leads (or is standalone), and each of them serves.
bool is_well(const std::vector<ServerView>& views);

// `wall_ms`: now, since 1970. Rows in the order of the ids.
std::string as_table(std::vector<ServerView> views, std::int64_t wall_ms);
std::string as_json(std::vector<ServerView> views, std::int64_t wall_ms);

}  // namespace zabra::cli::status
