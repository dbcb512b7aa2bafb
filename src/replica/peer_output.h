// What goes out to links between servers: bytes into each link's output of this step, orders to pause, resume and close,
// and the count of what a peer has not taken yet. A link that had peer_output_max outstanding when still more is written
// to it is closed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/limits.h"
#include "replica/effects.h"

namespace zabra::replica {

class PeerOutput {
 public:
  void begin_step(Effects& effects) {
    effects_ = &effects;
    ++step_;
  }
  // Counts what was written. The links that do not take what they are sent: the caller's to end.
  std::vector<LinkId> end_step();
  Effects& effects() { return *effects_; }

  void opened(LinkId link) { links_[link]; }
  void gone(LinkId link) { links_.erase(link); }
  bool has(LinkId link) const { return links_.contains(link); }

  // Where the link's next bytes go. The reference is void when another link is touched.
  std::string& output(LinkId link) { return place_of(link).output; }
  // After what was written. The link is gone for us.
  void close(LinkId link);
  void set_reading(LinkId link, bool yes);
  void drained(LinkId link);
  // Given to the link and not taken by its peer yet, with what this step has written.
  std::uint64_t unsent_bytes(LinkId link);

 private:
  struct Link {
    std::uint32_t place = 0;          // among the effects of touched_step,
    std::uint64_t touched_step = 0;   // the last that wrote to it
    std::uint64_t unsent_bytes = 0;
    bool reading = true;
  };
  LinkEffects& place_of(LinkId link);

  std::map<LinkId, Link> links_;
  Effects* effects_ = nullptr;
  std::uint64_t step_ = 0;
};

}  // namespace zabra::replica
