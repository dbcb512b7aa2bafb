// What a replica wants done after a step. The host carries all of it out, in any order between links and disk: whatever
// must wait for something else waits inside the replica for the completion.
//
// The object is reused from step to step, with its buffers. Duties of the host, for each step:
//   1. for every touched link: append `output` to what the link has to send, then, in this order, what its flags say
//   2. the same for every touched link between servers; then connect where `dials` says, each answered by PeerOpened or
//      DialFailed
//   3. carry out `disk_orders` in their order, then hand `append` (if it has records) to the log thread, which answers
//      Durable
//   4. hand `checkpoint` (if there is one) to the checkpoint thread, which answers Stored or StoreDelayed
//   5. answer each Word request with admin's text and close the link after it is sent
//   6. clear()
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "base/log_room.h"
#include "replica/event.h"
#include "wire/checkpoint_format.h"
#include "wire/host_port.h"
#include "wire/ids.h"
#include "zab/actions.h"

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

// ---- of an ensemble's server ----

// To a server's port, at one of the addresses; names are resolved anew.
struct Dial { PeerPort port{}; ServerId to; std::vector<wire::HostPort> addresses; };

struct StoreEpochs { LogGeneration generation; zab::Epochs epochs; };   // -> EpochsStored
struct TruncateLog { LogGeneration generation; Zxid last; };            // -> Truncated
// Beside the history that is there another is begun, from a checkpoint that comes in parts.
struct BeginAnew { LogGeneration generation; };
struct PutAnew { LogGeneration generation; wire::CheckpointBatch part; };   // -> AnewTaken
struct FinishAnew { LogGeneration generation; wire::CheckpointMeta meta; };  // -> AnewBegun; records are its from here on
struct AdoptAnew { LogGeneration generation; };                         // -> AnewAdopted
struct AbandonAnew {};
// Each is answered by one LogPart or SnapshotPart; asked again, by the next, until the last or EndReading.
struct ReadLog { LinkId reader; Zxid after, until; };
struct ReadSnapshot { LinkId reader; };
struct EndReading { LinkId reader; };
using DiskOrder = std::variant<StoreEpochs, TruncateLog, BeginAnew, PutAnew, FinishAnew, AdoptAnew, AbandonAnew, ReadLog,
                               ReadSnapshot, EndReading>;

// A four-letter word that is to be answered by admin from status(), and from what the replica renders itself.
struct WordRequest {
  LinkId link;
  std::array<char, 4> word{};
  std::string rest;
};

class Effects {
 public:
  Effects() { clients_.reserve(limits::links_touched_expected); }

  // A new entry for a link that this step touches for the first time, and its place in touched(). The replica's
  // connection remembers the place for the rest of the step: no look-up by link on the way of a reply.
  std::uint32_t touch(LinkId link) { return clients_.touch(link); }
  LinkEffects& at(std::uint32_t place) { return clients_.at(place); }
  // The same for links between servers.
  std::uint32_t touch_peer(LinkId link) { return peers_.touch(link); }
  LinkEffects& peer_at(std::uint32_t place) { return peers_.at(place); }

  std::vector<Dial> dials;
  std::vector<DiskOrder> disk_orders;
  Append append;
  std::optional<StoreCheckpoint> checkpoint;
  std::vector<WordRequest> words;

  std::span<LinkEffects> touched() { return clients_.touched(); }  // in the order of first touch
  std::span<LinkEffects> touched_peers() { return peers_.touched(); }
  void clear();  // keeps the buffers

 private:
  class Links {
   public:
    void reserve(std::size_t links) { touched_.reserve(links); }
    std::uint32_t touch(LinkId link);
    LinkEffects& at(std::uint32_t place) { return touched_[place]; }
    std::span<LinkEffects> touched() { return {touched_.data(), count_}; }
    void clear() { count_ = 0; }

   private:
    std::vector<LinkEffects> touched_;
    std::size_t count_ = 0;
  };

  Links clients_, peers_;
};

}  // namespace zabra::replica
