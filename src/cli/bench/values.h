// The data of a run's leaves: what is read can be checked without remembering what was written.
//
//   leaf number, 4 bytes | stamp, 4 bytes | bytes chosen by number and stamp, to the size of all values
//
// Values below 8 bytes are the same for every leaf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zabra::cli::bench {

class Values {
 public:
  explicit Values(std::size_t size);

  std::size_t size() const { return size_; }
  void append(std::string& out, std::uint32_t number, std::uint32_t stamp) const;
  // Some value of this leaf, whole.
  bool holds(std::string_view value, std::uint32_t number) const;

 private:
  std::string_view filling(std::uint32_t number, std::uint32_t stamp) const;

  std::size_t size_;
  std::string pattern_;  // values are windows into it
};

}  // namespace zabra::cli::bench
