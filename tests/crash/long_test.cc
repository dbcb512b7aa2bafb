// The crash test with more seeds (ctest label "campaign"). ZABRA_SEED moves it on.
#include <gtest/gtest.h>

#include "tests/crash/campaign.h"
#include "tests/support/seed.h"

namespace zabra::test {
namespace {

std::string keeper_name(const testing::TestParamInfo<Keeper>& info) {
  return info.param == Keeper::memory ? "memory" : "leveldb";
}

class CrashCampaign : public testing::TestWithParam<Keeper> {
 protected:
  void expect_kept() const { EXPECT_FALSE(figures_.broken) << *figures_.broken; }
  const Seed seed_{1000};
  const StorageSetting setting_ = StorageSetting::small(GetParam());
  Figures figures_;
};
INSTANTIATE_TEST_SUITE_P(Campaign, CrashCampaign, testing::Values(Keeper::memory, Keeper::leveldb), keeper_name);

TEST_P(CrashCampaign, CutEverywhere) {
  for (std::uint64_t i = 0; i < 60 && !figures_.broken; ++i) cut_everywhere(setting_, seed_.value() + i, 6, figures_);
  expect_kept();
}

TEST_P(CrashCampaign, FullDisks) {
  for (std::uint64_t i = 0; i < 5000 && !figures_.broken; ++i) fill_the_disk(setting_, seed_.value() + i, figures_);
  expect_kept();
}

TEST_P(CrashCampaign, FailingDisks) {
  for (std::uint64_t i = 0; i < 20 && !figures_.broken; ++i) fail_everywhere(setting_, seed_.value() + i, 1, figures_);
  expect_kept();
}

}  // namespace
}  // namespace zabra::test
