// A server's decisions, all of them: a pure function of (state, events). Single-threaded, without socket, file, clock,
// lock or source of randomness; what it wants done leaves as Effects.
//
//          events (event.h)                                     effects (effects.h)
//   link:  opened, frame, word, …  ─┐                       ┌─>  link:  output, pause, close
//   disk:  durable, room, stored   ─┼──>  step(batch)  ─────┼─>  log:   append
//   host:  stop, time              ─┘                       └─>  checkpoint:  store
//
// A standalone server is an ensemble of one: a write is prepared, proposed, logged, committed when the quorum (itself)
// has it on disk, applied, and only then answered.
//
// Duties of the host, in this order:
//   1. load() every entry of the checkpoint, finish_load(); replay() the log behind it; start()
//   2. step() whenever there are events, at next_deadline() and at least every half tick; carry out the effects
//      (effects.h)
//   3. to end: a Stop event, then steps until stopped(); then close log and checkpoint
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/log_room.h"
#include "base/time.h"
#include "replica/effects.h"
#include "replica/event.h"
#include "replica/settings.h"
#include "replica/status.h"
#include "wire/checkpoint_format.h"
#include "wire/ids.h"
#include "wire/result.h"
#include "zab/actions.h"

namespace zabra::replica {

// Where the recovered history stands.
struct Recovered {
  Zxid checkpointed;                 // zero: no checkpoint yet
  Zxid last;                         // of the log; everything up to it is on disk and was loaded or replayed
  std::uint64_t replayed_bytes = 0;  // of log records behind the checkpoint
  LogRoom room;
  zab::Epochs epochs;
  std::optional<Zxid> log_start;  // the log on disk has all from here on
};

class Replica {
 public:
  Replica(const Settings& settings, Log& log);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  // ---- recovery ----
  void expect(const wire::CheckpointMeta& meta);  // makes the loading of what the meta stands for faster
  Outcome load(const wire::ParsedKey& key, std::string_view value);
  Outcome finish_load(const wire::CheckpointMeta& meta);
  Outcome replay(std::string_view entry);  // a fault: the entry is no transaction
  void start(Now now, const Recovered& recovered);

  // ---- running ----
  // `effects` must be clear. Bytes in events are borrowed for the call.
  void step(const Batch& batch, Effects& effects);
  // When something is due although no event comes; at once if it has passed.
  std::optional<MonotonicTime> next_deadline() const;
  // After Stop: everything is answered, stored, and nothing more will come.
  bool stopped() const;

  // ---- copied facts ----
  Status status() const;
  std::vector<ConnectionFacts> connections() const;  // in no particular order

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace zabra::replica
