#include "cli/bench/workload.h"

#include <algorithm>
#include <limits>

#include "wire/check.h"

namespace zabra::cli::bench {

std::optional<Operation> Steps::next(std::size_t connection) {
  if (connection != 0 || at_ == operations_.size()) return std::nullopt;
  return operations_[at_++];
}

Mix::Mix(std::uint32_t leaves, double read_share, std::uint64_t seed) : state_(seed), leaves_(leaves) {
  CHECK(leaves > 0);
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  read_below_ = read_share >= 1 ? all : static_cast<std::uint64_t>(read_share * static_cast<double>(1ULL << 63)) * 2;
}

// SplitMix64: one addition and three mixes.
std::uint64_t Mix::random() {
  std::uint64_t x = state_ += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

std::optional<Operation> Mix::next(std::size_t) {
  const auto number = static_cast<std::uint32_t>((random() >> 32) * leaves_ >> 32);
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  const bool is_read = read_below_ == all || random() < read_below_;
  if (is_read) return Operation{Kind::read, Level::leaf, number, 0};
  return Operation{Kind::write, Level::leaf, number, ++stamp_};
}

SweepShares shares_of(std::uint32_t count, std::uint32_t children, std::size_t connections) {
  SweepShares shares(connections);
  std::size_t connection = 0;
  for (std::uint32_t left = count; left > 0; connection = (connection + 1) % connections) {
    const std::uint32_t here = std::min(left, children);
    shares[connection].leaves += here;
    left -= here;
  }
  return shares;
}

Sweep::Sweep(Kind kind, std::uint32_t children, SweepShares shares)
    : kind_(kind), children_(children), shares_(std::move(shares)), cursors_(shares_.size()) {
  CHECK(kind == Kind::read || kind == Kind::create || kind == Kind::remove);
  for (Cursor& cursor : cursors_) cursor.parent_is_done = kind == Kind::remove;
}

std::optional<Operation> Sweep::next(std::size_t connection) {
  if (kind_ == Kind::create) return next_create(connection);
  if (kind_ == Kind::remove) return next_remove(connection);
  if (cursors_[connection].leaf == shares_[connection].leaves) return std::nullopt;
  return leaf(connection);
}

std::optional<Operation> Sweep::next_create(std::size_t connection) {
  Cursor& cursor = cursors_[connection];
  if (cursor.leaf == shares_[connection].leaves) return std::nullopt;
  if (!cursor.parent_is_done) {
    cursor.parent_is_done = true;
    return parent(connection, cursor.leaf);
  }
  const Operation operation = leaf(connection);
  if (cursor.leaf % children_ == 0) cursor.parent_is_done = false;
  return operation;
}

std::optional<Operation> Sweep::next_remove(std::size_t connection) {
  Cursor& cursor = cursors_[connection];
  SweepShare& share = shares_[connection];
  if (!cursor.parent_is_done) {
    cursor.parent_is_done = true;
    return parent(connection, cursor.leaf - 1);
  }
  if (cursor.leaf < share.leaves) {
    const Operation operation = leaf(connection);
    if (cursor.leaf % children_ == 0 || cursor.leaf == share.leaves) cursor.parent_is_done = false;
    return operation;
  }
  if (!share.bare_parent) return std::nullopt;
  share.bare_parent = false;
  return parent(connection, cursor.leaf);
}

SweepShares Sweep::handed_out() const {
  SweepShares out(cursors_.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Cursor& cursor = cursors_[i];
    out[i] = {cursor.leaf, kind_ == Kind::create && cursor.parent_is_done && cursor.leaf % children_ == 0};
  }
  return out;
}

Operation Sweep::leaf(std::size_t connection) {
  const std::uint32_t at = cursors_[connection].leaf++;
  return {kind_, Level::leaf, parent_number(connection, at) * children_ + at % children_, 0};
}

Operation Sweep::parent(std::size_t connection, std::uint32_t leaf) const {
  return {kind_, Level::parent, parent_number(connection, leaf), 0};
}

std::uint32_t Sweep::parent_number(std::size_t connection, std::uint32_t leaf) const {
  return static_cast<std::uint32_t>(connection + cursors_.size() * (leaf / children_));
}

}  // namespace zabra::cli::bench
