#include "tests/sim/network.h"

#include <algorithm>
#include <vector>

namespace zabra::sim {
namespace {
constexpr Micros dial_timeout = 500 * ms, noticed_late_max = 3 * second;
}

// ---- opening --------------------------------------------------------------------------------------------------------

void Network::dial(Node from, Node to, Port port) {
  const std::uint64_t life = lives_[from];
  const bool is_lost = is_blocked(from, to) || is_blocked(to, from);
  schedule_.after(is_lost ? dial_timeout : delay(), [=, this] { connect(from, to, port, life); });
}

void Network::connect(Node from, Node to, Port port, std::uint64_t life_from) {
  if (!is_up(from) || lives_[from] != life_from) return;
  if (!is_up(to) || is_blocked(from, to) || is_blocked(to, from) || random_.one_in(200)) {
    return ends_.on_dial_failed(from, to, port);
  }
  const LinkId id{++last_link_};
  links_[id].ends[0] = from;
  links_[id].ends[1] = to;
  ends_.on_opened(to, id, from, port, false);
  ends_.on_opened(from, id, to, port, true);
}

// ---- bytes ----------------------------------------------------------------------------------------------------------

void Network::send(LinkId id, Node from, std::string bytes) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  const std::size_t direction = found->second.index_of(from);
  Pipe& pipe = found->second.from[direction];
  if (!found->second.is_open[direction] || pipe.ends) return;
  Micros ready = schedule_.now() + delay() + delay_of_resending();
  if (!pipe.chunks.empty()) ready = std::max(ready, pipe.chunks.back().ready);
  pipe.chunks.push_back({std::move(bytes), ready});
  pipe.owes_drained = true;
  pump_later(id, direction, ready - schedule_.now());
}

void Network::pump_later(LinkId id, std::size_t direction, Micros delay) {
  schedule_.after(delay, [=, this] { pump(id, direction); });
}

void Network::pump(LinkId id, std::size_t direction) {
  for (auto found = links_.find(id); found != links_.end(); found = links_.find(id)) {
    if (!deliver_next(id, found->second, direction)) return;
  }
}

// False: nothing more for now.
bool Network::deliver_next(LinkId id, Link& link, std::size_t direction) {
  Pipe& pipe = link.from[direction];
  const Node sender = link.ends[direction], reader = link.ends[1 - direction];
  if (is_blocked(sender, reader) || pipe.paused) return false;
  if (pipe.chunks.empty()) {
    if (std::exchange(pipe.owes_drained, false) && link.is_open[direction]) ends_.on_drained(sender, id);
    if (const auto still = links_.find(id); still == links_.end() || !pipe.ends) return false;
    finish(id, direction);
    return false;
  }
  if (pipe.chunks.front().ready > schedule_.now()) return false;
  std::string bytes = std::move(pipe.chunks.front().bytes);
  pipe.chunks.pop_front();
  if (bytes.size() > 1 && random_.one_in(8)) {  // the rest comes a little later
    const std::size_t cut = 1 + random_.pick(bytes.size() - 1);
    pipe.chunks.push_front({bytes.substr(cut), schedule_.now() + delay()});
    pump_later(id, direction, pipe.chunks.front().ready - schedule_.now());
    bytes.resize(cut);
  }
  if (link.is_open[1 - direction]) ends_.on_bytes(reader, id, bytes);
  return true;
}

void Network::pause(LinkId id, Node by, bool paused) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  const std::size_t direction = 1 - found->second.index_of(by);
  found->second.from[direction].paused = paused;
  if (!paused) pump_later(id, direction, 0);
}

// ---- ends -----------------------------------------------------------------------------------------------------------

// What the sender has closed has arrived: the reader hears of it, and nothing is left.
void Network::finish(LinkId id, std::size_t direction) {
  const Link link = std::move(links_.at(id));
  links_.erase(id);
  if (link.is_open[1 - direction]) ends_.on_closed(link.ends[1 - direction], id);
}

void Network::end(LinkId id, std::size_t direction, bool is_abrupt, Micros delay) {
  Link& link = links_.at(id);
  Pipe& pipe = link.from[direction];
  link.is_open[direction] = false;
  link.from[1 - direction].chunks.clear();
  pipe.ends = true;
  pipe.paused = pipe.paused && !is_abrupt;
  if (is_abrupt && !pipe.chunks.empty()) pipe.chunks.resize(random_.pick(pipe.chunks.size() + 1));
  if (!link.is_open[1 - direction]) {
    links_.erase(id);
    return;
  }
  if (!pipe.chunks.empty()) delay = std::max(delay, pipe.chunks.back().ready - schedule_.now());
  pump_later(id, direction, delay);
}

void Network::close(LinkId id, Node by, bool is_abrupt) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  const std::size_t direction = found->second.index_of(by);
  if (found->second.is_open[direction]) end(id, direction, is_abrupt, delay());
}

void Network::down(Node node, bool silent) {
  up_.erase(node);
  std::vector<LinkId> its;
  for (const auto& [id, link] : links_) {
    if (link.ends[0] == node || link.ends[1] == node) its.push_back(id);
  }
  for (const LinkId id : its) {
    const std::size_t direction = links_.at(id).index_of(node);
    if (links_.at(id).is_open[direction]) {
      end(id, direction, true, silent ? random_.between(0, noticed_late_max) : delay());
    }
  }
}

// ---- faults ---------------------------------------------------------------------------------------------------------

void Network::heal() {
  blocked_.clear();
  for (const auto& [id, link] : links_) {
    for (const std::size_t direction : {0U, 1U}) pump_later(id, direction, delay());
  }
}

void Network::cut_links_of(Node node) {
  std::vector<LinkId> its;
  for (const auto& [id, link] : links_) {
    if (link.ends[0] == node || link.ends[1] == node) its.push_back(id);
  }
  for (const LinkId id : its) {
    if (random_.one_in(2)) break_link(id);
  }
}

// Both ends hear of it, each after some of what was under way.
void Network::break_link(LinkId id) {
  const Link link = std::move(links_.at(id));
  links_.erase(id);
  for (const std::size_t direction : {0U, 1U}) {
    const Pipe& pipe = link.from[direction];
    if (!link.is_open[1 - direction]) continue;
    const Node reader = link.ends[1 - direction];
    if (!pipe.chunks.empty() && !pipe.paused && !is_blocked(link.ends[direction], reader)) {
      const std::string& bytes = pipe.chunks.front().bytes;
      ends_.on_bytes(reader, id, std::string_view(bytes).substr(0, random_.pick(bytes.size() + 1)));
    }
    ends_.on_closed(reader, id);
  }
}

}  // namespace zabra::sim
