#include "replica/quorum_port.h"

#include <utility>
#include <variant>
#include <vector>

namespace zabra::replica {

void QuorumPort::opened(LinkId link, bool dialled) {
  links_[link] = std::make_unique<wire::QuorumPacketReader>(limits_);
  dialled ? peer_.connected(link) : peer_.accepted(link);
}

void QuorumPort::chunk(LinkId link, std::string_view bytes) {
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  found->second->feed(bytes);
  take_what_is_there(link);
}

void QuorumPort::closed(LinkId link) {
  if (!has(link)) return;
  forget(link);
  peer_.closed(link);
}

void QuorumPort::send(LinkId link, const wire::QuorumPacket& packet) {
  if (output_.has(link)) wire::append_packet(output_.output(link), packet);
}

void QuorumPort::close(LinkId link) {
  output_.close(link);
  forget(link);
}

void QuorumPort::forget(LinkId link) {
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  ended_.push_back(std::move(found->second));
  links_.erase(found);
}

void QuorumPort::refuse(LinkId link, std::string_view why) {
  log_.warning(text("closing a link of the quorum port: ", why));
  output_.close(link);
  closed(link);
}

void QuorumPort::go_on(bool may_read) {
  may_read = may_read && log_has_room();
  std::vector<LinkId> all;
  for (const auto& [link, reader] : links_) all.push_back(link);
  for (const LinkId link : all) {
    if (may_read) take_what_is_there(link);
    const auto found = links_.find(link);
    if (found == links_.end()) continue;
    // The role takes no packets before the body is there, which therefore must come.
    const bool takes_more = found->second->in_body() ? bodies_.takes_more() : peer_.takes_packets(link);
    output_.set_reading(link, may_read && takes_more && log_has_room());
  }
}

void QuorumPort::take_what_is_there(LinkId link) {
  for (;;) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    wire::QuorumPacketReader& reader = *found->second;
    if (!(reader.in_body() ? take_body(link, reader) : take_next(link, reader))) return;
  }
}

// False: there is no whole packet, it may not come now, or the link is over.
bool QuorumPort::take_next(LinkId link, wire::QuorumPacketReader& reader) {
  if (!peer_.takes_packets(link) || !log_has_room()) return false;
  const wire::QuorumPacketReader::Next next = reader.next();
  if (const auto* fault = std::get_if<Fault>(&next)) return refuse(link, fault->reason), false;
  const auto* packet = std::get_if<wire::QuorumPacket>(&next);
  if (packet == nullptr) return false;
  peer_.received(link, *packet);
  return true;
}

bool QuorumPort::take_body(LinkId link, wire::QuorumPacketReader& reader) {
  if (!bodies_.takes_more()) return false;
  const Result<std::size_t> taken = bodies_.take_body(reader.body());
  if (!taken) return refuse(link, "its snapshot: " + taken.fault().reason), false;
  reader.take_body(*taken);
  if (*taken > 0) peer_.snapshot_goes_on();
  if (!bodies_.is_whole()) return *taken > 0 && !reader.body().empty();
  reader.end_body();
  return true;
}

}  // namespace zabra::replica
