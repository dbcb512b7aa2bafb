// A host for one replica, without sockets, disks or clocks: a test says what happens and when the disk is done, and
// reads what each link was told.
//
//   Disk disk;  ReplicaHost host(disk);
//   const LinkId link = host.open();  host.frame(link, bytes);  host.step();    what was told since the last step
//   happens host.log_done();                                                            the oldest append is durable;
//   step host.output(link)                                                           bytes, as they left
//
// The disk outlives the host: a second host on it is a restart.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replica/replica.h"

namespace zabra::replica::test {

// What survives.
struct Disk {
  struct Entry {
    Zxid zxid;
    std::string bytes;
  };
  std::vector<Entry> log;
  std::map<std::string, std::string> checkpoint;  // by key
  std::optional<wire::CheckpointMeta> meta;
  LogRoom room{.ordinary = 1ULL << 40, .reserve = 1 << 20, .full = false};
  bool has_checkpoint_room = true;
  zab::Epochs epochs;
  Zxid log_start;  // the log has all behind it

  Zxid stored() const { return meta ? meta->zxid : zxid_zero; }
  Zxid last() const { return log.empty() ? stored() : std::max(stored(), log.back().zxid); }
  void purge_before(Zxid zxid);  // the log up to there goes
};

// Keeps what was said, for questions.
class KeptLog final : public Log {
 public:
  void write(LogLevel, std::string_view line) override { lines.emplace_back(line); }
  std::size_t count(std::string_view part) const;
  std::vector<std::string> lines;
};

class ReplicaHost {
 public:
  explicit ReplicaHost(Disk& disk, const Settings& settings = {}, WallTime wall = {1'700'000'000'000});

  // ---- what happens: told with the next step ----
  LinkId open(const std::string& address = "10.0.0.1");
  void frame(LinkId link, std::string_view body);
  void tell(Event event) { told_.push_back(std::move(event)); }

  // ---- time ----
  Now now() const { return now_; }
  // Half a tick, with its step, until so much has passed.
  void pass(std::int64_t ms);
  // No step for so long, then one.
  void sleep(std::int64_t ms);

  // ---- steps ----
  void step();
  // The disk answers for the `count` oldest appends (one completion for all of them), and a step follows.
  void log_done(std::size_t count = 1);
  void checkpoint_done();
  void checkpoint_delayed();
  // Steps, with everything that the disk owes, until there is nothing left to do at this moment.
  void settle();
  // One step, with everything that the disk owes now.
  void step_with_disk();
  bool has_something_to_do() const;
  void advance(std::int64_t ms) { now_ = {now_.monotonic + ms, {now_.wall.ms + ms}}; }

  // ---- what came of it ----
  struct Link {
    std::string output;
    bool reading = true;
    Closing closing = Closing::no;
    bool answered_word = false;
  };
  const Link& link(LinkId id) const { return links_.at(id.value); }
  std::string take_output(LinkId id) { return std::move(links_.at(id.value).output); }
  bool is_closed(LinkId id) const { return link(id).closing != Closing::no; }
  std::size_t appends_under_way() const { return appends_.size(); }
  const std::optional<StoreCheckpoint>& checkpoint_under_way() const { return checkpoint_; }
  std::size_t checkpoints_begun() const { return checkpoints_begun_; }
  std::uint64_t log_bytes() const { return log_bytes_; }  // ever appended
  // ---- what it wants of other servers, since the last question ----
  struct PeerLink {
    std::string output;
    bool reading = true, closed = false;
  };
  std::vector<Dial> take_dials() { return std::exchange(dials_, {}); }
  std::map<LinkId, PeerLink> peer_links;
  void peer_chunk(LinkId link, std::string bytes);

  // Every effect so far, byte for byte, where it was asked for.
  std::string transcript;
  bool keep_transcript = false;

  Replica& replica() { return *replica_; }
  Disk& disk() { return disk_; }
  KeptLog said;

 private:
  struct Appended {
    LogGeneration generation;
    Zxid last;
    std::string records;
  };
  struct Anew {
    Disk disk;
    bool has_begun = false;
  };
  void recover(WallTime wall);
  void carry_out_peers();
  void carry_out(const StoreEpochs& order);
  void carry_out(const TruncateLog& order);
  void carry_out(const BeginAnew& order);
  void carry_out(const PutAnew& order);
  void carry_out(const FinishAnew& order);
  void carry_out(const AdoptAnew& order);
  void carry_out(const AbandonAnew& order);
  void carry_out(const ReadLog& order);
  void carry_out(const ReadSnapshot& order);
  void carry_out(const EndReading&) {}
  void carry_out();
  void carry_out(LinkEffects& effects);
  void write_down(LinkEffects& effects);

  Disk& disk_;
  std::unique_ptr<Replica> replica_;
  Now now_;
  std::int64_t tick_ms_;
  std::vector<Event> told_;
  std::vector<Dial> dials_;
  std::optional<Anew> anew_;
  std::deque<std::string> frames_;  // bytes of the events told
  Effects effects_;
  std::map<std::uint64_t, Link> links_;
  std::uint64_t last_link_ = 0;
  std::deque<Appended> appends_;
  std::optional<StoreCheckpoint> checkpoint_;
  std::size_t checkpoints_begun_ = 0;
  std::uint64_t log_bytes_ = 0;
};

}  // namespace zabra::replica::test
