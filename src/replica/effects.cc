#include "replica/effects.h"

namespace zabra::replica {

std::uint32_t Effects::touch(LinkId link) {
  if (touched_count_ == touched_.size()) touched_.emplace_back();
  LinkEffects& effects = touched_[touched_count_];
  effects.link = link;
  effects.output.clear();
  effects.reading = Reading::unchanged;
  effects.closing = Closing::no;
  return static_cast<std::uint32_t>(touched_count_++);
}

void Effects::clear() {
  touched_count_ = 0;
  append.records.clear();
  append.count = 0;
  checkpoint.reset();
  words.clear();
}

}  // namespace zabra::replica
