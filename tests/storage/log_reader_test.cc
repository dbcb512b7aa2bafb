#include "storage/log_reader.h"

#include <gtest/gtest.h>

#include "tests/storage/entries.h"
#include "tests/support/sim_files.h"

namespace zabra::storage {
namespace {

constexpr std::uint64_t chunk = 1 << 20;  // what the reader looks at at a time

// A file of the given bytes, all of it tail.
class TailTest : public testing::Test {
 protected:
  Tail inspect(const std::string& bytes, std::uint64_t batch_bytes_max = 0) {
    EXPECT_TRUE((*disk_.open("/f", OpenMode::replace))->write(0, bytes));
    const auto tail = inspect_tail(disk_, "/f", 0, batch_bytes_max, entry_bytes_max);
    EXPECT_TRUE(tail);
    return *tail;
  }

  test::SimFiles disk_;
};

std::string damage(std::uint64_t bytes) { return std::string(bytes, '\x17'); }

TEST_F(TailTest, OfZerosHoldsNoData) {
  const Tail tail = inspect(std::string(chunk + 5, '\0'));
  EXPECT_EQ(tail.data_end, 0U);
  EXPECT_EQ(tail.record_offset, std::nullopt);
}

TEST_F(TailTest, EndsBehindTheLastByteThatIsNotZero) {
  EXPECT_EQ(inspect(damage(7) + std::string(2 * chunk, '\0')).data_end, 7U);
  EXPECT_EQ(inspect(damage(2 * chunk + 7) + std::string(9, '\0')).data_end, 2 * chunk + 7);
}

TEST_F(TailTest, TheFirstRecordIsFoundWhereverItBeginsAndEnds) {
  const std::string records = records_of(1, 2, 100);
  for (const std::uint64_t at : {std::uint64_t{1}, chunk - 50, chunk - 1, chunk, chunk + 1, 3 * chunk - 5}) {
    EXPECT_EQ(inspect(damage(at) + records).record_offset, at);
  }
}

TEST_F(TailTest, TheLongestRecordIsFoundBehindItsDamagedNeighbour) {
  const std::string record = records_of(1, 1, entry_bytes_max - 1000);
  EXPECT_EQ(inspect(damage(chunk - 1) + record).record_offset, chunk - 1);
  EXPECT_EQ(inspect(damage(chunk - 1) + record.substr(0, record.size() - 1)).record_offset, std::nullopt);
}

TEST_F(TailTest, ARecordWithinOneBatchBehindTheStartDoesNotCount) {
  const std::string bytes = damage(1000) + records_of(1, 1);
  EXPECT_EQ(inspect(bytes, 999).record_offset, 1000U);
  EXPECT_EQ(inspect(bytes, 1000).record_offset, std::nullopt);
  const std::string far = damage(2 * chunk) + records_of(1, 1);
  EXPECT_EQ(inspect(far, 2 * chunk - 1).record_offset, 2 * chunk);
  EXPECT_EQ(inspect(far, 2 * chunk).record_offset, std::nullopt);
}

}  // namespace
}  // namespace zabra::storage
