#include "wire/ensemble_format.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "wire/properties.h"

namespace zabra::wire {

namespace {

constexpr std::string_view server_prefix = "server.";
constexpr std::string_view group_prefix = "group.";
constexpr std::string_view weight_prefix = "weight.";
constexpr std::string_view version_key = "version";
constexpr std::string_view any_host = "0.0.0.0";

constexpr const char* member_form = "host:port:port[:participant or :observer][;[address:]clientPort]";
constexpr const char* group_form = "server ids with ':' between them";
constexpr const char* weight_form = "0 or more";
constexpr const char* version_form = "hexadecimal digits";
constexpr const char* known_keys = "server.N, group.N, weight.N, version";

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::optional<std::int64_t> parse_integer(std::string_view text, int base = 10) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// Zxids of epochs from 2^31 on would be negative: they print as the bits that they are.
std::optional<std::int64_t> parse_version(std::string_view text) {
  std::uint64_t bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<std::int64_t>(bits);
}

std::string_view trimmed(std::string_view text) {
  const auto is_kept = [](char c) { return static_cast<unsigned char>(c) > ' '; };
  while (!text.empty() && !is_kept(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_kept(text.back())) text.remove_suffix(1);
  return text;
}

bool is_word(std::string_view text, std::string_view lower_case) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(text, lower_case, {}, lower);
}

std::optional<MemberRole> parse_role(std::string_view text) {
  if (is_word(text, to_string(MemberRole::participant))) return MemberRole::participant;
  if (is_word(text, to_string(MemberRole::observer))) return MemberRole::observer;
  return std::nullopt;
}

// The number behind the prefix of a key.
std::optional<std::int64_t> id_of_key(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  return parse_integer(key.substr(prefix.size()));
}

// ---- one member -----------------------------------------------------------------------------------------------------

// Parses the value of one `server.N`, and says in a sentence what is wrong with it.
class MemberParser {
 public:
  explicit MemberParser(std::string_view value) : value_(value) {}

  bool run(Member& to) {
    const std::vector<std::string_view> parts = split_at(value_, ';');
    if (parts.size() > 3) return refuse(quoted(value_) + " has too many parts");
    for (const std::string_view address : split_at(parts[0], '|')) {
      if (!add_address(trimmed(address), to)) return false;
    }
    to.role = role_.value_or(MemberRole::participant);
    return (parts.size() < 2 || read_client(trimmed(parts[1]), to.client)) &&
           (parts.size() < 3 || read_client(trimmed(parts[2]), to.secure_client));
  }
  const std::string& reason() const { return reason_; }

 private:
  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  bool add_address(std::string_view text, Member& to) {
    const auto parts = split_address(text);
    const bool has_parts = parts && (parts->size() == 3 || parts->size() == 4) && !parts->front().empty();
    if (!has_parts) return refuse(quoted(text) + " does not say where the server is");
    const std::optional<std::uint16_t> quorum = parse_port((*parts)[1]), election = parse_port((*parts)[2]);
    if (!quorum || !election) return refuse(quoted(text) + " has no port from 1 to 65535 in it where one should be");
    if (*quorum == *election) return refuse(quoted(text) + " has the same port twice");
    to.addresses.push_back({std::string(parts->front()), *quorum, *election});
    return parts->size() == 3 || take_role((*parts)[3]);
  }

  // Each address may name the role, but they must agree.
  bool take_role(std::string_view text) {
    const std::optional<MemberRole> role = parse_role(text);
    if (!role) return refuse(quoted(text) + " is no role");
    if (role_ && role_ != role) return refuse(quoted(value_) + " gives one server two roles");
    role_ = role;
    return true;
  }

  bool read_client(std::string_view text, std::optional<HostPort>& to) {
    const auto parts = split_address(text);
    const bool has_parts = parts && (parts->size() == 1 || (parts->size() == 2 && !parts->front().empty()));
    const std::optional<std::uint16_t> port = has_parts ? parse_port(parts->back()) : std::nullopt;
    if (!port) return refuse(quoted(text) + " does not say where clients connect");
    to = HostPort{std::string(parts->size() == 2 ? parts->front() : any_host), *port};
    return true;
  }

  std::string_view value_;
  std::optional<MemberRole> role_;
  std::string reason_;
};

}  // namespace

std::string_view to_string(MemberRole role) { return role == MemberRole::observer ? "observer" : "participant"; }

std::string to_string(const EnsembleFault& fault) {
  const std::string about = fault.key.empty() ? "" : fault.key + ": ";
  return about + fault.reason + (fault.allowed.empty() ? "" : "; allowed: " + fault.allowed);
}

Result<Member, EnsembleFault> parse_member(std::string_view key, std::string_view value) {
  const std::optional<std::int64_t> id = id_of_key(key, server_prefix);
  if (!id) return EnsembleFault{std::string(key), "is no server's number", "server.N"};
  Member member;
  member.id = {*id};
  MemberParser parser(trimmed(value));
  if (!parser.run(member)) return EnsembleFault{std::string(key), parser.reason(), member_form};
  return member;
}

std::string print_member(const Member& member) {
  std::string text;
  for (const PeerAddress& address : member.addresses) {
    if (!text.empty()) text += '|';
    text += delimited_host(address.host) + ":" + std::to_string(address.quorum_port) + ":" +
            std::to_string(address.election_port);
  }
  text += ":" + std::string(to_string(member.role));
  if (member.client) text += ";" + to_string(*member.client);
  if (member.secure_client) text += ";" + to_string(*member.secure_client);
  return text;
}

// ---- groups and weights ---------------------------------------------------------------------------------------------

Result<QuorumGroup, EnsembleFault> parse_group(std::string_view key, std::string_view value) {
  const std::optional<std::int64_t> id = id_of_key(key, group_prefix);
  if (!id) return EnsembleFault{std::string(key), "is no group's number", "group.N"};
  QuorumGroup group{*id, {}};
  for (const std::string_view part : split_at(trimmed(value), ':')) {
    const std::optional<std::int64_t> server = parse_integer(trimmed(part));
    if (!server) return EnsembleFault{std::string(key), quoted(part) + " is no server's number", group_form};
    group.servers.push_back({*server});
  }
  return group;
}

Result<QuorumWeight, EnsembleFault> parse_weight(std::string_view key, std::string_view value) {
  const std::optional<std::int64_t> server = id_of_key(key, weight_prefix);
  if (!server) return EnsembleFault{std::string(key), "is no server's number", "weight.N"};
  const std::optional<std::int64_t> weight = parse_integer(trimmed(value));
  if (!weight) return EnsembleFault{std::string(key), quoted(value) + " is no weight", weight_form};
  return QuorumWeight{{*server}, *weight};
}

// ---- a whole text ---------------------------------------------------------------------------------------------------

namespace {

// Adds to a list, or says what is wrong.
template <class T>
std::optional<EnsembleFault> add(std::vector<T>& to, Result<T, EnsembleFault> parsed) {
  if (!parsed) return parsed.fault();
  to.push_back(std::move(*parsed));
  return std::nullopt;
}

std::optional<EnsembleFault> add_line(EnsembleText& to, std::string_view key, std::string_view value) {
  if (key.starts_with(server_prefix)) return add(to.members, parse_member(key, value));
  if (key.starts_with(group_prefix)) return add(to.groups, parse_group(key, value));
  if (key.starts_with(weight_prefix)) return add(to.weights, parse_weight(key, value));
  if (key != version_key) return EnsembleFault{std::string(key), "is not known here", known_keys};
  const std::optional<std::int64_t> version = parse_version(value);
  if (!version) return EnsembleFault{std::string(key), quoted(value) + " is no version", version_form};
  to.version = *version;
  return std::nullopt;
}

// "server.1" and "server.01" are two keys of one server.
template <class T, class IdOf>
std::optional<EnsembleFault> put_in_order(std::vector<T>& list, std::string_view prefix, IdOf id_of) {
  std::ranges::sort(list, {}, id_of);
  const auto twice = std::ranges::adjacent_find(list, {}, id_of);
  if (twice == list.end()) return std::nullopt;
  return EnsembleFault{std::string(prefix) + std::to_string(id_of(*twice)), "is there twice", "one line for each"};
}

std::optional<EnsembleFault> put_in_order(EnsembleText& text) {
  auto fault = put_in_order(text.members, server_prefix, [](const Member& m) { return m.id.value; });
  if (!fault) fault = put_in_order(text.groups, group_prefix, [](const QuorumGroup& g) { return g.id; });
  if (!fault) fault = put_in_order(text.weights, weight_prefix, [](const QuorumWeight& w) { return w.server.value; });
  return fault;
}

}  // namespace

Result<EnsembleText, EnsembleFault> parse_ensemble(std::string_view text) {
  const auto properties = parse_properties(text, Encoding::utf8);
  if (!properties) {
    const PropertiesFault& fault = properties.fault();
    return EnsembleFault{"", "line " + std::to_string(fault.line) + ": " + fault.reason, ""};
  }
  std::map<std::string_view, std::string_view> lines;
  for (const Property& property : *properties) lines[property.key] = property.value;
  EnsembleText ensemble;
  for (const auto& [key, value] : lines) {
    if (std::optional<EnsembleFault> fault = add_line(ensemble, key, value)) return *std::move(fault);
  }
  if (std::optional<EnsembleFault> fault = put_in_order(ensemble)) return *std::move(fault);
  return ensemble;
}

std::string print_ensemble(const EnsembleText& ensemble) {
  std::string text;
  for (const Member& member : ensemble.members) {
    text += std::string(server_prefix) + std::to_string(member.id.value) + "=" + print_member(member) + "\n";
  }
  for (const QuorumGroup& group : ensemble.groups) {
    text += std::string(group_prefix) + std::to_string(group.id) + "=";
    for (const ServerId server : group.servers) {
      if (text.back() != '=') text += ':';
      text += std::to_string(server.value);
    }
    text += "\n";
  }
  for (const QuorumWeight& weight : ensemble.weights) {
    text += std::string(weight_prefix) + std::to_string(weight.server.value) + "=";
    text += std::to_string(weight.weight) + "\n";
  }
  return text + std::string(version_key) + "=" + to_hex(ensemble.version).substr(2);
}

}  // namespace zabra::wire
