#include "wire/host_port.h"

#include <charconv>

namespace zabra::wire {

std::string delimited_host(std::string_view host) {
  if (host.find(':') == std::string_view::npos) return std::string(host);
  return "[" + std::string(host) + "]";
}

std::string to_string(const HostPort& address) {
  return delimited_host(address.host) + ":" + std::to_string(address.port);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::vector<std::string_view> split_at(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(by); end != std::string_view::npos; end = text.find(by)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

std::optional<std::vector<std::string_view>> split_address(std::string_view text) {
  if (!text.starts_with('[')) return split_at(text, ':');
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  std::vector<std::string_view> parts{text.substr(1, end - 1)};
  text.remove_prefix(end + 1);
  if (text.empty()) return parts;
  if (text.front() != ':') return std::nullopt;
  for (const std::string_view part : split_at(text.substr(1), ':')) parts.push_back(part);
  return parts;
}

}  // namespace zabra::wire
