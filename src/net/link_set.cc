#include "net/link_set.h"

#include "net/client_link.h"

namespace zabra::net {

void LinkSet::adopt(int socket, PeerAddress peer, Admission::Place place) {
  std::unique_ptr<Stream> stream = plain_stream(context_, socket);
  if (!stream) return;
  const LinkId id = table_.new_id();
  auto link = std::make_shared<ClientLink>(id, std::move(stream), std::move(place), table_, sink_, frame_max_);
  table_.add(link);
  sink_.on_opened(id, peer);
  link->start();
}

}  // namespace zabra::net
