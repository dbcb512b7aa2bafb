// The rules of znode paths. Source: PathUtils.validatePath of 3.8; table in wire/README.md.
#pragma once

#include <string>
#include <string_view>

namespace zabra::wire {

// True if the path may be written to: starts with '/', no empty, "." or ".." component, no trailing '/', no control,
// surrogate, private-use or FFF0-FFFF code point, well-formed UTF-8.
bool is_valid_path(std::string_view path);

// The text before the last '/': "" for top-level paths, which names the root. `path` must contain a '/'.
std::string_view parent_path(std::string_view path);
// The text after the last '/'.
std::string_view last_component(std::string_view path);

// `path` with the ten-digit suffix of a sequential create ("%010d" of a signed number).
std::string sequential_path(std::string_view path, std::int32_t counter);

}  // namespace zabra::wire
