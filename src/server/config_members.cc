#include "server/config_members.h"

#include <algorithm>

#include "base/log.h"

namespace zabra::server {
namespace {

constexpr Range port_range{0, 65535};
constexpr std::string_view server_prefix = "server.";
constexpr std::string_view line_form = "host:port:port[:participant or :observer][;[address:]clientPort]";

std::string without_brackets(std::string_view address) {
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  return std::string(address);
}

bool is_any_address(std::string_view address) {
  return address.empty() || address == "0.0.0.0" || address == "::";
}

// "2181", "127.0.0.1:2181", "[::1]:2181"
bool parse_client_part(std::string_view part, Member& to) {
  const std::size_t colon = part.rfind(':');
  const std::optional<std::int64_t> port =
      parse_number(colon == std::string_view::npos ? part : part.substr(colon + 1));
  if (!port || *port < 1 || *port > port_range.max) return false;
  to.client_port = static_cast<std::uint16_t>(*port);
  if (colon != std::string_view::npos) to.client_address = without_brackets(part.substr(0, colon));
  return true;
}

// Host and ports matter once there are other servers; a line that could never be one is refused already.
bool is_quorum_part(std::string_view part) {
  const auto colons = std::count(part.begin(), part.end(), ':');
  return colons >= 2 && !part.starts_with(':') && !part.ends_with(':');
}

std::optional<Member> parse_member(Reading& in, const Entry& entry, std::int64_t id_max) {
  const std::optional<std::int64_t> id = parse_number(std::string_view(entry.key).substr(server_prefix.size()));
  if (!id || *id < 1 || *id > id_max) {
    in.refuse(entry, "is no server's number", text("server.1 to server.", id_max));
    return std::nullopt;
  }
  const std::vector<std::string_view> parts = split(entry.value, ';');
  Member member{*id, "", std::nullopt};
  const bool is_client_part_good = parts.size() < 2 || parse_client_part(trim(parts[1]), member);
  if (!is_quorum_part(trim(parts[0])) || !is_client_part_good || parts.size() > 3) {
    in.refuse(entry, text("'", entry.value, "' does not say where the server is"), line_form);
    return std::nullopt;
  }
  if (parts.size() == 3) in.refuse(entry, "names a secure client port: this version has no TLS", line_form);
  return member;
}

bool is_observer(const Entry& entry) {
  const std::string_view quorum_part = trim(split(entry.value, ';').front());
  return is_word(split(quorum_part, ':').back(), "observer");
}

}  // namespace

std::optional<Member> read_members(Reading& in, std::int64_t id_max) {
  bool standalone = true;
  in.flag("standaloneEnabled", standalone);
  const std::vector<Entry> lines = in.family(server_prefix);
  if (lines.empty()) {
    if (!standalone)
      in.refuse(*in.find("standaloneEnabled"), "'false' needs a server.N line", "true, or a server.N line");
    return std::nullopt;
  }
  for (std::size_t i = 1; i < lines.size(); ++i) {
    in.refuse(lines[i], "this version runs one server", "a single server.N line, or none");
  }
  if (is_observer(lines.front())) in.refuse(lines.front(), "an observer has nobody to observe", "participant");
  in.warn(lines.front(), standalone ? "runs standalone: there is no other server"
                                    : "runs standalone although standaloneEnabled=false: this version runs one server");
  return parse_member(in, lines.front(), id_max);
}

void read_client_address(Reading& in, const std::optional<Member>& member, Config& config) {
  in.nonempty("clientPortAddress", config.client_address, "a host name or an address");
  config.client_address = without_brackets(config.client_address);
  const Entry* port = in.find("clientPort");
  in.number("clientPort", config.client_port, port_range);
  if (!member || !member->client_port) {
    if (port == nullptr)
      in.refuse_missing("clientPort", text(port_range.min, " to ", port_range.max, " (0: any free one)"));
    return;
  }
  const bool is_same_address = is_any_address(config.client_address) || config.client_address == member->client_address;
  if (port != nullptr && (config.client_port != *member->client_port || !is_same_address)) {
    in.refuse(*port, text("is not what the line of server.", member->id, " says"),
              "the same address and port in both, or one of them");
  }
  config.client_port = *member->client_port;
  config.client_address = member->client_address;
}

}  // namespace zabra::server
