#include "wire/election_packets.h"

#include "wire/fixed_record.h"

namespace zabra::wire {

// ---- greeting -------------------------------------------------------------------------------------------------------

namespace {

constexpr std::int64_t greeting_one_address = -65536;
constexpr std::int64_t greeting_many_addresses = -65535;
constexpr std::size_t old_greeting_bytes = 8;
constexpr std::size_t greeting_front_bytes = 8 + 8 + 4;  // version, sid, length
constexpr char address_separator = '|';

Result<std::vector<HostPort>> parse_addresses(std::string_view text) {
  std::vector<HostPort> addresses;
  for (const std::string_view address : split_at(text, address_separator)) {
    const auto parts = split_address(address);
    const bool is_pair = parts && parts->size() == 2 && !parts->front().empty();
    const std::optional<std::uint16_t> port = is_pair ? parse_port(parts->back()) : std::nullopt;
    if (!port) return Fault{"election greeting: no address: '" + std::string(address) + "'", greeting_front_bytes};
    addresses.push_back({std::string(parts->front()), *port});
  }
  return addresses;
}

}  // namespace

void append_greeting(std::string& out, const ElectionGreeting& greeting) {
  CHECK(!greeting.addresses.empty());
  Writer writer(out);
  writer.write_i64(greeting.addresses.size() > 1 ? greeting_many_addresses : greeting_one_address);
  writer.write_i64(greeting.server.value);
  const std::size_t length = writer.reserve_i32();
  for (const HostPort& address : greeting.addresses) {
    if (writer.size() > length + 4) out.push_back(address_separator);
    writer.write_raw(to_string(address));
  }
  writer.patch_i32(length, static_cast<std::int32_t>(writer.size() - length - 4));
}

GreetingCut cut_greeting(std::string_view bytes) {
  if (bytes.size() < old_greeting_bytes) return NeedMore{old_greeting_bytes - bytes.size()};
  Reader in(bytes);
  const std::int64_t version = in.read_i64();
  if (version >= 0) return GreetingFound{{ServerId{version}, {}}, old_greeting_bytes};
  if (version != greeting_one_address && version != greeting_many_addresses) {
    return Fault{"election greeting: no version " + std::to_string(version), 0};
  }
  if (bytes.size() < greeting_front_bytes) return NeedMore{greeting_front_bytes - bytes.size()};
  const ServerId server{in.read_i64()};
  const std::int32_t length = in.read_i32();
  if (length < 1 || static_cast<std::size_t>(length) > greeting_address_bytes_max) {
    return Fault{"election greeting: length of the addresses out of range: " + std::to_string(length), 8 + 8};
  }
  const std::size_t whole = greeting_front_bytes + static_cast<std::size_t>(length);
  if (bytes.size() < whole) return NeedMore{whole - bytes.size()};
  auto addresses = parse_addresses(in.rest().substr(0, static_cast<std::size_t>(length)));
  if (!addresses) return addresses.fault();
  return GreetingFound{{server, std::move(*addresses)}, whole};
}

// ---- notifications --------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t notification_bytes_min = 28;      // without peer epoch
constexpr std::size_t notification_bytes_unversioned = 40;
constexpr std::int32_t notification_version = 2;        // the first with a config
constexpr std::size_t length_bytes = 4;

NotificationFault fault(NotificationFault::Kind kind, const std::string& what) {
  return {kind, "notification: " + what};
}

bool is_peer_state(std::int32_t number) {
  return number >= static_cast<std::int32_t>(PeerState::looking) &&
         number <= static_cast<std::int32_t>(PeerState::observing);
}

void read_version_and_config(Reader& in, std::size_t message_bytes, Notification& to) {
  to.version = in.read_i32();
  if (message_bytes == notification_bytes_unversioned) to.version = 0;
  if (to.version >= notification_version) to.config = in.read_string();
}

}  // namespace

void append_notification(std::string& out, const Notification& notification) {
  const std::string_view config = notification.config.value_or(std::string_view{});
  constexpr std::size_t front_bytes = 4 + 4 * 8 + 4 + 4;
  FixedRecord<length_bytes + front_bytes> front;
  front.put_i32(static_cast<std::int32_t>(front_bytes + config.size()));
  front.put_i32(static_cast<std::int32_t>(notification.state));
  front.put_i64(notification.leader);
  front.put_i64(notification.zxid);
  front.put_i64(notification.round);
  front.put_i64(notification.peer_epoch);
  front.put_i32(notification_version);
  front.put_i32(static_cast<std::int32_t>(config.size()));
  front.append_to(out);
  out.append(config);
}

MessageCut cut_election_message(std::string_view bytes) {
  if (bytes.size() < length_bytes) return NeedMore{length_bytes - bytes.size()};
  const std::int32_t length = Reader(bytes).read_i32();
  if (length < 1 || static_cast<std::size_t>(length) > notification_bytes_max) {
    return Fault{"election message: length out of range: " + std::to_string(length), 0};
  }
  const std::size_t whole = length_bytes + static_cast<std::size_t>(length);
  if (bytes.size() < whole) return NeedMore{whole - bytes.size()};
  return FrameCut{bytes.substr(length_bytes, whole - length_bytes), whole};
}

Result<Notification, NotificationFault> decode_notification(std::string_view message) {
  using Kind = NotificationFault::Kind;
  if (message.size() < notification_bytes_min) return fault(Kind::too_short, std::to_string(message.size()) + " bytes");
  Reader in(message);
  const std::int32_t state = in.read_i32();
  if (!is_peer_state(state)) return fault(Kind::unknown_state, "no state " + std::to_string(state));

  Notification notification;
  notification.state = static_cast<PeerState>(state);
  notification.leader = in.read_i64();
  notification.zxid = in.read_i64();
  notification.round = in.read_i64();
  if (message.size() == notification_bytes_min) {
    notification.peer_epoch = notification.zxid >> 32;  // signed, as in Java
    notification.version = 0;
    return notification;
  }
  notification.peer_epoch = in.read_i64();
  read_version_and_config(in, message.size(), notification);
  if (!in.ok()) return fault(Kind::malformed, "bad or missing bytes at " + std::to_string(in.offset()));
  return notification;
}

}  // namespace zabra::wire
