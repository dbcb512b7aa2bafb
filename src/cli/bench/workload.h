// What each connection asks for next. Pure: the same construction gives the same operations.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cli/bench/operation.h"

namespace zabra::cli::bench {

class Workload {
 public:
  virtual ~Workload() = default;
  // The next operation on this connection; nothing: it has none left.
  virtual std::optional<Operation> next(std::size_t connection) = 0;
};

// A few operations that must happen one after the other: all on connection 0.
class Steps final : public Workload {
 public:
  explicit Steps(std::vector<Operation> operations) : operations_(std::move(operations)) {}
  std::optional<Operation> next(std::size_t connection) override;

 private:
  std::vector<Operation> operations_;
  std::size_t at_ = 0;
};

// Without end: reads with probability `read_share`, else writes, of leaves chosen evenly.
class Mix final : public Workload {
 public:
  Mix(std::uint32_t leaves, double read_share, std::uint64_t seed);
  std::optional<Operation> next(std::size_t connection) override;

 private:
  std::uint64_t random();

  std::uint64_t state_, read_below_;
  std::uint32_t leaves_, stamp_ = 0;
};

// One connection's part of a sweep: its parents are connection, connection + C, connection + 2C, …, filled in order.
struct SweepShare {
  std::uint32_t leaves = 0;
  bool bare_parent = false;  // one parent more, without leaves
};
using SweepShares = std::vector<SweepShare>;

inline constexpr std::uint32_t endless = 0xffffffff;

// The shares of `connections` when leaves 0 … count - 1 are swept.
SweepShares shares_of(std::uint32_t count, std::uint32_t children, std::size_t connections);

// Goes through the tree, parent by parent: creates each parent, then its leaves; or removes the leaves, then the
// parent; or reads the leaves. A connection stays with a parent, so that the server's order per session is all that is
// needed.
class Sweep final : public Workload {
 public:
  // `kind`: read, create or remove.
  Sweep(Kind kind, std::uint32_t children, SweepShares shares);
  std::optional<Operation> next(std::size_t connection) override;
  // What was handed out so far, for a sweep that undoes it.
  SweepShares handed_out() const;

 private:
  struct Cursor {
    std::uint32_t leaf = 0;       // leaves handed out
    bool parent_is_done = false;  // create: the parent of the next leaf; remove: that of the last one
  };
  std::optional<Operation> next_create(std::size_t connection);
  std::optional<Operation> next_remove(std::size_t connection);
  Operation leaf(std::size_t connection);
  Operation parent(std::size_t connection, std::uint32_t leaf) const;
  std::uint32_t parent_number(std::size_t connection, std::uint32_t leaf) const;

  Kind kind_;
  std::uint32_t children_;
  SweepShares shares_;
  std::vector<Cursor> cursors_;
};

}  // namespace zabra::cli::bench
