#include "state/node.h"

#include <cstring>

namespace zabra::state {

namespace {

constexpr std::size_t short_header = 1 + 2, long_header = 1 + 4 + 4;
constexpr std::uint8_t long_form = 255;
constexpr std::uint16_t short_null = 0xffff;
constexpr std::uint32_t long_null = 0xffffffffU;

template <class Number>
void store(char* at, Number number) {
  std::memcpy(at, &number, sizeof number);
}
template <class Number>
Number load(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}
std::uint8_t first_byte(const char* bytes) { return static_cast<std::uint8_t>(*bytes); }

void copy(char* to, std::string_view from) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

std::string_view bytes_of(wire::NullableView data) { return data.value_or(std::string_view{}); }
bool needs_long_form(std::string_view name, wire::NullableView data) {
  return name.size() >= long_form || bytes_of(data).size() >= short_null;
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

Payload::Payload(BytePool& pool, std::string_view name, wire::NullableView data) {
  const bool is_long = needs_long_form(name, data);
  const std::size_t header = is_long ? long_header : short_header;
  bytes_ = pool.take(header + name.size() + bytes_of(data).size());
  *bytes_ = static_cast<char>(is_long ? long_form : name.size());
  if (is_long) store(bytes_ + 1, static_cast<std::uint32_t>(name.size()));
  store_length(data);
  copy(bytes_ + header, name);
  copy(bytes_ + header + name.size(), bytes_of(data));
}

Payload::~Payload() {
  if (exists()) BytePool::give_back(bytes_, data_start() + data_length());
}

bool Payload::is_long() const { return first_byte(bytes_) == long_form; }

std::string_view Payload::name() const {
  if (!is_long()) return {bytes_ + short_header, first_byte(bytes_)};
  return {bytes_ + long_header, load<std::uint32_t>(bytes_ + 1)};
}

std::size_t Payload::data_start() const {
  const std::string_view before = name();
  return static_cast<std::size_t>(before.data() + before.size() - bytes_);
}

// Null has the greatest length in either form.
std::uint32_t Payload::stored_length() const {
  if (is_long()) return load<std::uint32_t>(bytes_ + 1 + 4);
  const std::uint32_t length = load<std::uint16_t>(bytes_ + 1);
  return length == short_null ? long_null : length;
}

void Payload::store_length(wire::NullableView data) {
  const std::size_t length = bytes_of(data).size();
  if (is_long()) {
    store(bytes_ + 1 + 4, data ? static_cast<std::uint32_t>(length) : long_null);
  } else {
    store(bytes_ + 1, data ? static_cast<std::uint16_t>(length) : short_null);
  }
}

std::size_t Payload::data_length() const {
  const std::uint32_t length = stored_length();
  return length == long_null ? 0 : length;
}

wire::NullableView Payload::data() const {
  const std::uint32_t length = stored_length();
  if (length == long_null) return std::nullopt;
  const std::string_view before = name();
  return std::string_view{before.data() + before.size(), length};
}

void Payload::set_data(BytePool& pool, wire::NullableView data) {
  if (is_long() != needs_long_form(name(), data)) {
    *this = Payload(pool, name(), data);
    return;
  }
  const std::size_t start = data_start();
  bytes_ = pool.resize(bytes_, start + data_length(), start + bytes_of(data).size());
  store_length(data);
  copy(bytes_ + start, bytes_of(data));
}

}  // namespace zabra::state
