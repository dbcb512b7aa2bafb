#include "zab/election_links.h"

#include <algorithm>

namespace zabra::zab {

// ---- what the host says ----

void ElectionLinks::want(const ServerSet& servers, MonotonicTime now) {
  for (auto place = peers_.begin(); place != peers_.end();) {
    auto& [server, peer] = *place;
    const bool is_dropped = peer.is_wanted && !servers.contains(server);
    if (is_dropped) drop_link(peer);
    place = is_dropped ? peers_.erase(place) : std::next(place);
  }
  for (const ServerId server : servers) {
    if (server == self_) continue;
    Peer& peer = peers_[server];
    if (!std::exchange(peer.is_wanted, true) && !peer.link && !peer.is_dialling) peer.dial_at = first_dial(server, now);
  }
  dial_what_is_due(now);
}

void ElectionLinks::opened(LinkId link, std::optional<ServerId> dialled, MonotonicTime now) {
  if (!dialled) {
    if (ungreeted_.size() >= links_ungreeted_max) return close(link);
    ungreeted_[link] = now + greeting_limit_ms_;
    return;
  }
  Peer* peer = find(*dialled);
  if (peer == nullptr || !std::exchange(peer->is_dialling, false)) return close(link);  // no longer wanted
  if (peer->link) return close(link);                                                   // it has dialled us meanwhile
  actions_.push_back(WriteLink{link, greeting_});
  if (!is_larger(*dialled)) return keep(*dialled, *peer, link, now);
  close(link);
  dial_later(*peer, now);
}

void ElectionLinks::dial_failed(ServerId server, MonotonicTime now) {
  Peer* peer = find(server);
  if (peer == nullptr || !std::exchange(peer->is_dialling, false) || peer->link) return;
  if (peer->is_wanted) return dial_later(*peer, now);
  forget_idle_stranger(server);
}

void ElectionLinks::handshake(LinkId link, ServerId from, std::string address, MonotonicTime now) {
  if (ungreeted_.erase(link) == 0) return;
  Peer* peer = from == self_ ? nullptr : find_or_admit(from);
  if (peer == nullptr) return close(link);
  drop_link(*peer);  // it would not dial if it still had that one
  if (is_larger(from)) return keep(from, *peer, link, now);
  close(link);
  if (peer->is_dialling) return;
  peer->address = std::move(address);
  dial(from, *peer);
}

void ElectionLinks::closed(LinkId link, MonotonicTime now) {
  ungreeted_.erase(link);
  const std::optional<ServerId> server = sender_of(link);
  if (!server) return;
  Peer& peer = peers_.at(*server);
  senders_.erase(link);
  peer.link.reset();
  if (!peer.is_wanted) return forget_idle_stranger(*server);
  if (peer.is_dialling) return;
  if (now - peer.link_since < dial_retry_max_ms) return dial_later(peer, now);
  peer.retry_ms = dial_retry_min_ms;
  peer.dial_at = first_dial(*server, now);
  dial_what_is_due(now);
}

void ElectionLinks::send(ServerId to, std::string message) {
  Peer* peer = find(to);
  if (peer == nullptr) return;  // a stranger that has gone: it will ask again
  if (peer->link) actions_.push_back(WriteLink{*peer->link, message});
  peer->last_message = std::move(message);
}

void ElectionLinks::tick(MonotonicTime now) {
  for (auto place = ungreeted_.begin(); place != ungreeted_.end();) {
    const bool is_late = now >= place->second;
    if (is_late) close(place->first);
    place = is_late ? ungreeted_.erase(place) : std::next(place);
  }
  dial_what_is_due(now);
}

// ---- what the host asks ----

std::optional<MonotonicTime> ElectionLinks::next_deadline() const {
  std::optional<MonotonicTime> next;
  const auto note = [&](MonotonicTime time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [link, deadline] : ungreeted_) note(deadline);
  for (const auto& [server, peer] : peers_) {
    if (peer.dial_at) note(*peer.dial_at);
  }
  return next;
}

ServerSet ElectionLinks::live() const {
  ServerSet servers;
  for (const auto& [link, server] : senders_) servers.insert(server);
  return servers;
}

std::optional<ServerId> ElectionLinks::sender_of(LinkId link) const {
  const auto place = senders_.find(link);
  return place == senders_.end() ? std::nullopt : std::optional(place->second);
}

// ---- one peer ----

ElectionLinks::Peer* ElectionLinks::find(ServerId server) {
  const auto place = peers_.find(server);
  return place == peers_.end() ? nullptr : &place->second;
}

ElectionLinks::Peer* ElectionLinks::find_or_admit(ServerId server) {
  if (Peer* peer = find(server)) return peer;
  const auto strangers =
      std::count_if(peers_.begin(), peers_.end(), [](const auto& entry) { return !entry.second.is_wanted; });
  return static_cast<std::size_t>(strangers) < strangers_max ? &peers_[server] : nullptr;
}

void ElectionLinks::forget_idle_stranger(ServerId server) {
  const Peer* peer = find(server);
  if (peer != nullptr && !peer->is_wanted && !peer->link && !peer->is_dialling) peers_.erase(server);
}

void ElectionLinks::keep(ServerId server, Peer& peer, LinkId link, MonotonicTime now) {
  peer.link = link;
  peer.link_since = now;
  peer.dial_at.reset();
  senders_[link] = server;
  if (peer.last_message) actions_.push_back(WriteLink{link, *peer.last_message});
}

void ElectionLinks::drop_link(Peer& peer) {
  if (!peer.link) return;
  close(*peer.link);
  senders_.erase(*peer.link);
  peer.link.reset();
}

void ElectionLinks::dial(ServerId server, Peer& peer) {
  peer.dial_at.reset();
  peer.is_dialling = true;
  actions_.push_back(DialPeer{server, std::exchange(peer.address, {})});
}

void ElectionLinks::dial_what_is_due(MonotonicTime now) {
  for (auto& [server, peer] : peers_) {
    if (peer.dial_at && now >= *peer.dial_at) dial(server, peer);
  }
}

void ElectionLinks::dial_later(Peer& peer, MonotonicTime now) {
  peer.dial_at = now + peer.retry_ms;
  peer.retry_ms = std::min(2 * peer.retry_ms, dial_retry_max_ms);
}

}  // namespace zabra::zab
