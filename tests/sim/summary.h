// What runs did and met, in numbers with names: added up over runs, kept in files, shown to people; and what a campaign must
// have met at least once, or it proves nothing about it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "tests/sim/clients.h"
#include "tests/sim/disk.h"
#include "tests/sim/durable_steps.h"

namespace zabra::sim {

struct Summary {
  std::uint64_t runs = 0, violations = 0;
  // By name; those of a kind begin alike: "fault: ", "reach: ", "step: ", "step cut: ".
  std::map<std::string, std::uint64_t> counts;

  std::uint64_t& operator[](const std::string& name) { return counts[name]; }
  void add(const Summary& other);
  void add(const DiskCounts& disk);
  void add(const ClientCounts& clients);
  void add(const StepPairs& steps);

  std::string text() const;  // for people
  // A line each, the number first; read_summary() takes them back.
  std::string lines() const;
};
Summary read_summary(std::istream& in);

// What these runs should have met and have not.
std::vector<std::string> never_reached(const Summary& summary);

}  // namespace zabra::sim
