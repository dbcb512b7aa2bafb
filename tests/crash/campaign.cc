#include "tests/crash/campaign.h"

#include <random>

#include "tests/crash/taken_sync.h"

namespace zabra::test {

namespace {

Told add(const Story& story, const StorageSetting& setting, Figures& figures) {
  const Told told = tell(story, setting);
  ++figures.stories;
  figures.io_errors += told.io_errors;
  figures.full_starts += told.full_starts;
  figures.reached.truncations += told.reached.truncations;
  figures.reached.adoptions += told.reached.adoptions;
  figures.reached.adoptions_found_at_start += told.reached.adoptions_found_at_start;
  if (told.broken) figures.broken = to_string(story) + "\n" + *told.broken;
  return told;
}

}  // namespace

void cut_everywhere(const StorageSetting& setting, std::uint64_t workload, std::uint64_t losses, Figures& figures) {
  for (std::uint64_t point = 1;; ++point, ++figures.points) {
    for (std::uint64_t loss = 0; loss < losses; ++loss) {
      std::mt19937_64 random(workload * 1000003 + point * 31 + loss);
      Story story;
      story.seed = workload;
      story.lives = {{point, random() % 4 == 0},
                     {1 + random() % 25, random() % 3 == 0},
                     {1 + random() % 200, random() % 3 == 0}};
      const Told told = add(story, setting, figures);
      if (told.broken || !told.first_life_cut) return;
    }
  }
}

void fill_the_disk(const StorageSetting& setting, std::uint64_t seed, Figures& figures) {
  std::mt19937_64 random(seed);
  Story story;
  story.seed = seed;
  story.full_disk = true;
  for (int i = 0; i < 3; ++i) story.lives.push_back({20 + random() % 250, random() % 2 == 0});
  add(story, setting, figures);
}

void fail_everywhere(const StorageSetting& setting, std::uint64_t workload, std::uint64_t stride, Figures& figures) {
  for (std::uint64_t step = 1 + workload % stride;; step += stride, ++figures.points) {
    Story story;
    story.seed = workload;
    story.lives = {{0, step % 2 == 0, step}, {0, false, 1 + step % 40}};
    const std::uint64_t before = figures.io_errors;
    add(story, setting, figures);
    if (figures.broken || figures.io_errors < before + 2) return;
  }
}

Told tell_without(const std::string& taken_class, const StorageSetting& setting, std::uint64_t seed,
                  std::set<std::string>& classes_seen) {
  std::mt19937_64 random(seed);
  Story story;
  story.seed = seed;
  // A kill leaves to the next start what was never synced, a loss of power what is torn.
  for (int i = 0; i < 3; ++i) story.lives.push_back({random() % 3 == 0 ? 0 : 1 + random() % 200, random() % 3 != 0});
  return tell(story, setting, [&](SimFiles& disk) {
    return std::make_unique<TakenSync>(disk, taken_class, seed, classes_seen);
  });
}

}  // namespace zabra::test
