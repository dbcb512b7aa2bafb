#include "replica/peer_output.h"

namespace zabra::replica {

LinkEffects& PeerOutput::place_of(LinkId id) {
  Link& link = links_.at(id);
  if (link.touched_step != step_) {
    link.touched_step = step_;
    link.place = effects_->touch_peer(id);
  }
  return effects_->peer_at(link.place);
}

std::vector<LinkId> PeerOutput::end_step() {
  std::vector<LinkId> stuck;
  for (const LinkEffects& effects : effects_->touched_peers()) {
    const auto found = links_.find(effects.link);
    if (found == links_.end() || effects.output.empty()) continue;
    if (found->second.unsent_bytes >= limits::peer_output_max) stuck.push_back(effects.link);
    found->second.unsent_bytes += effects.output.size();
  }
  return stuck;
}

void PeerOutput::close(LinkId link) {
  if (!has(link)) return;
  place_of(link).closing = Closing::after_send;
  gone(link);
}

void PeerOutput::set_reading(LinkId link, bool yes) {
  const auto found = links_.find(link);
  if (found == links_.end() || found->second.reading == yes) return;
  found->second.reading = yes;
  place_of(link).reading = yes ? Reading::resume : Reading::pause;
}

void PeerOutput::drained(LinkId link) {
  if (const auto found = links_.find(link); found != links_.end()) found->second.unsent_bytes = 0;
}

std::uint64_t PeerOutput::unsent_bytes(LinkId id) {
  const auto found = links_.find(id);
  if (found == links_.end()) return 0;
  const Link& link = found->second;
  const std::size_t written = link.touched_step == step_ ? effects_->peer_at(link.place).output.size() : 0;
  return link.unsent_bytes + written;
}

}  // namespace zabra::replica
