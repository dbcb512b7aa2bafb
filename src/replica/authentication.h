// What a client's auth packet proves. Source: DigestAuthenticationProvider, IPAuthenticationProvider of 3.8.
#pragma once

#include <string_view>

#include "base/digest.h"
#include "replica/owed_queue.h"
#include "replica/settings.h"
#include "wire/client_packets.h"

namespace zabra::replica {

class Authentication {
 public:
  explicit Authentication(const Settings& settings);

  // The ids with those that the packet has proved added, or nothing if it is refused: then the connection has to go.
  SharedIds prove(const SharedIds& ids, const wire::AuthPacket& packet) const;

 private:
  SharedIds prove_digest(const SharedIds& ids, std::string_view user_password) const;

  const bool digest_scheme_;
  const DigestAlgorithm algorithm_;
  const std::string super_digest_;
};

}  // namespace zabra::replica
