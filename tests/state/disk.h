// A disk as checkpoints see it, for tests of those.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/state/applying.h"
#include "wire/checkpoint_format.h"

namespace zabra::state::test {

inline constexpr std::size_t everything = std::size_t{1} << 30;  // in one slice

// What a disk holds after the checkpoints that were written to it.
class Disk {
 public:
  void write(const StateMachine::EncodedCheckpoint& checkpoint) {
    touched.clear();
    checkpoint.batch.for_each(*this);
    meta = checkpoint.meta;
  }
  Outcome load_into(StateMachine& machine) const {
    for (const auto& [key, value] : entries) {
      const auto parsed = wire::parse_key(key);
      if (!parsed) return parsed.fault();
      if (Outcome loaded = machine.load(*parsed, value); !loaded) return loaded;
    }
    return machine.finish_load(meta);
  }
  void put(std::string_view key, std::string_view value) {
    entries[std::string(key)] = value;
    touched.push_back("put " + std::string(key));
  }
  void remove(std::string_view key) {
    EXPECT_EQ(entries.erase(std::string(key)), 1U) << "removes what was never there: " << key;
    touched.push_back("remove " + std::string(key));
  }

  // Every list is there for a node.
  void expect_no_idle_list() const {
    std::set<std::uint32_t> used;
    for (const auto& [key, value] : entries) {
      if (key.front() == 'n') used.insert(wire::decode_node_record(value)->acl_id);
    }
    for (const auto& [key, value] : entries) {
      if (key.front() != 'a') continue;
      EXPECT_TRUE(used.contains(wire::parse_key(key)->acl_id));
    }
  }

  std::map<std::string, std::string> entries;
  wire::CheckpointMeta meta;
  std::vector<std::string> touched;  // by the last write
};

inline void write_checkpoint(StateMachine& machine, Disk& disk) {
  machine.begin_checkpoint();
  EXPECT_TRUE(machine.encode_checkpoint_slice(everything));
  disk.write(machine.take_checkpoint());
}

inline std::string encoded(const wire::CheckpointMeta& meta) {
  std::string bytes;
  wire::Writer out(bytes);
  wire::write(out, meta);
  return bytes;
}

inline Picture loaded_picture(const Disk& disk) {
  StateMachine machine{Settings{.extended_types = true, .hash_seed = 5}};
  const Outcome loaded = disk.load_into(machine);
  EXPECT_TRUE(loaded) << loaded.fault().reason;
  return picture_of(machine);
}

}  // namespace zabra::state::test
