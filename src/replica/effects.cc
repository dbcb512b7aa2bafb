#include "replica/effects.h"

namespace zabra::replica {

std::uint32_t Effects::Links::touch(LinkId link) {
  if (count_ == touched_.size()) touched_.emplace_back();
  LinkEffects& effects = touched_[count_];
  effects.link = link;
  effects.output.clear();
  effects.reading = Reading::unchanged;
  effects.closing = Closing::no;
  return static_cast<std::uint32_t>(count_++);
}

void Effects::clear() {
  clients_.clear();
  peers_.clear();
  dials.clear();
  disk_orders.clear();
  append.records.clear();
  append.count = 0;
  checkpoint.reset();
  words.clear();
}

}  // namespace zabra::replica
