// The znodes of a run, so that a number is enough to name one:
//
//   <directory>/p00000012/n0000345      leaf number 12 * children + 345
//   <directory>/p00000012               parent number 12
//   directory = /bench/0x1000…          directories 0: /bench, 1: /bench/0x1000…
//
// Fixed widths: every leaf's path is as long as any other's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench/operation.h"

namespace zabra::cli::bench {

inline constexpr std::uint32_t children_max = 9'999'999;

class TreeLayout {
 public:
  // `directory`: an absolute path of at least one component. `children`: leaves under each parent, 1 … children_max.
  TreeLayout(std::string directory, std::uint32_t children);

  std::uint32_t children() const { return children_; }
  std::size_t directory_count() const { return directories_.size(); }
  // Valid until the next call.
  std::string_view path(Level level, std::uint32_t number);

 private:
  std::string_view leaf_path(std::uint32_t number);
  std::string_view parent_path(std::uint32_t parent);

  std::vector<std::string> directories_;  // each prefix of the directory, shortest first
  std::string leaf_, parent_;             // templates whose digits are overwritten
  std::uint32_t children_;
};

// The number of the leaf with this path in a layout with so many children a parent; nothing if it is none.
std::optional<std::uint32_t> leaf_number(std::string_view path, std::uint32_t children);

}  // namespace zabra::cli::bench
