#include "net/link_set.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "wire/check.h"

namespace zabra::net {
namespace {

bool is_v6(int socket) {
  int domain = AF_INET;
  socklen_t size = sizeof domain;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  return domain == AF_INET6;
}

constexpr std::size_t place_of(LinkId link) { return link.value & ((std::uint64_t{1} << LinkSet::place_bits) - 1); }

}  // namespace

LinkSet::~LinkSet() { close_all(); }

std::size_t LinkSet::free_place() {
  if (free_places_.empty()) {
    slots_.emplace_back();
    return slots_.size() - 1;
  }
  const std::size_t place = free_places_.back();
  free_places_.pop_back();
  return place;
}

void LinkSet::adopt(int socket, PeerAddress peer, Admission::Place place) {
  TcpSocket owned(context_);
  asio::error_code error;
  owned.assign(is_v6(socket) ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket, error);
  if (error) {
    ::close(socket);
    return;
  }
  const std::size_t slot = free_place();
  CHECK(slot < (std::size_t{1} << place_bits));  // more than a process can have open files
  const LinkId id{(++serial_ << (place_bits + thread_bits)) | (thread_ << place_bits) | slot};
  auto link = std::make_shared<ClientLink>(id, plain_stream(std::move(owned)), std::move(place),
                                           static_cast<LinkHome&>(*this));
  slots_[slot] = link;
  sink_.on_opened(id, peer);
  link->start();
}

ClientLink* LinkSet::find(LinkId link) const {
  const std::size_t place = place_of(link);
  if (place >= slots_.size()) return nullptr;
  ClientLink* found = slots_[place].get();
  return found != nullptr && found->id() == link ? found : nullptr;
}

void LinkSet::send(LinkId link, std::string& bytes) {
  if (ClientLink* found = find(link)) return found->send(bytes);
  bytes.clear();
}

void LinkSet::pause_reading(LinkId link) {
  if (ClientLink* found = find(link)) found->pause_reading();
}

void LinkSet::resume_reading(LinkId link) {
  if (ClientLink* found = find(link)) found->resume_reading();
}

void LinkSet::close_after_send(LinkId link) {
  if (ClientLink* found = find(link)) found->close_after_send();
}

void LinkSet::close_now(LinkId link) {
  if (ClientLink* found = find(link)) found->close_now();
}

void LinkSet::gone(ClientLink& link) {
  const std::size_t place = place_of(link.id());
  CHECK(slots_[place].get() == &link);
  gone_.push_back(std::move(slots_[place]));
  free_places_.push_back(place);
}

void LinkSet::step_begins() {
  CHECK(in_step_.empty());
  in_step_.swap(told_);
}

void LinkSet::step_done() {
  for (const auto& link : in_step_) link->settle();
  in_step_.clear();
  gone_.clear();
}

// ---- stopping ----

void LinkSet::stop() {
  const auto until = Clock::now() + std::chrono::milliseconds(settings_.linger_at_stop_ms);
  close_all_after_send();
  while (has_links() && context_.run_one_until(until) > 0) {
  }
  close_all();
}

// Closing empties a link's slot.
void LinkSet::close_all_after_send() {
  for (const auto& link : slots_) {
    if (link) link->close_after_send();
  }
  for (const auto& told : {&told_, &in_step_}) {
    for (const auto& link : *told) link->settle();  // nobody will look at its frames any more
  }
}

void LinkSet::close_all() {
  linger_timer_.cancel();
  for (const auto& link : slots_) {
    if (link) link->close_now();
  }
  told_.clear();
  in_step_.clear();
  gone_.clear();
}

// ---- lingering ----

void LinkSet::lingers(ClientLink& link) {
  while (!lingering_.empty() && lingering_.front().link.expired()) lingering_.pop_front();
  lingering_.push_back({Clock::now() + std::chrono::milliseconds(settings_.linger_ms), link.weak_from_this()});
  if (lingering_.size() == 1) wait_for_lingering();
}

void LinkSet::wait_for_lingering() {
  linger_timer_.expires_at(lingering_.front().until);
  linger_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) close_lingering();
  });
}

void LinkSet::close_lingering() {
  const Clock::time_point now = Clock::now();
  while (!lingering_.empty() && (lingering_.front().until <= now || lingering_.front().link.expired())) {
    if (const auto link = lingering_.front().link.lock()) link->close_now();
    lingering_.pop_front();
  }
  if (!lingering_.empty()) wait_for_lingering();
}

}  // namespace zabra::net
