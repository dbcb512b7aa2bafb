#include "client/connect_string.h"

#include <optional>

#include "base/log.h"
#include "wire/path.h"

namespace zabra::client {
namespace {

constexpr std::uint16_t default_port = 2181;

std::string_view trimmed(std::string_view part) {
  const std::size_t begin = part.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return part.substr(begin, part.find_last_not_of(' ') - begin + 1);
}

std::optional<wire::HostPort> parse_server(std::string_view part) {
  const auto fields = wire::split_address(part);
  if (!fields || fields->size() > 2 || fields->front().empty()) return std::nullopt;
  const auto port = fields->size() == 2 ? wire::parse_port(fields->back()) : default_port;
  if (!port) return std::nullopt;
  return wire::HostPort{std::string(fields->front()), *port};
}

}  // namespace

Result<ConnectString> parse_connect_string(std::string_view whole) {
  ConnectString parsed;
  const std::size_t slash = whole.find('/');
  if (slash != std::string_view::npos && slash + 1 < whole.size()) {
    const std::string_view path = whole.substr(slash);
    if (!wire::is_valid_path(path)) return Fault{text("not a path: \"", path, "\""), slash};
    parsed.chroot = Chroot(std::string(path));
  }
  for (const std::string_view each : wire::split_at(whole.substr(0, slash), ',')) {
    const std::string_view part = trimmed(each);
    if (part.empty()) continue;
    const auto server = parse_server(part);
    if (!server) {
      return Fault{text("not host or host:port (an IPv6 address in brackets): \"", part, "\""),
                   static_cast<std::uint64_t>(part.data() - whole.data())};
    }
    parsed.servers.push_back(*server);
  }
  if (parsed.servers.empty()) return Fault{"no server is named"};
  return parsed;
}

}  // namespace zabra::client
