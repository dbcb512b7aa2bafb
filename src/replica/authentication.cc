#include "replica/authentication.h"

#include <algorithm>

#include "wire/check.h"

namespace zabra::replica {

namespace {

void add(state::AuthIds& ids, state::AuthId id) {
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
}

DigestAlgorithm algorithm_of(const Settings& settings) {
  const std::optional<DigestAlgorithm> algorithm = parse_digest_algorithm(settings.digest_algorithm);
  CHECK(algorithm.has_value());  // the configuration was checked
  return *algorithm;
}

}  // namespace

Authentication::Authentication(const Settings& settings)
    : digest_scheme_(settings.state.digest_scheme),
      algorithm_(algorithm_of(settings)),
      super_digest_(settings.super_digest) {}

SharedIds Authentication::prove(const SharedIds& ids, const wire::AuthPacket& packet) const {
  if (packet.scheme == "ip") return ids;  // every connection has proved its address
  if (packet.scheme == "digest" && digest_scheme_ && packet.auth) return prove_digest(ids, *packet.auth);
  return nullptr;
}

SharedIds Authentication::prove_digest(const SharedIds& ids, std::string_view user_password) const {
  auto more = std::make_shared<state::AuthIds>(*ids);
  std::string id = digest_id(user_password, algorithm_);
  if (!super_digest_.empty() && id == super_digest_) add(*more, {"super", ""});
  add(*more, {"digest", std::move(id)});
  return more;
}

}  // namespace zabra::replica
