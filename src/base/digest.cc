#include "base/digest.h"

#include <openssl/evp.h>
#include <strings.h>

#include <algorithm>
#include <array>

#include "wire/check.h"

namespace zabra {
namespace {

struct Named {
  std::string_view java, openssl;
};

// In the order of DigestAlgorithm.
constexpr std::array<Named, 10> algorithms{{{"SHA-1", "SHA1"},
                                            {"SHA-224", "SHA2-224"},
                                            {"SHA-256", "SHA2-256"},
                                            {"SHA-384", "SHA2-384"},
                                            {"SHA-512", "SHA2-512"},
                                            {"SHA3-224", "SHA3-224"},
                                            {"SHA3-256", "SHA3-256"},
                                            {"SHA3-384", "SHA3-384"},
                                            {"SHA3-512", "SHA3-512"},
                                            {"MD5", "MD5"}}};

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string hash(std::string_view bytes, DigestAlgorithm algorithm) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  std::size_t size = 0;
  const int done = ::EVP_Q_digest(nullptr, algorithms[static_cast<std::size_t>(algorithm)].openssl.data(), nullptr,
                                  bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
  CHECK(done == 1);
  out.resize(size);
  return out;
}

}  // namespace

std::optional<DigestAlgorithm> parse_digest_algorithm(std::string_view name) {
  if (same_name(name, "SHA1") || same_name(name, "SHA")) return DigestAlgorithm::sha1;
  const auto found = std::find_if(algorithms.begin(), algorithms.end(),
                                  [name](const Named& named) { return same_name(named.java, name); });
  if (found == algorithms.end()) return std::nullopt;
  return static_cast<DigestAlgorithm>(found - algorithms.begin());
}

std::string_view digest_algorithm_names() {
  return "SHA1, SHA-224, SHA-256, SHA-384, SHA-512, SHA3-224, SHA3-256, SHA3-384, SHA3-512 or MD5";
}

std::string digest_id(std::string_view user_password, DigestAlgorithm algorithm) {
  std::string id(user_password.substr(0, user_password.find(':')));
  id += ':';
  return id += to_base64(hash(user_password, algorithm));
}

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

}  // namespace zabra
