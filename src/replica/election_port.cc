#include "replica/election_port.h"

#include <utility>
#include <variant>

#include "wire/election_packets.h"
#include "wire/host_port.h"

namespace zabra::replica {
namespace {

std::string greeting_of(ServerId self, const EnsembleSettings& settings) {
  std::string greeting;
  const auto own = settings.addresses.find(self);
  wire::append_greeting(greeting, {self, own == settings.addresses.end() ? std::vector<wire::HostPort>{} : own->second.election});
  return greeting;
}

std::optional<wire::HostPort> address_of(std::string_view text) {
  const auto parts = wire::split_address(text);
  if (!parts || parts->size() != 2) return std::nullopt;
  const auto port = wire::parse_port(parts->back());
  if (!port) return std::nullopt;
  return wire::HostPort{std::string(parts->front()), *port};
}

zab::Notification from_wire(const wire::Notification& said) {
  return {.state = static_cast<zab::PeerState>(said.state),
          .vote = {ServerId{said.leader}, Zxid::from_wire(said.zxid), said.peer_epoch},
          .round = said.round,
          .format = said.version};
}

}  // namespace

ElectionPort::ElectionPort(ServerId self, const EnsembleSettings& settings, zab::Peer& peer, PeerOutput& output,
                           Log& log)
    : self_(self),
      settings_(settings),
      peer_(peer),
      output_(output),
      log_(log),
      order_(self, greeting_of(self, settings), settings.sync_limit_ms) {}

void ElectionPort::start() {
  order_.want(zab::ServerSet(settings_.members.voters), now_);
  carry_out();
}

// ---- links ----

void ElectionPort::opened(LinkId link, std::optional<ServerId> dialled) {
  links_[link].is_greeting_due = !dialled;
  order_.opened(link, dialled, now_);
  carry_out();
}

void ElectionPort::dial_failed(ServerId server) {
  order_.dial_failed(server, now_);
  carry_out();
}

void ElectionPort::closed(LinkId link) {
  if (links_.erase(link) == 0) return;
  order_.closed(link, now_);
  carry_out();
}

void ElectionPort::refuse(LinkId link, std::string_view why) {
  log_.warning(text("closing a link of the election port: ", why));
  output_.close(link);
  closed(link);
}

void ElectionPort::pass_time() {
  order_.tick(now_);
  carry_out();
}

// ---- what others say ----

void ElectionPort::chunk(LinkId id, std::string_view bytes) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  found->second.unread.append(bytes);
  while (take_next(id)) {
  }
}

bool ElectionPort::take_next(LinkId id) {
  const auto found = links_.find(id);
  if (found == links_.end()) return false;
  return found->second.is_greeting_due ? take_greeting(id, found->second) : take_message(id, found->second);
}

bool ElectionPort::take_greeting(LinkId id, Link& link) {
  const wire::GreetingCut cut = wire::cut_greeting(link.unread);
  if (const auto* fault = std::get_if<Fault>(&cut)) return refuse(id, fault->reason), false;
  const auto* found = std::get_if<wire::GreetingFound>(&cut);
  if (found == nullptr) return false;
  link.unread.erase(0, found->consumed);
  link.is_greeting_due = false;
  const auto& addresses = found->greeting.addresses;
  order_.handshake(id, found->greeting.server, addresses.empty() ? "" : to_string(addresses.front()), now_);
  carry_out();
  return true;
}

bool ElectionPort::take_message(LinkId id, Link& link) {
  const wire::MessageCut cut = wire::cut_election_message(link.unread);
  if (const auto* fault = std::get_if<Fault>(&cut)) return refuse(id, fault->reason), false;
  const auto* frame = std::get_if<wire::FrameCut>(&cut);
  if (frame == nullptr) return false;
  const std::string message(frame->body);
  link.unread.erase(0, frame->consumed);
  if (const auto sender = order_.sender_of(id)) hear(*sender, message);
  return true;
}

void ElectionPort::hear(ServerId from, std::string_view message) {
  const auto said = wire::decode_notification(message);
  if (!said) return log_.warning(text("a notification of server ", from.value, ": ", said.fault().reason));
  peer_.notification(from, from_wire(*said));
}

// ---- what we say ----

void ElectionPort::send_what_is_said() {
  for (const zab::Election::Send& send : peer_.take_sends()) {
    const std::string message = encode(send.notification);
    if (send.to) {
      order_.send(*send.to, message);
      continue;
    }
    for (const ServerId voter : settings_.members.voters) {
      if (voter != self_) order_.send(voter, message);
    }
  }
  carry_out();
}

std::string ElectionPort::encode(const zab::Notification& said) const {
  std::string message;
  wire::append_notification(message, {.state = static_cast<wire::PeerState>(said.state),
                                      .leader = said.vote.leader.value,
                                      .zxid = said.vote.zxid.to_wire(),
                                      .round = said.round,
                                      .peer_epoch = said.vote.peer_epoch,
                                      .config = settings_.text});
  return message;
}

void ElectionPort::carry_out() {
  for (const zab::LinkAction& action : order_.take_actions()) {
    std::visit([this](const auto& what) { carry_out(what); }, action);
  }
  zab::ServerSet live = order_.live();
  if (live == live_) return;
  live_ = live;
  peer_.voters_linked(std::move(live));
}

// Whoever we don't know of is dialled where its greeting says.
void ElectionPort::carry_out(const zab::DialPeer& action) {
  Dial dial{PeerPort::election, action.to, {}};
  if (const auto known = settings_.addresses.find(action.to); known != settings_.addresses.end()) {
    dial.addresses = known->second.election;
  } else if (const auto address = address_of(action.address)) {
    dial.addresses.push_back(*address);
  }
  output_.effects().dials.push_back(std::move(dial));
}

void ElectionPort::carry_out(const zab::WriteLink& action) {
  if (output_.has(action.link)) output_.output(action.link).append(action.bytes);
}

void ElectionPort::carry_out(const zab::CloseLink& action) {
  output_.close(action.link);
  links_.erase(action.link);
}

}  // namespace zabra::replica
