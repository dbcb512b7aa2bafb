#include "tests/zab/role_world.h"

#include <utility>

namespace zabra::test {
namespace {

using wire::PacketType;

std::string encode(const std::deque<zab::Proposal>& log) {
  std::string body;
  wire::Writer writer(body);
  writer.write_i32(static_cast<std::int32_t>(log.size()));
  for (const zab::Proposal& proposal : log) {
    writer.write_i64(proposal.zxid.to_wire());
    writer.write_string(proposal.entry);
  }
  return body;
}

// Nothing when it is not all there yet.
std::optional<std::pair<std::deque<zab::Proposal>, std::size_t>> decode(std::string_view body) {
  wire::Reader reader(body);
  std::deque<zab::Proposal> log;
  for (std::int32_t left = reader.read_count(); left > 0 && reader.ok(); --left) {
    const Zxid zxid = Zxid::from_wire(reader.read_i64());
    log.push_back({zxid, std::string(reader.read_string()), 0});
  }
  if (!reader.ok()) return std::nullopt;
  return std::pair(std::move(log), reader.offset());
}

void cut_behind(std::deque<zab::Proposal>& log, Zxid last) {
  while (!log.empty() && log.back().zxid > last) log.pop_back();
}

}  // namespace

// ---- a server ----

void RoleServer::start() {
  load();
}

void RoleServer::load() {
  ++history_number_;
  anew_.reset();
  log = disk.log;
  history.emplace(disk.checkpoint);
  for (const zab::Proposal& proposal : disk.log) {
    if (proposal.zxid > disk.checkpoint) history->append(proposal);
  }
}

// Of what was asked for, some of the beginning was done.
void RoleServer::crash() {
  for (std::size_t done = doing_.empty() ? 0 : world_.random() % (doing_.size() + 1); done > 0; --done) {
    do_on_disk(doing_.front());
    doing_.pop_front();
  }
  doing_.clear();
  readers_.clear();
  receiving_ = false;
  leader.reset();
  learner.reset();
  history.reset();
}

void RoleServer::lead() {
  leader = std::make_unique<zab::Leader>(
      zab::Leader::Identity{.server = id, .quorums = world_.quorums(), .ensemble_text = "version=0"},
      world_.settings.roles, disk.epochs, *history, *this, world_.log);
  leader->begin(world_.now);
}

void RoleServer::follow(ServerId other) {
  learner = std::make_unique<zab::Learner>(
      zab::Learner::Identity{
          .server = id, .observes = observes, .ensemble_version = zxid_zero, .wants_everything = wants_everything},
      other, world_.settings.roles, disk.epochs, *history, *this, world_.log);
  learner->begin(world_.now);
}

void RoleServer::pass_time() {
  if (leader) {
    leader->begin_step(world_.now);
    leader->pass_time();
  }
  if (learner) {
    learner->begin_step(world_.now);
    learner->pass_time();
  }
}

// The host's duty between two roles: what is on its way to the disk is finished first, and a history that was begun and
// not adopted is given up.
void RoleServer::drop_ended_roles() {
  if (leader && leader->is_over()) {
    world_.reach("leader over: " + leader->end_reason().substr(0, 12));
    leader.reset();
  }
  if (learner && learner->is_over()) {
    wants_everything = learner->needs_everything() || (wants_everything && !learner->knows_where());
    learner.reset();
    receiving_ = false;
    given_up_ = true;
  }
  // What is on its way to the disk is finished first.
  if (given_up_ && doing_.empty()) {
    given_up_ = false;
    if (anew_) load();
  }
}

void RoleServer::trim() {
  const zab::History::Index pinned = leader ? leader->pinned() : learner ? learner->pinned() : history->begin();
  while (serves() && history->next(committed()) != nullptr) {
  }
  if (!serves()) return;
  const auto oldest = history->take_oldest({.entries = world_.settings.memory_entries}, pinned);
  if (!oldest) return;
  world_.reach("trimmed");
  if (oldest->zxid <= disk.last()) disk.checkpoint = oldest->zxid;
}

// The log before some checkpoint goes.
void RoleServer::purge() {
  if (!is_up() || !serves() || disk.log.empty()) return;
  const Zxid before = disk.log[world_.random() % disk.log.size()].zxid;
  if (before > disk.base && before <= disk.checkpoint && before <= disk.last()) disk.base = before;
}

// ---- its disk ----

void RoleServer::finish_disk_work() {
  const Work work = std::move(doing_.front());
  doing_.pop_front();
  do_on_disk(work);
  std::visit([this](const auto& done) { finish(done); }, work);
}

void RoleServer::do_on_disk(const Work& work) {
  if (const auto* append = std::get_if<Append>(&work); append && append->history == history_number_) {
    (anew_ ? *anew_ : disk.log).push_back(append->proposal);
  }
  if (const auto* epochs = std::get_if<StoreEpochs>(&work)) disk.epochs = epochs->epochs;
  if (const auto* truncate = std::get_if<Truncate>(&work); truncate && truncate->last >= disk.base) {
    cut_behind(disk.log, truncate->last);
  }
  if (const auto* begin = std::get_if<Begin>(&work)) anew_ = begin->log;
  if (std::holds_alternative<Adopt>(work)) {
    disk.base = disk.checkpoint = begun_with_;
    disk.log = std::move(*anew_);
    anew_.reset();
  }
}

void RoleServer::finish(const Append& work) {
  if (leader) leader->durable(work.proposal.zxid);
  if (learner) learner->durable(work.proposal.zxid);
}

void RoleServer::finish(const StoreEpochs&) {
  if (leader) leader->epochs_stored();
  if (learner) learner->epochs_stored();
}

void RoleServer::finish(const Truncate& work) {
  const bool possible = work.last >= disk.base;
  world_.reach(possible ? "TRUNC" : "refused TRUNC");
  if (possible) {
    log = disk.log;
    history->truncate(work.last);
  }
  if (learner) learner->truncated(possible);
}

void RoleServer::finish(const Begin& work) {
  world_.reach("SNAP");
  log = work.log;
  begun_with_ = log.empty() ? zxid_zero : log.back().zxid;
  history->restart(begun_with_);
  if (learner) learner->begun();
}

void RoleServer::finish(const Adopt&) {
  if (learner) learner->adopted();
}

void RoleServer::finish(const ReadLog& work) {
  if (!leader) return;
  if (work.after < disk.base) return leader->fed(work.link, std::nullopt);  // purged meanwhile
  Zxid found = disk.base;
  for (const zab::Proposal& proposal : log) {
    if (proposal.zxid <= work.after) found = std::max(found, proposal.zxid);
  }
  if (!leader->log_found(work.link, found)) return;
  world_.reach("DIFF from disk");
  for (const zab::Proposal& proposal : log) {
    if (proposal.zxid <= found || proposal.zxid > work.until) continue;
    send(work.link, {.type = PacketType::proposal, .zxid = proposal.zxid, .data = proposal.entry, .authinfo = {}});
    send(work.link, {.type = PacketType::commit, .zxid = proposal.zxid, .data = {}, .authinfo = {}});
  }
  leader->fed(work.link, work.until);
}

// Of a checkpoint, which stands anywhere between what the log reaches back to and what is committed.
void RoleServer::finish(const SendSnapshot& work) {
  if (!leader) return;
  std::deque<zab::Proposal> body = log;
  cut_behind(body, history->given());
  for (std::size_t less = world_.random() % 4; less > 0 && !body.empty() && body.back().zxid > disk.base; --less)
    body.pop_back();
  const Zxid last = body.empty() ? zxid_zero : body.back().zxid;
  send(work.link, {.type = PacketType::snap, .zxid = last, .data = {}, .authinfo = {}});
  world_.send(work.link, *this, encode(body));
  leader->fed(work.link, last);
}

void RoleServer::append(zab::Proposal& proposal) {
  log.push_back(proposal);
  doing_.push_back(Append{proposal, history_number_});
}
void RoleServer::store_epochs(zab::Epochs epochs) {
  doing_.push_back(StoreEpochs{epochs});
}
void RoleServer::truncate(Zxid last) {
  doing_.push_back(Truncate{last});
}
void RoleServer::begin_anew(std::optional<Zxid> snapshot) {
  receiving_ = snapshot.has_value();
  if (!receiving_) doing_.push_back(Begin{});
}
void RoleServer::adopt() {
  doing_.push_back(Adopt{});
}
std::optional<Zxid> RoleServer::log_start() const {
  for (const zab::Proposal& proposal : log) {
    if (proposal.zxid > disk.base) return proposal.zxid;
  }
  return std::nullopt;
}
void RoleServer::read_log(LinkId link, Zxid after, Zxid until) {
  doing_.push_back(ReadLog{link, after, until});
}
void RoleServer::send_snapshot(LinkId link) {
  doing_.push_back(SendSnapshot{link});
}

// ---- its links ----

void RoleServer::dial(ServerId server) {
  world_.dial(*this, server);
}
void RoleServer::close(LinkId link) {
  world_.close(link);
}
void RoleServer::send(LinkId link, const wire::QuorumPacket& packet) {
  std::string bytes;
  wire::append_packet(bytes, packet);
  world_.send(link, *this, std::move(bytes));
}
void RoleServer::answer_ping(LinkId link, const wire::QuorumPacket& ping) {
  send(link, {.type = PacketType::ping, .zxid = ping.zxid, .data = "", .authinfo = {}});
}

void RoleServer::link_opened(LinkId link) {
  readers_.emplace(link, wire::QuorumPacketReader(wire::PacketLimits{}));
  if (leader) leader->begin_step(world_.now), leader->opened(link);
}

void RoleServer::link_closed(LinkId link) {
  readers_.erase(link);
  if (leader) leader->closed(link);
  if (learner && learner->link() == link) learner->closed();
}

void RoleServer::receive(LinkId link, std::string_view bytes) {
  const auto reader = readers_.find(link);
  if (reader == readers_.end()) return;
  reader->second.feed(bytes);
  drain(link);
}

void RoleServer::drain(LinkId link) {
  for (;;) {
    const auto reader = readers_.find(link);
    if (reader == readers_.end()) return;
    if (learner && receiving_) return take_snapshot(reader->second);
    if (learner && (learner->link() != link || !learner->takes_packets())) return;
    auto next = reader->second.next();
    if (std::holds_alternative<wire::NeedMore>(next)) return;
    ASSERT_TRUE(std::holds_alternative<wire::QuorumPacket>(next)) << std::get<Fault>(next).reason;
    const auto& packet = std::get<wire::QuorumPacket>(next);
    if (packet.type == PacketType::diff) world_.reach("DIFF");
    if (leader) leader->begin_step(world_.now), leader->received(link, packet);
    if (learner) learner->begin_step(world_.now), learner->received(packet);
    if (!leader && !learner) return;
  }
}

void RoleServer::take_snapshot(wire::QuorumPacketReader& reader) {
  auto decoded = decode(reader.body());
  if (!decoded) return;
  reader.take_body(decoded->second);
  reader.end_body();
  receiving_ = false;
  doing_.push_back(Begin{std::move(decoded->first)});
}

}  // namespace zabra::test
