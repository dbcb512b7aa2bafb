#include "zab/ensemble.h"

#include "wire/check.h"

namespace zabra::zab {
namespace {

bool has_duplicate(std::vector<ServerId> servers) {
  std::sort(servers.begin(), servers.end());
  return std::adjacent_find(servers.begin(), servers.end()) != servers.end();
}

std::vector<ServerId> in_groups(const std::vector<VoterGroup>& groups) {
  std::vector<ServerId> servers;
  for (const VoterGroup& group : groups) {
    for (const WeightedVoter& voter : group) servers.push_back(voter.server);
  }
  return servers;
}

bool is_weightless(const VoterGroup& group) {
  return std::all_of(group.begin(), group.end(), [](const WeightedVoter& voter) { return voter.weight == 0; });
}

std::optional<std::string> fault_in_groups(const Members& members) {
  if (members.groups.empty()) return std::nullopt;
  std::vector<ServerId> grouped = in_groups(members.groups), voters = members.voters;
  if (has_duplicate(grouped)) return "a server stands in two groups";
  std::sort(grouped.begin(), grouped.end());
  std::sort(voters.begin(), voters.end());
  if (!std::includes(grouped.begin(), grouped.end(), voters.begin(), voters.end())) return "a voter stands in no group";
  if (grouped != voters) return "a group names a server that does not vote";
  if (std::all_of(members.groups.begin(), members.groups.end(), is_weightless)) return "no voter has any weight";
  return std::nullopt;
}

}  // namespace

ServerSet::ServerSet(std::vector<ServerId> servers) : servers_(std::move(servers)) {
  std::sort(servers_.begin(), servers_.end());
  servers_.erase(std::unique(servers_.begin(), servers_.end()), servers_.end());
}

bool ServerSet::insert(ServerId server) {
  const auto place = std::lower_bound(servers_.begin(), servers_.end(), server);
  if (place != servers_.end() && *place == server) return false;
  servers_.insert(place, server);
  return true;
}

bool ServerSet::erase(ServerId server) {
  const auto place = std::lower_bound(servers_.begin(), servers_.end(), server);
  if (place == servers_.end() || *place != server) return false;
  servers_.erase(place);
  return true;
}

std::optional<std::string> fault_in(const Members& members) {
  if (members.voters.empty()) return "nobody votes";
  std::vector<ServerId> all = members.voters;
  all.insert(all.end(), members.observers.begin(), members.observers.end());
  if (has_duplicate(std::move(all))) return "a server is named twice";
  return fault_in_groups(members);
}

Ensemble::Ensemble(Members members, Zxid version)
    : voters_(std::move(members.voters)), observers_(std::move(members.observers)), version_(version) {
  std::sort(voters_.begin(), voters_.end());
  std::sort(observers_.begin(), observers_.end());
  for (VoterGroup& group : members.groups) {
    std::sort(group.begin(), group.end());
    if (!is_weightless(group)) groups_.push_back(group);
  }
  std::sort(groups_.begin(), groups_.end());
  CHECK(!fault_in({voters_, observers_, std::move(members.groups)}));
}

bool Ensemble::is_electable(ServerId server) const {
  if (groups_.empty()) return is_voter(server);
  return std::any_of(groups_.begin(), groups_.end(), [&](const VoterGroup& group) {
    return std::any_of(group.begin(), group.end(),
                       [&](const WeightedVoter& voter) { return voter.server == server && voter.weight != 0; });
  });
}

bool Ensemble::has_same_members(const Ensemble& other) const {
  return voters_ == other.voters_ && observers_ == other.observers_ && groups_ == other.groups_;
}

Quorums::Quorums(Ensemble committed, Ensemble last_seen) : committed_(std::move(committed)) {
  std::vector<ServerId> voters(committed_.voters().begin(), committed_.voters().end());
  voters.insert(voters.end(), last_seen.voters().begin(), last_seen.voters().end());
  voters_ = ServerSet(std::move(voters));
  const bool is_other = last_seen.version() != committed_.version() || !committed_.has_same_members(last_seen);
  if (is_other) pending_ = std::move(last_seen);
}

}  // namespace zabra::zab
