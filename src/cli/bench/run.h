// One run of a workload over a generator's connections: the loop itself. See generator.h.
#pragma once

#include <optional>
#include <vector>

#include "cli/bench/generator.h"
#include "cli/bench/schedule.h"

namespace zabra::cli::bench {

class Run {
 public:
  Run(Generator& generator, Workload& workload, Material& material, const Pace& pace, const Observer& observer);
  Measured drive();

 private:
  // What the loop keeps for each connection beside its session.
  struct Lane {
    std::uint64_t released = 0, used = 0;  // open loop: slots that have come due, and those that were sent
    Nanoseconds heard = 0;                 // when it last had nothing to wait for, or got a reply
  };

  bool start();
  bool turn();
  bool serve(const epoll_event& event);
  bool take_reply(Connection& connection, std::string_view frame);
  bool issue(Connection& connection);
  std::optional<Nanoseconds> next_departure(Lane& lane, std::size_t number) const;
  bool release_due();
  void give_up_late_slots();
  void record(const Sent& sent, Verdict verdict);
  void tell_wrong(Verdict verdict, const Sent& sent, std::string_view frame);
  void pass_marks();
  bool every_second();
  bool keep_alive(Connection& connection);
  bool is_finished() const;
  Nanoseconds next_mark() const;
  bool fail(const Connection& connection, std::string_view why);

  Generator& generator_;
  Workload& workload_;
  Material& material_;
  const Pace& pace_;
  const Observer& observer_;

  Nanoseconds now_, begin_, measure_from_, measure_until_, next_second_;
  bool began_ = false, ended_ = false;
  std::optional<Schedule> schedule_;
  std::uint64_t slot_ = 0;      // the next to come due
  Nanoseconds released_at_ = 0; // the last look at what has come due
  std::vector<Lane> lanes_;
  std::size_t in_flight_ = 0, told_wrong_ = 0;
  Measured measured_;
  Tally interval_;
};

}  // namespace zabra::cli::bench
