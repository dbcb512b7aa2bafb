#include "cli/bench/run.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace zabra::cli::bench {

namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds never = std::numeric_limits<Nanoseconds>::max();
constexpr std::size_t told_wrong_max = 5;

std::string broken_because() {
  return errno == 0 || errno == EAGAIN ? "closed by the server" : std::string("broken: ") + std::strerror(errno);
}

}  // namespace

Run::Run(Generator& generator, Workload& workload, Material& material, const Pace& pace, const Observer& observer)
    : generator_(generator),
      workload_(workload),
      material_(material),
      pace_(pace),
      observer_(observer),
      now_(now()),
      begin_(now_),
      measure_from_(begin_ + pace.warm_up),
      measure_until_(pace.timed ? measure_from_ + pace.duration : never),
      next_second_(begin_ + second),
      lanes_(generator.connections_.size()) {
  if (pace.per_second > 0) schedule_.emplace(pace.per_second, begin_, measure_until_);
  for (Lane& lane : lanes_) lane.heard = now_;
}

Measured Run::drive() {
  pass_marks();
  if (start()) {
    while (!is_finished() && turn()) {
    }
  }
  measure_until_ = std::min(measure_until_, now_);
  pass_marks();
  measured_.elapsed = std::max<Nanoseconds>(measure_until_ - measure_from_, 0);
  return std::move(measured_);
}

bool Run::start() {
  auto& connections = generator_.connections_;
  return std::all_of(connections.begin(), connections.end(),
                     [this](Connection& connection) { return issue(connection); });
}

bool Run::turn() {
  const auto events = generator_.poller_.wait(next_mark());
  now_ = now();
  pass_marks();
  for (const epoll_event& event : events) {
    if (!serve(event)) return false;
  }
  if (schedule_ && !release_due()) return false;
  return now_ < next_second_ || every_second();
}

bool Run::serve(const epoll_event& event) {
  Connection& connection = generator_.connections_[event.data.u64];
  now_ = now();
  errno = 0;
  const bool open = connection.stream().receive(generator_.buffer_, says_hung_up(event),
                                       [&](std::string_view frame) { return take_reply(connection, frame); });
  if (measured_.fault) return false;
  return open ? issue(connection) : fail(connection, broken_because());
}

bool Run::take_reply(Connection& connection, std::string_view frame) {
  if (connection.in_flight() == 0) return fail(connection, "sent a frame that nobody asked for");
  const Sent sent = connection.pop_oldest();
  --in_flight_;
  lanes_[connection.number()].heard = now_;
  const Verdict verdict =
      check_reply(sent, frame, connection.zxid_seen(), material_.layout, material_.values);
  record(sent, verdict);
  if (verdict == Verdict::right) return true;
  tell_wrong(verdict, sent, frame);
  return verdict != Verdict::wrong_xid || fail(connection, "its replies can't be matched any more");
}

void Run::record(const Sent& sent, Verdict verdict) {
  const Kind kind = sent.operation.kind;
  if (static_cast<std::size_t>(kind) >= measured_kinds && verdict == Verdict::right) return;
  const Nanoseconds taken = now_ - sent.intended;
  interval_.record(kind, verdict, taken);
  const Nanoseconds counted_at = schedule_ ? sent.intended : now_;
  if (verdict != Verdict::right || (counted_at >= measure_from_ && counted_at < measure_until_)) {
    measured_.tally.record(kind, verdict, taken);
  }
  const bool in_time = now_ >= measure_from_ && now_ < measure_until_;
  if (in_time && verdict == Verdict::right) ++measured_.tally.completed;
}

void Run::tell_wrong(Verdict verdict, const Sent& sent, std::string_view frame) {
  if (++told_wrong_ > told_wrong_max || !observer_.on_wrong) return;
  observer_.on_wrong(describe(verdict, sent, frame, material_.layout));
}

bool Run::issue(Connection& connection) {
  Lane& lane = lanes_[connection.number()];
  if (connection.in_flight() == 0) lane.heard = now_;
  while (connection.has_room()) {
    const auto departure = next_departure(lane, connection.number());
    if (!departure) break;
    const auto operation = workload_.next(connection.number());
    if (!operation) break;
    ++lane.used;
    connection.submit(*operation, *departure, material_.layout, material_.values);
    ++in_flight_;
  }
  return connection.stream().flush() || fail(connection, broken_because());
}

std::optional<Nanoseconds> Run::next_departure(Lane& lane, std::size_t number) const {
  if (!schedule_) return now_ < measure_until_ ? std::optional(now_) : std::nullopt;
  if (lane.used == lane.released) return std::nullopt;
  return schedule_->intended(lane.used * lanes_.size() + number);
}

bool Run::release_due() {
  if (now_ >= measure_until_ + catch_up_max) give_up_late_slots();
  if (now_ < released_at_ + between_wake_ups) return true;
  released_at_ = now_;
  const std::uint64_t due = schedule_->due(now_);
  // At most once around: a connection whose many slots have come due together is written once.
  const std::uint64_t touched_until = std::min(due, slot_ + lanes_.size());
  const std::uint64_t first = slot_;
  for (; slot_ < due; ++slot_) ++lanes_[slot_ % lanes_.size()].released;
  for (std::uint64_t slot = first; slot < touched_until; ++slot) {
    if (!issue(generator_.connections_[slot % lanes_.size()])) return false;
  }
  return true;
}

void Run::give_up_late_slots() {
  for (std::size_t number = 0; number < lanes_.size(); ++number) {
    Lane& lane = lanes_[number];
    for (; lane.used < lane.released; ++lane.used) {
      const Nanoseconds intended = schedule_->intended(lane.used * lanes_.size() + number);
      if (intended >= measure_from_) measured_.tally.unsent.record(static_cast<std::uint64_t>(now_ - intended));
    }
  }
}

void Run::pass_marks() {
  if (!began_ && now_ >= measure_from_) {
    began_ = true;
    if (observer_.on_measure_begin) observer_.on_measure_begin();
  }
  if (!ended_ && now_ >= measure_until_) {
    ended_ = true;
    if (observer_.on_measure_end) observer_.on_measure_end();
  }
}

bool Run::every_second() {
  next_second_ += second;
  if (observer_.on_second) observer_.on_second(interval_, now_ - begin_, began_ && !ended_);
  interval_.clear();
  for (Connection& connection : generator_.connections_) {
    if (!keep_alive(connection)) return false;
  }
  return true;
}

bool Run::keep_alive(Connection& connection) {
  Lane& lane = lanes_[connection.number()];
  const Nanoseconds silent = now_ - lane.heard;
  if (connection.in_flight() > 0) {
    return silent < silence_max || fail(connection, "no reply for " + std::to_string(silent / second) + " s");
  }
  if (silent < Nanoseconds{generator_.session_timeout_ms_} * 1'000'000 / 3) return true;
  lane.heard = now_;
  connection.submit({Kind::ping}, now_, material_.layout, material_.values);
  ++in_flight_;
  return connection.stream().flush() || fail(connection, broken_because());
}

bool Run::is_finished() const {
  if (in_flight_ > 0) return false;
  if (!schedule_) return true;
  const auto is_idle = [](const Lane& lane) { return lane.used == lane.released; };
  return slot_ == schedule_->slots() && std::all_of(lanes_.begin(), lanes_.end(), is_idle);
}

Nanoseconds Run::next_mark() const {
  Nanoseconds mark = next_second_;
  if (!began_) mark = std::min(mark, measure_from_);
  if (!ended_) mark = std::min(mark, measure_until_);
  if (schedule_ && slot_ < schedule_->slots()) {
    mark = std::min(mark, std::max(schedule_->intended(slot_), released_at_ + between_wake_ups));
  }
  return mark;
}

bool Run::fail(const Connection& connection, std::string_view why) {
  if (!measured_.fault) {
    measured_.fault = Fault{"connection " + std::to_string(connection.number()) + ": " + std::string(why)};
  }
  return false;
}

}  // namespace zabra::cli::bench
