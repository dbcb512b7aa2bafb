// Ids of the digest scheme: `user:base64(hash("user:password"))`.
// Source: DigestAuthenticationProvider.generateDigest of 3.8; DigestAuthenticationProvider.digestAlg names the hash.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zabra {

enum class DigestAlgorithm { sha1, sha224, sha256, sha384, sha512, sha3_224, sha3_256, sha3_384, sha3_512, md5 };

// Java's names, in any case: SHA1, SHA-1, SHA-256, SHA3-256, MD5, …
std::optional<DigestAlgorithm> parse_digest_algorithm(std::string_view name);
std::string_view digest_algorithm_names();  // for people: what parse_digest_algorithm() takes

// The user is what stands before the first colon, or all; the hash is over the whole text.
std::string digest_id(std::string_view user_password, DigestAlgorithm algorithm = DigestAlgorithm::sha1);

std::string to_base64(std::string_view bytes);  // with padding

}  // namespace zabra
