#include "server/link_events.h"

#include <iterator>

namespace zabra::server {

bool LinkEvents::hand_over() {
  if (own_.empty()) return false;
  set_aside_.swap(own_);
  return true;
}

void LinkEvents::deliver() {
  inbox_.insert(inbox_.end(), std::make_move_iterator(set_aside_.begin()), std::make_move_iterator(set_aside_.end()));
  set_aside_.clear();
}

}  // namespace zabra::server
