#include "net/link_table.h"

#include "wire/check.h"

namespace zabra::net {
namespace {

constexpr std::size_t place_of(LinkId link) {
  return link.value & ((std::uint64_t{1} << LinkTable::place_bits) - 1);
}

}  // namespace

LinkId LinkTable::new_id() {
  if (free_places_.empty()) {
    free_places_.push_back(slots_.size());
    slots_.emplace_back();
  }
  const std::size_t place = free_places_.back();
  CHECK(place < (std::size_t{1} << place_bits));  // more than a process can have open files
  return {(++serial_ << (place_bits + thread_bits)) | (thread_ << place_bits) | place};
}

void LinkTable::add(std::shared_ptr<Link> link) {
  const std::size_t place = place_of(link->id());
  CHECK(!free_places_.empty() && place == free_places_.back());
  free_places_.pop_back();
  slots_[place] = std::move(link);
}

Link* LinkTable::find(LinkId link) const {
  const std::size_t place = place_of(link);
  if (place >= slots_.size()) return nullptr;
  Link* found = slots_[place].get();
  return found != nullptr && found->id() == link ? found : nullptr;
}

void LinkTable::gone(Link& link) {
  const std::size_t place = place_of(link.id());
  CHECK(slots_[place].get() == &link);
  gone_.push_back(std::move(slots_[place]));
  free_places_.push_back(place);
}

// ---- orders ----

void LinkTable::send(LinkId link, std::string& bytes) {
  if (Link* found = find(link)) return found->send(bytes);
  bytes.clear();
}

void LinkTable::pause_reading(LinkId link) {
  if (Link* found = find(link)) found->pause_reading();
}

void LinkTable::resume_reading(LinkId link) {
  if (Link* found = find(link)) found->resume_reading();
}

void LinkTable::close_after_send(LinkId link) {
  if (Link* found = find(link)) found->close_after_send();
}

void LinkTable::close_now(LinkId link) {
  if (Link* found = find(link)) found->close_now();
}

void LinkTable::step_begins() {
  CHECK(in_step_.empty());
  in_step_.swap(told_);
}

void LinkTable::step_done() {
  for (const auto& link : in_step_) link->settle();
  in_step_.clear();
  gone_.clear();
}

// ---- stopping ----

void LinkTable::stop() {
  const auto until = Clock::now() + std::chrono::milliseconds(linger_.at_stop_ms);
  close_all_after_send();
  while (has_links() && context_.run_one_until(until) > 0) {
  }
  close_all();
}

// Closing empties a link's slot.
void LinkTable::close_all_after_send() {
  for (const auto& link : slots_) {
    if (link) link->close_after_send();
  }
  for (const auto& told : {&told_, &in_step_}) {
    for (const auto& link : *told) link->settle();  // nobody will look at its bytes any more
  }
}

void LinkTable::close_all() {
  linger_timer_.cancel();
  for (const auto& link : slots_) {
    if (link) link->close_now();
  }
  told_.clear();
  in_step_.clear();
  gone_.clear();
}

// ---- lingering ----

void LinkTable::lingers(Link& link) {
  while (!lingering_.empty() && lingering_.front().link.expired()) lingering_.pop_front();
  lingering_.push_back({Clock::now() + std::chrono::milliseconds(linger_.ms), link.weak_from_this()});
  if (lingering_.size() == 1) wait_for_lingering();
}

void LinkTable::wait_for_lingering() {
  linger_timer_.expires_at(lingering_.front().until);
  linger_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) close_lingering();
  });
}

void LinkTable::close_lingering() {
  const Clock::time_point now = Clock::now();
  while (!lingering_.empty() && (lingering_.front().until <= now || lingering_.front().link.expired())) {
    if (const auto link = lingering_.front().link.lock()) link->close_now();
    lingering_.pop_front();
  }
  if (!lingering_.empty()) wait_for_lingering();
}

}  // namespace zabra::net
