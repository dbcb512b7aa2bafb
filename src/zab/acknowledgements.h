// How far each voter has come with something that only grows (zxids on its disk, answered pings), and how far a quorum
// has.
//
// A voter's position is cumulative: having reached one it has reached all before it.
#pragma once

#include <utility>
#include <vector>

#include "wire/ids.h"
#include "zab/ensemble.h"

namespace zabra::zab {

template <class Position>
class Acknowledgements {
 public:
  // Everybody stands at `start`.
  Acknowledgements(const Quorums& quorums, Position start) : quorums_(quorums), quorum_(start) {
    for (const ServerId voter : quorums_.voters()) reached_.push_back({voter, start});
  }

  // Servers that don't vote, and what goes back, count for nothing.
  void reached(ServerId server, Position position) {
    Reached* voter = find(server);
    if (voter == nullptr || position <= voter->position) return;
    voter->position = position;
    if (position > quorum_) quorum_ = quorum_position();
  }

  // It may have lost what it had reached since: it counts anew. What a quorum had reached stays so.
  void start_anew(ServerId server, Position position) {
    if (Reached* voter = find(server)) voter->position = position;
  }

  // The highest position that all members of some quorum have reached. Never goes back.
  Position quorum() const { return quorum_; }

 private:
  struct Reached {
    ServerId server;
    Position position;
  };

  const Reached* find(ServerId server) const {
    for (const Reached& voter : reached_) {
      if (voter.server == server) return &voter;
    }
    return nullptr;
  }
  Reached* find(ServerId server) { return const_cast<Reached*>(std::as_const(*this).find(server)); }

  bool has_quorum_at(Position position) const {
    return quorums_.is_quorum_where([&](ServerId server) {
      const Reached* voter = find(server);
      return voter != nullptr && voter->position >= position;
    });
  }
  Position quorum_position() const {
    Position best = quorum_;
    for (const Reached& voter : reached_) {
      if (voter.position > best && has_quorum_at(voter.position)) best = voter.position;
    }
    return best;
  }

  const Quorums quorums_;
  std::vector<Reached> reached_;
  Position quorum_;
};

}  // namespace zabra::zab
