// How long one step of the replica takes at worst, in CPU time of its thread: a busy machine disturbs it little, but a virtual
// one counts what its host takes away, so that the second and the tenth are told too. No sockets and no disks: what is
// appended is durable with the next step, a checkpoint is stored with the next step.
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <deque>
#include <string>
#include <vector>

#include "base/limits.h"
#include "replica/replica.h"
#include "server/process.h"
#include "tests/state/requests.h"
#include "wire/jute.h"

namespace zabra::replica {
namespace {

using state::test::Request;

double thread_cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// Each costs a microsecond or more on a virtual machine, whatever the code does.
long thread_page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt;
}

class Host {
 public:
  Host() : replica_(settings(), log_) {
    Recovered nothing;
    nothing.room = room_;
    replica_.start(now_, nothing);
  }

  LinkId connect() {
    const LinkId link{++last_link_};
    events_.emplace_back(Opened{link, "10.0.0.1", 1});
    std::string& bytes = frames_.emplace_back();
    wire::Writer out(bytes);
    out.write_i32(0);
    out.write_i64(0);
    out.write_i32(40'000);
    out.write_i64(0);
    out.write_string(std::string(16, '\0'));
    events_.emplace_back(Frame{link, bytes});
    return link;
  }

  void send(LinkId link, const Request& request) {
    std::string& bytes = frames_.emplace_back();
    wire::Writer out(bytes);
    out.write_i32(++last_xid_);
    out.write_i32(static_cast<std::int32_t>(request.op));
    out.write_raw(request.body);
    events_.emplace_back(Frame{link, bytes});
    if (frames_.size() >= frames_a_step) step();
  }

  void step() {
    Batch batch{now_, std::move(events_)};
    events_.clear();
    const long faults = thread_page_faults();
    const double begun = thread_cpu_ms();
    replica_.step(batch, effects_);
    const double ended = thread_cpu_ms();
    steps_.push_back({ended - begun, thread_page_faults() - faults});
    frames_.clear();
    carry_out();
  }

  // Until the log and the checkpoint have nothing left to answer.
  void settle() {
    do step();
    while (!events_.empty() || replica_.next_deadline() <= now_.monotonic);
  }

  void report(const char* what, double budget_ms) {
    settle();
    std::sort(steps_.begin(), steps_.end(), [](const Step& a, const Step& b) { return a.ms > b.ms; });
    const Step longest = at(0), second = at(1), tenth = at(9);
    std::printf("%-42s %8.2f ms  (%ld page faults; then %.2f, tenth %.2f)  budget %g ms\n", what, longest.ms,
                longest.page_faults, second.ms, tenth.ms, budget_ms);
    std::fflush(stdout);
    steps_.clear();
  }
  void forget_worst() {
    settle();
    steps_.clear();
  }

 private:
  static constexpr std::size_t frames_a_step = 64;

  struct Step {
    double ms = 0;
    long page_faults = 0;
  };

  static Settings settings() {
    Settings settings;
    settings.state.hash_seed = 1;
    settings.outstanding_max = 1 << 20;
    return settings;
  }

  Step at(std::size_t rank) const { return rank < steps_.size() ? steps_[rank] : Step{}; }

  void carry_out() {
    for (LinkEffects& link : effects_.touched()) {
      if (link.output.empty()) continue;
      tell_drained(link.link, link.output.size());
      if (link.output.capacity() > output_kept_max) std::string().swap(link.output);
    }
    if (effects_.append.count > 0) events_.emplace_back(Durable{effects_.append.generation, effects_.append.last, room_});
    if (effects_.checkpoint) events_.emplace_back(Stored{effects_.checkpoint->generation, effects_.checkpoint->meta.zxid});
    effects_.clear();
  }

  // As client links do: not for every reply.
  void tell_drained(LinkId link, std::size_t bytes) {
    sent_.resize(last_link_ + 1);
    sent_[link.value] += bytes;
    if (sent_[link.value] < limits::link_drained_report) return;
    sent_[link.value] = 0;
    events_.emplace_back(Drained{link});
  }

  static constexpr std::size_t output_kept_max = 64 << 10;  // as the server's loop has it

  NoLog log_;
  const LogRoom room_{.ordinary = std::uint64_t{1} << 40, .reserve = 1 << 20, .full = false};
  Now now_{{1000}, {1'700'000'000'000}};
  Replica replica_;
  Effects effects_;
  std::vector<Event> events_;
  std::deque<std::string> frames_;
  std::vector<std::size_t> sent_;  // by link, since it was told drained
  std::uint64_t last_link_ = 0;
  std::int32_t last_xid_ = 0;
  std::vector<Step> steps_;
};

Request path_and_watch(OpCode op, const std::string& path, bool watch) {
  std::string body;
  wire::Writer out(body);
  out.write_string(path);
  out.write_bool(watch);
  return {op, body};
}

std::string node_path(int i) { return "/fill/" + std::to_string(i / 1000) + "/" + std::to_string(i % 1000); }

void fill_and_empty(Host& host, LinkId link, int nodes) {
  const std::string value(100, 'x');
  host.send(link, state::test::create("/fill"));
  for (int i = 0; i < nodes; ++i) {
    if (i % 1000 == 0) host.send(link, state::test::create("/fill/" + std::to_string(i / 1000)));
    host.send(link, state::test::create(node_path(i), value));
  }
  host.report("filling, with its checkpoints", 1);
  for (int i = 0; i < nodes; ++i) host.send(link, state::test::set_data(node_path(i), value));
  host.report("changing each, with its checkpoints", 1);
  for (int i = 0; i < nodes; ++i) host.send(link, state::test::remove(node_path(i)));
  host.report("deleting all, with its checkpoints", 1);
}

void list_children(Host& host, LinkId link, int children) {
  host.send(link, state::test::create("/wide"));
  for (int i = 0; i < children; ++i) host.send(link, state::test::create("/wide/child-" + std::to_string(i)));
  host.forget_worst();
  for (int i = 0; i < 10; ++i) {
    host.send(link, path_and_watch(OpCode::get_children, "/wide", false));
    host.step();
  }
  host.report("listing children", 5);
}

void tell_watchers(Host& host, LinkId link, int watchers) {
  host.send(link, state::test::create("/watched"));
  std::vector<LinkId> links;
  for (int i = 0; i < watchers; ++i) {
    links.push_back(host.connect());
    if (i % 64 == 0) host.step();
  }
  host.report("connections with a session each", 1);
  for (const char* what : {"telling all watchers of one node", "telling them again"}) {
    for (const LinkId watcher : links) host.send(watcher, path_and_watch(OpCode::get_data, "/watched", true));
    host.forget_worst();
    host.send(link, state::test::set_data("/watched", "now"));
    host.report(what, 5);
  }
}

void close_session(Host& host, LinkId link, int ephemerals) {
  const LinkId owner = host.connect();
  host.settle();
  host.send(link, state::test::create("/owned"));
  for (int i = 0; i < ephemerals; ++i) {
    host.send(owner, state::test::create("/owned/of-a-session-" + std::to_string(i), CreateMode::ephemeral));
  }
  host.report("making ephemerals", 1);
  host.send(owner, {OpCode::close_session, {}});
  host.report("closing a session with all of them", 50);
}

void watch_much(Host& host, LinkId link, int watches) {
  host.settle();
  const std::size_t before = ::mallinfo2().uordblks;
  for (int i = 0; i < watches; ++i) host.send(link, path_and_watch(OpCode::exists, node_path(i), true));
  host.report("leaving watches", 1);
  std::printf("%-42s %8.1f bytes  budget 100 bytes\n", "one watch",
              static_cast<double>(::mallinfo2().uordblks - before) / watches);
}

}  // namespace

int measure() {
  server::prepare_process();
  constexpr int million = 1'000'000, many = 100'000;
  Host host;
  const LinkId link = host.connect();
  host.forget_worst();
  fill_and_empty(host, link, million);
  list_children(host, link, many);
  close_session(host, link, many);
  watch_much(host, link, million);
  tell_watchers(host, link, many);
  return 0;
}

}  // namespace zabra::replica

int main() { return zabra::replica::measure(); }
