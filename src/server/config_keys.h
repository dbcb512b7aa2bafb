// Every configuration key that ZooKeeper's releases know, and our own, with what this version does about it. The table
// in conf/README.md says the same to people; a test holds the two together.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace zabra::server {

enum class KeyUse {
  acted,        // read, checked, obeyed
  later,        // accepted: what it rules does not exist in this version
  meaningless,  // accepted: it tunes something that only a Java server has, or that Zabra settles by itself
  refused,      // asks for protection that this version can't give: no start, unless the value asks for nothing
};

struct KnownKey {
  std::string_view name;  // one that ends with "." or "_" stands for all that begin so
  KeyUse use{};
  std::string_view note;  // for what is not acted on: why, as the end of a sentence

  bool is_family() const { return name.ends_with('.') || name.ends_with('_'); }
};

std::span<const KnownKey> known_keys();

// The key of exactly this name, else the longest family that it belongs to, else none. Without `zookeeper.` before it.
const KnownKey* find_key(std::string_view name);

// The known key that somebody who wrote `name` most likely meant.
std::optional<std::string_view> nearest_key(std::string_view name);

// "acted on", "later", "meaningless", "refused": as conf/README.md has it.
std::string_view to_string(KeyUse use);

}  // namespace zabra::server
