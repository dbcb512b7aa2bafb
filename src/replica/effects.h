// What a replica wants done after a step. The host carries all of it out, in any order between links and disk: whatever
// must wait for something else waits inside the replica for the completion.
//
// The object is reused from step to step, with its buffers. Duties of the host, for each step:
//   1. for every touched link: append `output` to what the link has to send, then, in this order, what its flags say
//   2. hand `append` (if it has records) to the log thread, which answers Durable
//   3. hand `checkpoint` (if there is one) to the checkpoint thread, which answers Stored or StoreDelayed
//   4. answer each Word request with admin's text and close the link after it is sent
//   5. clear()
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/log_room.h"
#include "replica/event.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"

namespace zabra::replica {

enum class Reading : std::uint8_t { unchanged, pause, resume };
enum class Closing : std::uint8_t { no, after_send, now };

// What is to be done with one client link.
struct LinkEffects {
  LinkId link;
  std::string output;  // frames, to be moved out or copied; may be empty
  Reading reading = Reading::unchanged;
  Closing closing = Closing::no;
};

// Log records in order of zxid, framed (wire/log_format.h), to be written and synced together.
struct Append {
  LogGeneration generation;
  Zxid first, last;
  std::string records;
  std::uint32_t count = 0;
};

struct StoreCheckpoint {
  LogGeneration generation;
  wire::CheckpointMeta meta;
  wire::CheckpointBatch batch;
};

// A four-letter word that is to be answered by admin from status(), and from what the replica renders itself.
struct WordRequest {
  LinkId link;
  std::array<char, 4> word{};
  std::string rest;
};

class Effects {
 public:
  Effects() { touched_.reserve(limits::links_touched_expected); }

  // A new entry for a link that this step touches for the first time, and its place in touched(). The replica's
  // connection remembers the place for the rest of the step: no look-up by link on the way of a reply.
  std::uint32_t touch(LinkId link);
  LinkEffects& at(std::uint32_t place) { return touched_[place]; }

  Append append;
  std::optional<StoreCheckpoint> checkpoint;
  std::vector<WordRequest> words;

  std::span<LinkEffects> touched() { return {touched_.data(), touched_count_}; }  // in the order of first touch
  void clear();  // keeps the buffers

 private:
  std::vector<LinkEffects> touched_;
  std::size_t touched_count_ = 0;
};

}  // namespace zabra::replica
