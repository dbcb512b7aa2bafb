#include "state/node.h"

#include <cstdlib>
#include <cstring>

#include "wire/check.h"

namespace zabra::state {

namespace {

constexpr std::size_t short_header = 4 + 1, long_header = short_header + 4;
constexpr std::uint8_t long_name = 255;

std::size_t header_bytes(std::size_t name_length) { return name_length < long_name ? short_header : long_header; }

void store_u32(char* at, std::uint32_t value) { std::memcpy(at, &value, sizeof value); }
std::uint32_t load_u32(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

constexpr std::uint32_t null_length = 0xffffffffU;
std::uint32_t stored_length(wire::NullableView data) {
  return data ? static_cast<std::uint32_t>(data->size()) : null_length;
}
void copy(char* to, std::string_view from) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

}  // namespace

wire::Stat make_stat(const NodeFacts& facts, std::size_t data_length, std::uint32_t child_count) {
  const std::uint32_t creates_and_deletes = 2 * static_cast<std::uint32_t>(facts.cversion) - child_count;
  return {facts.czxid,
          facts.mzxid,
          facts.ctime,
          facts.mtime,
          facts.version,
          static_cast<std::int32_t>(creates_and_deletes),
          facts.aversion,
          facts.owner.client_view(),
          static_cast<std::int32_t>(data_length),
          static_cast<std::int32_t>(child_count),
          facts.pzxid};
}

Payload::Payload(std::string_view name, wire::NullableView data) {
  const std::size_t header = header_bytes(name.size());
  const std::string_view bytes = data.value_or(std::string_view{});
  bytes_ = static_cast<char*>(std::malloc(header + name.size() + bytes.size()));
  CHECK(bytes_ != nullptr);
  store_u32(bytes_, stored_length(data));
  bytes_[4] = static_cast<char>(name.size() < long_name ? name.size() : long_name);
  if (header == long_header) store_u32(bytes_ + short_header, static_cast<std::uint32_t>(name.size()));
  copy(bytes_ + header, name);
  copy(bytes_ + header + name.size(), bytes);
}

Payload::~Payload() { std::free(bytes_); }

std::string_view Payload::name() const {
  const auto length = static_cast<std::uint8_t>(bytes_[4]);
  if (length != long_name) return {bytes_ + short_header, length};
  return {bytes_ + long_header, load_u32(bytes_ + short_header)};
}

std::size_t Payload::data_length() const {
  const std::uint32_t length = load_u32(bytes_);
  return length == null_length ? 0 : length;
}

wire::NullableView Payload::data() const {
  const std::uint32_t length = load_u32(bytes_);
  if (length == null_length) return std::nullopt;
  const std::string_view after = name();
  return std::string_view{after.data() + after.size(), length};
}

void Payload::set_data(wire::NullableView data) {
  const std::string_view before = name(), bytes = data.value_or(std::string_view{});
  const auto start = static_cast<std::size_t>(before.data() + before.size() - bytes_);
  if (bytes.size() != data_length()) {
    bytes_ = static_cast<char*>(std::realloc(bytes_, start + bytes.size()));
    CHECK(bytes_ != nullptr);
  }
  store_u32(bytes_, stored_length(data));
  copy(bytes_ + start, bytes);
}

}  // namespace zabra::state
