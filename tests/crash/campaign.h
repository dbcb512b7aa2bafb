// Sets of stories. The short test and the campaign run the same, with different numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "tests/crash/story.h"

namespace zabra::test {

struct Figures {
  std::uint64_t stories = 0, points = 0, io_errors = 0, full_starts = 0;
  Ledger::Reached reached;
  std::optional<std::string> broken;  // the first: the story and what was found
};

// Cuts the first life at each of its steps, with `losses` different losses each; the lives after it are cut early (in
// recovery) or anywhere.
void cut_everywhere(const StorageSetting& setting, std::uint64_t workload, std::uint64_t losses, Figures& figures);

// Lives on a disk that is full now and then, cut anywhere.
void fill_the_disk(const StorageSetting& setting, std::uint64_t seed, Figures& figures);

// The first life meets an I/O error at each of its steps in turn, `stride` apart.
void fail_everywhere(const StorageSetting& setting, std::uint64_t workload, std::uint64_t stride, Figures& figures);

// One story without the syncs of a class; with "" none is taken. Adds the classes that came by.
Told tell_without(const std::string& taken_class, const StorageSetting& setting, std::uint64_t seed,
                  std::set<std::string>& classes_seen);

}  // namespace zabra::test
