#include "tests/sim/server.h"

#include <algorithm>
#include <utility>

namespace zabra::sim {
namespace {
constexpr Micros step_takes = 50;
constexpr int idle_steps_max = 2000;
constexpr std::string_view is_read_only_word = "isro";
}  // namespace

// What a crash takes.
struct Server::Life {
  explicit Life(Server& server)
      : replica(server.settings_, server.said_),
        disk(server.schedule_, server.random_, *server.files_, server.said_, server.counts_, server.disk_setting_,
             {.report = [&server](replica::Event event) { server.tell(std::move(event)); },
              .die = [&server](const std::string& reason) { server.die(reason); },
              .did = [&server](const DiskDeed& deed) {
                if (server.watcher_.disk_did) server.watcher_.disk_did(server.id(), deed);
              }}) {}

  replica::Replica replica;
  Disk disk;
  replica::Effects effects;
  std::vector<replica::Event> told;
  std::deque<std::string> bytes;           // of the events told
  struct Client {
    std::string rest{};  // the beginning of a frame
    bool is_known = false;  // what came first is told
  };
  std::map<LinkId, Client> clients;
  struct Peer { Node other = 0; Port port{}; };
  std::map<LinkId, Peer> peers;
  Micros wake_at = -1;                     // of the step that is planned
  int idle_steps = 0;                      // one after the other, with nothing told, each due at once
};

Server::Server(Schedule& schedule, Random& random, Network& network, DiskCounts& counts,
               const replica::Settings& settings, const DiskSetting& disk, Watcher watcher)
    : schedule_(schedule),
      random_(random),
      network_(network),
      counts_(counts),
      settings_(settings),
      disk_setting_(disk),
      watcher_(std::move(watcher)) {
  replace_disk(std::make_unique<test::SimFiles>());
}

Server::~Server() = default;

replica::Replica& Server::replica() const { return life_->replica; }

Now Server::now() const {
  const std::int64_t passed = schedule_.now() / ms;
  return {{1'000'000 + passed}, {1'700'000'000'000 + passed + wall_offset_ / ms + 7 * id()}};
}

// ---- lives ----------------------------------------------------------------------------------------------------------

void Server::start() {
  if (life_) return;
  ++lives_;
  life_ = std::make_unique<Life>(*this);
  auto recovered = life_->disk.start(life_->replica);
  if (!recovered) {
    if (recovered.fault().kind == storage::StartFault::Kind::no_space) return end(false, "no space: " + recovered.fault().reason);
    const bool is_fault_planned = files_->is_off() || (steps_ && steps_->has_failed());
    return is_fault_planned ? die(recovered.fault().reason) : end(true, "start refused: " + recovered.fault().reason);
  }
  network_.up(id());
  life_->replica.start(now(), *recovered);
  if (watcher_.started) watcher_.started(*this, *recovered);
  wake(0);
}

// Whose disk fails may keep its power, and what the system holds in memory.
void Server::die(const std::string& reason) {
  if (files_->is_off()) return end(true, "power: " + reason);
  const bool is_planned = steps_ && steps_->has_failed();
  end(!is_planned || random_.one_in(2), (is_planned ? "failing disk: " : "disk failed: ") + reason);
}

void Server::crash(bool with_power) {
  if (!life_) return;
  end(with_power, "");
}

// What was not synced is lost with the power, and may be with the next one after a kill.
void Server::end(bool with_power, const std::string& why) {
  network_.down(id(), with_power && random_.one_in(2));
  // The disk may be what has called.
  std::shared_ptr<Life> last = std::move(life_);
  last->disk.end();
  schedule_.after(0, [last]() mutable { last.reset(); });
  paused_until_ = 0;
  if (steps_) steps_->ended();
  if (with_power) files_->restart_after_power_loss(random_.number());
  else files_->restart_after_kill();
  files_->cut_power_at(0);
  if (!why.empty()) watcher_.ended(id(), why);
}

void Server::stop() {
  if (life_) tell(replica::Stop{});
}

void Server::pause_until(Micros when) { paused_until_ = std::max(paused_until_, when); }

// The memory of the machine keeps, the disk too: nothing is lost, but all of it comes later.
void Server::suspend_until(Micros when) {
  pause_until(when);
  hold_disk(true);
  schedule_.after(when - schedule_.now(), [this] { hold_disk(false); });
}

void Server::end_disk_faults() {
  files_->cut_power_at(0);
  if (!steps_) return;
  steps_->cut_at(std::nullopt);
  steps_->fail_at(0);
}

void Server::set_full(bool yes) {
  is_full_ = yes;
  if (yes) files_->fill();
  else files_->set_capacity(std::nullopt);
}

void Server::wipe() { replace_disk(std::make_unique<test::SimFiles>()); }

void Server::replace_disk(std::unique_ptr<test::SimFiles> files) {
  steps_.reset();
  // A life that has just ended goes a moment later, and lets go of its files then.
  std::shared_ptr<test::SimFiles> old = std::exchange(files_, std::move(files));
  schedule_.after(0, [old]() mutable { old.reset(); });
  if (watcher_.steps != nullptr) steps_ = std::make_unique<DurableSteps>(*files_, *watcher_.steps);
  is_full_ = false;
}

void Server::swap_disk(Server& other) {
  files_.swap(other.files_);
  steps_.swap(other.steps_);
}

void Server::set_slow_disk(Micros slow_max) {
  if (life_) life_->disk.set_slow(slow_max);
}

void Server::hold_disk(bool yes) {
  if (life_) life_->disk.hold(yes);
}

// ---- events ---------------------------------------------------------------------------------------------------------

void Server::tell(replica::Event event) {
  if (!life_) return;
  life_->told.push_back(std::move(event));
  wake(random_.between(0, 100));
}

void Server::on_opened(LinkId link, Node other, Port port, bool has_dialled) {
  if (!life_) return;
  if (port == Port::client) {
    life_->clients[link];
    return tell(replica::Opened{link, "10.0.0." + std::to_string(other), 40'000});
  }
  life_->peers[link] = {other, port};
  const PeerPort peer_port = port == Port::quorum ? PeerPort::quorum : PeerPort::election;
  tell(replica::PeerOpened{link, peer_port, has_dialled ? std::optional(ServerId{other}) : std::nullopt,
                           "10.0.1." + std::to_string(other)});
}

void Server::on_dial_failed(Node to, Port port) {
  tell(replica::DialFailed{port == Port::quorum ? PeerPort::quorum : PeerPort::election, ServerId{to}, "refused"});
}

void Server::on_bytes(LinkId link, std::string_view bytes) {
  if (!life_) return;
  if (const auto client = life_->clients.find(link); client != life_->clients.end()) {
    client->second.rest += bytes;
    return cut_frames(link);
  }
  if (!life_->peers.contains(link)) return;
  life_->bytes.emplace_back(bytes);
  tell(replica::PeerChunk{link, life_->bytes.back()});
}

void Server::cut_frames(LinkId link) {
  Life::Client& client = life_->clients.at(link);
  std::string& rest = client.rest;
  if (rest.size() < 4) return;
  if (!std::exchange(client.is_known, true) && rest == is_read_only_word) {
    return tell(replica::Word{link, {'i', 's', 'r', 'o'}, {}});
  }
  while (rest.size() >= 4) {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(rest[i]);
    if (rest.size() < 4 + length) return;
    life_->bytes.push_back(rest.substr(4, length));
    rest.erase(0, 4 + length);
    tell(replica::Frame{link, life_->bytes.back()});
  }
}

void Server::on_drained(LinkId link) {
  if (!life_) return;
  if (life_->clients.contains(link)) tell(replica::Drained{link});
  else if (life_->peers.contains(link)) tell(replica::PeerDrained{link});
}

void Server::on_closed(LinkId link) {
  if (!life_) return;
  if (life_->clients.erase(link) > 0) tell(replica::Closed{link});
  else if (life_->peers.erase(link) > 0) {
    if (watcher_.quorum_link_closed) watcher_.quorum_link_closed(link);
    tell(replica::PeerClosed{link});
  }
}

// ---- steps ----------------------------------------------------------------------------------------------------------

void Server::wake(Micros delay) {
  const Micros at = std::max(schedule_.now() + delay, paused_until_);
  if (life_->wake_at >= 0 && life_->wake_at <= at) return;
  life_->wake_at = at;
  schedule_.after(at - schedule_.now(), [this, at, life = lives_] {
    if (life_ && lives_ == life && life_->wake_at == at) step();
  });
}

void Server::plan_next_step() {
  if (!life_->told.empty()) return wake(random_.between(0, 100));
  ++life_->idle_steps;
  Micros delay = settings_.tick_ms / 2 * ms;
  if (const auto due = life_->replica.next_deadline()) {
    delay = std::clamp<Micros>((*due - now().monotonic) * ms - schedule_.now() % ms, 0, delay);
  }
  if (delay >= ms) life_->idle_steps = 0;
  if (life_->idle_steps == idle_steps_max) watcher_.spins(id());
  wake(std::max(delay, step_takes));
}

void Server::step() {
  life_->wake_at = -1;
  if (schedule_.now() < paused_until_) return wake(0);
  Life& life = *life_;
  life.replica.step({now(), std::exchange(life.told, {})}, life.effects);
  life.bytes.clear();
  if (watcher_.wants) watcher_.wants(*this, life.effects);
  if (life.effects.append.count > 0) watcher_.appends(id(), life.effects.append);
  life.disk.carry_out(life.effects);
  carry_out_links();
  carry_out_dials();
  if (!life.effects.words.empty()) answer_words();
  life.effects.clear();
  watcher_.stepped(*this);
  if (!life.replica.stopped()) return plan_next_step();
  if (!life.disk.is_idle()) return wake(ms);
  if (life.disk.close()) end(false, "stopped");
}

void Server::carry_out_links() {
  for (replica::LinkEffects& effects : life_->effects.touched_peers()) {
    const auto peer = life_->peers.find(effects.link);
    const bool is_watched = watcher_.sends && !effects.output.empty() && peer != life_->peers.end();
    if (is_watched && peer->second.port == Port::quorum) {
      watcher_.sends(effects.link, id(), peer->second.other, effects.output);
    }
    carry_out(effects);
    if (effects.closing != replica::Closing::no) life_->peers.erase(effects.link);
  }
  for (replica::LinkEffects& effects : life_->effects.touched()) {
    carry_out(effects);
    if (effects.closing != replica::Closing::no) life_->clients.erase(effects.link);
  }
}

void Server::carry_out(replica::LinkEffects& effects) {
  if (!effects.output.empty()) network_.send(effects.link, id(), effects.output);
  if (effects.reading != replica::Reading::unchanged) {
    network_.pause(effects.link, id(), effects.reading == replica::Reading::pause);
  }
  if (effects.closing != replica::Closing::no) {
    network_.close(effects.link, id(), effects.closing == replica::Closing::now);
  }
}

// As src/admin answers the only one that is asked here.
void Server::answer_words() {
  const replica::Status status = life_->replica.status();
  const bool serves = status.mode != replica::Mode::not_serving && status.serves_clients;
  for (const replica::WordRequest& word : life_->effects.words) {
    network_.send(word.link, id(), !serves ? "null" : status.mode == replica::Mode::read_only ? "ro" : "rw");
    network_.close(word.link, id(), false);
    life_->clients.erase(word.link);
  }
}

void Server::carry_out_dials() {
  for (const replica::Dial& dial : life_->effects.dials) {
    network_.dial(id(), dial.to.value, dial.port == PeerPort::quorum ? Port::quorum : Port::election);
  }
}

}  // namespace zabra::sim
