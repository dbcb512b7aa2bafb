#include "server/config_members.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "base/log.h"

namespace zabra::server {
namespace {

constexpr std::string_view server_prefix = "server.", group_prefix = "group.", weight_prefix = "weight.";
constexpr Range port_range{0, 65535};
constexpr std::int64_t weight_max = std::numeric_limits<std::uint32_t>::max();

std::string without_brackets(std::string_view address) {
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  return std::string(address);
}

bool is_any_address(std::string_view address) {
  return address.empty() || address == "0.0.0.0" || address == "::";
}

// Reads the lines one by one; judge() looks at them together.
class MembershipReader {
 public:
  MembershipReader(Reading& in, std::int64_t id_max) : in_(in), id_max_(id_max) {}

  Membership run() {
    in_.flag("standaloneEnabled", standalone_enabled_);
    in_.flag("multiAddress.enabled", to_.multi_address);
    for (const Entry& line : in_.family(server_prefix)) read_server(line);
    for (const Entry& line : in_.family(group_prefix)) read_group(line);
    for (const Entry& line : in_.family(weight_prefix)) read_weight(line);
    read_version();
    to_.is_sound = !is_refused_;
    if (to_.is_sound) judge();
    to_.is_sound = !is_refused_;
    return std::move(to_);
  }

 private:
  void refuse(const Entry& line, std::string_view what, std::string_view allowed) {
    is_refused_ = true;
    in_.refuse(line, what, allowed);
  }
  void refuse(const Entry& line, const wire::EnsembleFault& fault) { refuse(line, fault.reason, fault.allowed); }

  // ---- lines ----

  void read_server(const Entry& line) {
    const std::optional<std::int64_t> id = parse_number(std::string_view(line.key).substr(server_prefix.size()));
    if (!id || *id < 1 || *id > id_max_)
      return refuse(line, "is no server's number", text("server.1 to server.", id_max_));
    const auto member = wire::parse_member(line.key, line.value);
    if (!member) return refuse(line, member.fault());
    if (member->secure_client)
      return refuse(line, "names a secure client port: this version has no TLS", "one ';' at most");
    if (member->addresses.size() > 1 && !to_.multi_address)
      return refuse(line, "names several addresses", "one; several with multiAddress.enabled=true");
    if (to_.find(member->id) != nullptr) return refuse(line, "is there twice", "one line for each server");
    refuse_addresses_of_another(line, *member);
    to_.text.members.push_back(*member);
    server_lines_.push_back(line);
  }

  void refuse_addresses_of_another(const Entry& line, const wire::Member& member) {
    for (const wire::PeerAddress& address : member.addresses) {
      for (const wire::Member& other : to_.text.members) {
        const bool is_taken = std::ranges::any_of(other.addresses, [&](const wire::PeerAddress& its) {
          return its.host == address.host &&
                 (its.quorum_port == address.quorum_port || its.election_port == address.election_port);
        });
        if (is_taken)
          return refuse(line, text("has an address and port of server.", other.id.value), "ports of its own");
      }
    }
  }

  void read_group(const Entry& line) {
    const auto group = wire::parse_group(line.key, line.value);
    if (!group) return refuse(line, group.fault());
    const auto has_its_id = [&](const wire::QuorumGroup& other) { return other.id == group->id; };
    if (std::ranges::any_of(to_.text.groups, has_its_id))
      return refuse(line, "is there twice", "one line for each group");
    for (const ServerId server : group->servers) refuse_unknown(line, server);
    to_.text.groups.push_back(*group);
    group_lines_.push_back(line);
  }

  void read_weight(const Entry& line) {
    const auto weight = wire::parse_weight(line.key, line.value);
    if (!weight) return refuse(line, weight.fault());
    if (weight->weight > weight_max)
      return refuse(line, text("'", line.value, "' is out of range"), text("0 to ", weight_max));
    refuse_unknown(line, weight->server);
    if (to_.text.groups.empty()) refuse(line, "weighs nothing without groups", "with group.N lines, or no weights");
    if (!weights_.emplace(weight->server, static_cast<std::uint32_t>(weight->weight)).second)
      return refuse(line, "is there twice", "one line for each server");
    to_.text.weights.push_back(*weight);
  }

  // A line that was refused itself has named its server all the same.
  void refuse_unknown(const Entry& line, ServerId server) {
    if (to_.find(server) != nullptr || is_refused_) return;
    refuse(line, text(server.value, " is no server of this file"), to_.ids());
  }

  void read_version() {
    const Entry* named = in_.find("dynamicConfigFile");
    if (named == nullptr) return;
    const std::string_view end = std::string_view(named->value).substr(named->value.rfind('.') + 1);
    std::uint64_t version = 0;
    const auto [stop, error] = std::from_chars(end.data(), end.data() + end.size(), version, 16);
    if (error == std::errc{} && stop == end.data() + end.size()) to_.text.version = static_cast<std::int64_t>(version);
  }

  // ---- all together ----

  void judge() {
    std::ranges::sort(to_.text.members, {}, &wire::Member::id);
    std::ranges::sort(to_.text.groups, {}, &wire::QuorumGroup::id);
    std::ranges::sort(to_.text.weights, {}, &wire::QuorumWeight::server);
    collect_members();
    const std::size_t voters = to_.members.voters.size();
    to_.is_ensemble = voters > 1 || (voters == 1 && !standalone_enabled_);
    if (server_lines_.empty()) return judge_nobody();
    if (voters == 0) return refuse(server_lines_.front(), "an observer has nobody to observe", "participant");
    if (!to_.is_ensemble && server_lines_.size() > 1) {
      return refuse(server_lines_.front(), "is the only voter, and runs standalone: nobody can observe it",
                    "two voters or more, or standaloneEnabled=false");
    }
    if (const std::optional<std::string> fault = zab::fault_in(to_.members))
      return refuse(group_lines_.empty() ? server_lines_.front() : group_lines_.front(), *fault,
                    "each voter in one group, with weights that make quorums");
    warn_of_numbers(voters);
  }

  void collect_members() {
    for (const wire::Member& member : to_.text.members) {
      const bool is_observer = member.role == wire::MemberRole::observer;
      (is_observer ? to_.members.observers : to_.members.voters).push_back(member.id);
    }
    for (const wire::QuorumGroup& group : to_.text.groups) {
      zab::VoterGroup& voters = to_.members.groups.emplace_back();
      for (const ServerId server : group.servers) {
        const auto weight = weights_.find(server);
        voters.push_back({server, weight == weights_.end() ? 1 : weight->second});
      }
    }
  }

  void judge_nobody() {
    if (standalone_enabled_) return;
    refuse(*in_.find("standaloneEnabled"), "'false' needs a server.N line", "true, or a server.N line");
  }

  void warn_of_numbers(std::size_t voters) {
    const Entry& first = server_lines_.front();
    if (!to_.is_ensemble) return in_.warn(first, "runs standalone: there is no other server");
    if (voters % 2 != 0 || !to_.members.groups.empty()) return;
    in_.warn(first, voters == 2 ? text("two voters: when one fails, there is no quorum")
                                : text(voters, " voters survive no more failures than ", voters - 1));
  }

  Reading& in_;
  const std::int64_t id_max_;
  bool standalone_enabled_ = true, is_refused_ = false;
  std::vector<Entry> server_lines_, group_lines_;
  std::map<ServerId, std::uint32_t> weights_;
  Membership to_;
};

}  // namespace

const wire::Member* Membership::find(ServerId server) const {
  const auto found = std::ranges::find(text.members, server, &wire::Member::id);
  return found == text.members.end() ? nullptr : &*found;
}

std::string Membership::ids() const {
  std::vector<ServerId> servers;
  for (const wire::Member& member : text.members) servers.push_back(member.id);
  std::ranges::sort(servers);
  std::string list;
  for (const ServerId server : servers) list += zabra::text(list.empty() ? "" : ", ", server.value);
  return list;
}

Membership read_membership(Reading& in, std::int64_t id_max) {
  return MembershipReader(in, id_max).run();
}

std::string listening_host(std::string_view host) {
  return is_any_address(host) ? "" : std::string(host);
}

void read_client_address(Reading& in, const wire::Member* own, bool is_own_known, Config& config) {
  in.nonempty("clientPortAddress", config.client_address, "a host name or an address");
  config.client_address = without_brackets(config.client_address);
  const Entry* port = in.find("clientPort");
  in.number("clientPort", config.client_port, port_range);
  if (own == nullptr || !own->client) {
    if (port == nullptr && is_own_known)
      in.refuse_missing("clientPort", text(port_range.min, " to ", port_range.max, " (0: any free one)"));
    return;
  }
  const std::string host = listening_host(own->client->host);
  const bool is_same_address = is_any_address(config.client_address) || config.client_address == host;
  if (port != nullptr && (config.client_port != own->client->port || !is_same_address)) {
    in.refuse(*port, text("is not what the line of server.", own->id.value, " says"),
              "the same address and port in both, or one of them");
  }
  config.client_port = own->client->port;
  config.client_address = host;
}

}  // namespace zabra::server
