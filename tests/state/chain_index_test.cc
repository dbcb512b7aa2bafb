// The hash index whose chains run through the records: it finds what a map finds, while it grows and shrinks.
#include "state/chain_index.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/support/seed.h"

namespace zabra::state {
namespace {

struct Record {
  std::uint32_t key = 0, hash = 0;
  Handle next = no_handle;
};

// Records and their index, as the tree and the sessions have them.
class Table {
 public:
  Handle insert(std::uint32_t key, std::uint32_t hash) {
    const Handle handle = records_.add();
    records_[handle].key = key;
    records_[handle].hash = hash;
    index_.insert(handle, hash, Chained{records_});
    return handle;
  }
  void remove(Handle handle) {
    index_.remove(handle, records_[handle].hash, Chained{records_});
    records_.remove(handle);
  }
  Handle find(std::uint32_t key, std::uint32_t hash) {
    return index_.find(hash, Chained{records_}, [&](Handle at) { return records_[at].key == key; });
  }
  void reserve(std::size_t count) { index_.reserve(count, Chained{records_}); }
  std::size_t size() const { return index_.size(); }

 private:
  struct Chained {
    Slab<Record>& records;
    std::uint32_t hash(Handle at) const { return records[at].hash; }
    Handle& next(Handle at) const { return records[at].next; }
  };
  Slab<Record> records_;
  ChainIndex index_;
};

std::uint32_t spread(std::uint32_t key) {
  return key * 0x9E3779B1U;
}

TEST(ChainIndex, AnEmptyOneFindsNothing) {
  Table table;
  EXPECT_EQ(table.find(7, spread(7)), no_handle);
  EXPECT_EQ(table.size(), 0U);
}

TEST(ChainIndex, RecordsOfOneHashAreToldApart) {
  Table table;
  std::map<std::uint32_t, Handle> handles;
  for (std::uint32_t key = 1; key <= 50; ++key) handles[key] = table.insert(key, 42);
  for (const auto& [key, handle] : handles) EXPECT_EQ(table.find(key, 42), handle);
  table.remove(handles[1]);
  table.remove(handles[50]);
  table.remove(handles[25]);
  EXPECT_EQ(table.find(25, 42), no_handle);
  EXPECT_EQ(table.find(24, 42), handles[24]);
  EXPECT_EQ(table.find(26, 42), handles[26]);
  EXPECT_EQ(table.size(), 47U);
}

TEST(ChainIndex, ManyAreFoundAfterItHasGrownAndShrunk) {
  Table table;
  constexpr std::uint32_t count = 20'000, kept = 30;
  std::vector<Handle> handles;
  for (std::uint32_t key = 0; key < count; ++key) handles.push_back(table.insert(key, spread(key)));
  for (std::uint32_t key = 0; key < count; ++key) ASSERT_EQ(table.find(key, spread(key)), handles[key]);
  for (std::uint32_t key = kept; key < count; ++key) table.remove(handles[key]);
  EXPECT_EQ(table.size(), kept);
  for (std::uint32_t key = 0; key < count; ++key) {
    ASSERT_EQ(table.find(key, spread(key)), key < kept ? handles[key] : no_handle);
  }
}

TEST(ChainIndex, RoomMadeAheadLosesNothingThatWasThere) {
  Table table;
  const Handle before = table.insert(1, spread(1));
  table.reserve(10'000);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.find(1, spread(1)), before);
  const Handle after = table.insert(2, spread(2));
  EXPECT_EQ(table.find(2, spread(2)), after);
  table.remove(before);
  EXPECT_EQ(table.find(1, spread(1)), no_handle);
  EXPECT_EQ(table.find(2, spread(2)), after);
}

TEST(ChainIndex, LessRoomThanThereIsChangesNothing) {
  Table table;
  std::vector<Handle> handles;
  for (std::uint32_t key = 0; key < 100; ++key) handles.push_back(table.insert(key, spread(key)));
  table.reserve(10);
  for (std::uint32_t key = 0; key < 100; ++key) EXPECT_EQ(table.find(key, spread(key)), handles[key]);
}

// Few bits of hash make long chains, many make the table grow.
class ChainIndexAtRandom : public testing::TestWithParam<std::uint32_t> {};

TEST_P(ChainIndexAtRandom, FindsWhatAMapFinds) {
  test::Seed seed(7102);
  std::mt19937_64 random = seed.engine();
  const auto hash_of = [](std::uint32_t key) { return spread(key) & GetParam(); };
  Table table;
  std::map<std::uint32_t, Handle> model;
  constexpr std::size_t keys = 6000;
  for (int step = 0; step < 40'000; ++step) {
    const auto key = static_cast<std::uint32_t>(test::pick(random, keys));
    const auto known = model.find(key);
    ASSERT_EQ(table.find(key, hash_of(key)), known == model.end() ? no_handle : known->second) << "key " << key;
    const bool insert = test::pick(random, 10) < (step % 20'000 < 10'000 ? 9U : 1U);
    if (known == model.end() && insert) {
      model[key] = table.insert(key, hash_of(key));
    } else if (known != model.end() && !insert) {
      table.remove(known->second);
      model.erase(known);
    }
    ASSERT_EQ(table.size(), model.size());
  }
  for (std::uint32_t key = 0; key < keys; ++key) {
    ASSERT_EQ(table.find(key, hash_of(key)) != no_handle, model.contains(key)) << "key " << key;
  }
}

INSTANTIATE_TEST_SUITE_P(BitsOfHash, ChainIndexAtRandom, testing::Values(0xffffffffU, 0xffU, 0xffffff00U));

TEST(ChainIndexDeathTest, WhatIsNotInItCannotBeRemoved) {
  Table table;
  const Handle handle = table.insert(1, 1);
  ChainIndex another;
  Slab<Record> no_records;
  struct None {
    Slab<Record>& records;
    std::uint32_t hash(Handle) const { return 1; }
    Handle& next(Handle at) const { return records[at].next; }
  };
  EXPECT_DEATH(another.remove(handle, 1, None{no_records}), "broken promise");
}

}  // namespace
}  // namespace zabra::state
