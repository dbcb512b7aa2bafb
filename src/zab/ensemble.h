// Who takes part: the ensemble's configuration as a versioned value. Every quorum test takes it, and while a change of
// membership is under way it takes two, the committed one and the last seen.
//
// A standalone server is an ensemble of one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/check.h"
#include "wire/ids.h"

namespace zabra::zab {

class Ensemble {
 public:
  // `voters` without duplicates; `version` is the zxid of the transaction that set it, 0 for one that came from a file.
  Ensemble(std::vector<ServerId> voters, Zxid version) : voters_(std::move(voters)), version_(version) {
    CHECK(!voters_.empty());
    std::sort(voters_.begin(), voters_.end());
  }
  static Ensemble of_one(ServerId self) { return Ensemble({self}, zxid_zero); }

  std::span<const ServerId> voters() const { return voters_; }
  Zxid version() const { return version_; }
  bool is_voter(ServerId server) const { return std::binary_search(voters_.begin(), voters_.end(), server); }
  bool is_quorum(std::size_t count) const { return count > voters_.size() / 2; }

 private:
  std::vector<ServerId> voters_;
  Zxid version_;
};

}  // namespace zabra::zab
