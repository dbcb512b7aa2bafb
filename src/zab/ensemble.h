// Who takes part: the ensemble's configuration as a versioned value, and what counts as a quorum in it.
//
//   majority (no groups)         more than half of the voters
//   groups, each voter weighted  more than half of the groups (those with any weight), each with more than half of its
//   weight
//
// Any two quorums of an ensemble share a voter: all that ZAB needs of them. A voter of weight 0 counts for nothing and
// can't be elected. Observers are never counted. Where the members can be reached is the replica's to know.
//
// While a change of membership is under way there are two ensembles, the committed one and the last seen, and whoever
// asks for a quorum needs one in each: that is what `Quorums` is for, and what everything outside this file takes.
//
// A standalone server is an ensemble of one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wire/ids.h"

namespace zabra::zab {

// A handful of servers, sorted, each once.
class ServerSet {
 public:
  using value_type = ServerId;
  using const_iterator = std::vector<ServerId>::const_iterator;

  ServerSet() = default;
  ServerSet(std::initializer_list<ServerId> servers) : ServerSet(std::vector<ServerId>(servers)) {}
  explicit ServerSet(std::vector<ServerId> servers);

  bool contains(ServerId server) const { return std::binary_search(servers_.begin(), servers_.end(), server); }
  bool insert(ServerId server);  // true: it was not there
  bool erase(ServerId server);   // true: it was there
  void clear() { servers_.clear(); }
  bool empty() const { return servers_.empty(); }
  std::size_t size() const { return servers_.size(); }
  const_iterator begin() const { return servers_.begin(); }
  const_iterator end() const { return servers_.end(); }
  friend bool operator==(const ServerSet&, const ServerSet&) = default;

 private:
  std::vector<ServerId> servers_;
};

struct WeightedVoter {
  ServerId server;
  std::uint32_t weight = 1;  // ZooKeeper's default
  friend constexpr auto operator<=>(const WeightedVoter&, const WeightedVoter&) = default;
};
using VoterGroup = std::vector<WeightedVoter>;

struct Members {
  std::vector<ServerId> voters, observers;
  std::vector<VoterGroup> groups;  // empty: majority; else every voter stands in exactly one
};

// Why no ensemble can be made of these: nobody votes, a server named twice, a voter in no group, no weight at all.
std::optional<std::string> fault_in(const Members& members);

class Ensemble {
 public:
  // Members without fault. `version`: the zxid of the transaction that set them, 0 where they come from a file.
  Ensemble(Members members, Zxid version);
  Ensemble(std::vector<ServerId> voters, Zxid version) : Ensemble(Members{std::move(voters), {}, {}}, version) {}
  static Ensemble of_one(ServerId self) { return Ensemble(std::vector<ServerId>{self}, zxid_zero); }

  Zxid version() const { return version_; }
  std::span<const ServerId> voters() const { return voters_; }
  std::span<const ServerId> observers() const { return observers_; }
  bool is_voter(ServerId server) const { return std::binary_search(voters_.begin(), voters_.end(), server); }
  bool is_observer(ServerId server) const { return std::binary_search(observers_.begin(), observers_.end(), server); }
  bool is_member(ServerId server) const { return is_voter(server) || is_observer(server); }
  // A voter that carries weight.
  bool is_electable(ServerId server) const;

  // Whether the voters of which `has(ServerId)` is true are a quorum. Allocates nothing.
  template <typename Has>
  bool is_quorum_where(const Has& has) const;
  // Servers that don't vote here count for nothing.
  bool is_quorum(const ServerSet& servers) const {
    return is_quorum_where([&](ServerId server) { return servers.contains(server); });
  }

  // Same voters, observers, groups and weights, whatever the versions say.
  bool has_same_members(const Ensemble& other) const;

 private:
  std::vector<ServerId> voters_, observers_;  // sorted
  std::vector<VoterGroup> groups_;            // sorted, only those with weight; empty: majority
  Zxid version_;
};

// The ensembles in which a set of servers must be a quorum: one, or, while a change is under way, two.
class Quorums {
 public:
  Quorums(Ensemble committed) : Quorums(committed, committed) {}  // NOLINT: an ensemble is the usual case of it
  Quorums(Ensemble committed, Ensemble last_seen);

  const Ensemble& committed() const { return committed_; }
  const Ensemble& last_seen() const { return pending_ ? *pending_ : committed_; }
  // Whoever votes in one of them, sorted.
  const ServerSet& voters() const { return voters_; }
  bool is_voter(ServerId server) const { return voters_.contains(server); }
  bool is_observer(ServerId server) const { return !is_voter(server) && last_seen().is_observer(server); }
  bool is_electable(ServerId server) const {
    return committed_.is_electable(server) || (pending_ && pending_->is_electable(server));
  }

  template <typename Has>
  bool is_quorum_where(const Has& has) const {
    return committed_.is_quorum_where(has) && (!pending_ || pending_->is_quorum_where(has));
  }
  bool is_quorum(const ServerSet& servers) const {
    return committed_.is_quorum(servers) && (!pending_ || pending_->is_quorum(servers));
  }

 private:
  Ensemble committed_;
  std::optional<Ensemble> pending_;  // the last seen, where it is another
  ServerSet voters_;
};

template <typename Has>
bool Ensemble::is_quorum_where(const Has& has) const {
  if (groups_.empty())
    return static_cast<std::size_t>(std::count_if(voters_.begin(), voters_.end(), has)) > voters_.size() / 2;
  const auto is_won = [&](const VoterGroup& group) {
    std::uint64_t weight = 0, won = 0;
    for (const WeightedVoter& voter : group) {
      weight += voter.weight;
      if (voter.weight != 0 && has(voter.server)) won += voter.weight;
    }
    return won > weight / 2;
  };
  return static_cast<std::size_t>(std::count_if(groups_.begin(), groups_.end(), is_won)) > groups_.size() / 2;
}

}  // namespace zabra::zab
