// Many seeds, on all cores. They run in ranges; each finished range leaves a file with what it met, so that a campaign that
// was interrupted, however, goes on where it was. A range counts for one state of the code: the files of another state lie
// in another folder.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/summary.h"

namespace zabra::sim {

struct SeedRange {
  std::uint64_t from = 1, to = 1;
};

struct CampaignSetting {
  SeedRange seeds;
  long seconds = 60;        // with faults
  std::string results;      // a folder
  std::string state;        // of the code
  unsigned processes = 1;
};

// All in this process. The first that fails is shown in its shortest form.
Summary run_seeds(const SeedRange& seeds, long seconds);
void write_results(const std::string& folder, const SeedRange& seeds, const std::string& state, const Summary& summary);
// All that the folder has of this state.
Summary read_results(const std::string& folder, const std::string& state);
// Prints it, with what was never reached. Whether all is well.
bool report(const Summary& summary);

bool run_campaign(const CampaignSetting& setting);

}  // namespace zabra::sim
