#include "cli/status/ensemble_view.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

namespace zabra::cli::status {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) { return wire::split_at(text, '\n'); }

template <class Number>
std::optional<Number> number_in(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Zxid> zxid_in(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  const auto bits = number_in<std::uint64_t>(text.substr(2), 16);
  return bits ? std::optional(Zxid::from_wire(static_cast<std::int64_t>(*bits))) : std::nullopt;
}

// "key" behind which the rest of a line stands; nothing where no line has it.
std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  for (const std::string_view line : lines_of(text)) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return std::nullopt;
}

std::vector<wire::Member> members_in(std::string_view reply) {
  std::vector<wire::Member> members;
  for (const std::string_view line : lines_of(reply)) {
    const std::size_t equals = line.find('=');
    if (!line.starts_with("server.") || equals == std::string_view::npos) continue;
    if (auto member = wire::parse_member(line.substr(0, equals), line.substr(equals + 1))) members.push_back(*member);
  }
  return members;
}

ServerView unreadable(const wire::HostPort& address, std::string_view reply) {
  if (reply.empty()) return ServerView(address, "closes the connection");
  return ServerView(address, "answers with something else: " + std::string(lines_of(reply).front()));
}

bool is_any_address(std::string_view host) {
  constexpr std::string_view any[] = {"", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"};
  return std::ranges::find(any, host) != std::end(any);
}

// Where its line names no client port it is most likely the one of whom we asked.
wire::HostPort client_address(const wire::Member& member, std::uint16_t port_of_asked) {
  wire::HostPort address{member.addresses.front().host, port_of_asked};
  if (!member.client) return address;
  address.port = member.client->port;
  if (!is_any_address(member.client->host)) address.host = member.client->host;
  return address;
}

bool leads(const ServerView& view) { return view.role == "leader" || view.role == "standalone"; }

void sort_by_id(std::vector<ServerView>& views) {
  std::ranges::stable_sort(views, {}, [](const ServerView& view) { return view.id ? view.id->value : std::int64_t{1} << 62; });
}

std::string local_time(std::int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> shown{};
  const std::size_t length = std::strftime(shown.data(), shown.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return {shown.data(), length};
}

template <class Value>
std::string shown(const std::optional<Value>& value) {
  return value ? std::to_string(*value) : "-";
}

using Row = std::array<std::string, 8>;

Row row_of(const ServerView& view, const std::vector<ServerView>& all, std::int64_t wall_ms) {
  return {view.id ? std::to_string(view.id->value) : "-",
          to_string(view.address),
          view.fault.empty() ? view.role : view.fault,
          shown(view.epoch),
          view.zxid ? to_string(*view.zxid) : "-",
          shown(lag(view, all)),
          shown(view.clients),
          view.in_role_ms ? local_time(wall_ms - *view.in_role_ms) : "-"};
}

std::string aligned(const std::vector<Row>& rows) {
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string table;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) table += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    table += row.back() + "\n";
  }
  return table;
}

}  // namespace

ServerView view_of_role(const wire::HostPort& address, std::string_view reply) {
  const auto role = value_of(reply, "role\t");
  if (!role) return unreadable(address, reply);
  ServerView view(address);
  view.role = *role;
  if (const auto id = number_in<std::int64_t>(value_of(reply, "server\t").value_or(""))) view.id = ServerId{*id};
  view.epoch = number_in<std::uint32_t>(value_of(reply, "epoch\t").value_or(""));
  view.zxid = zxid_in(value_of(reply, "zxid\t").value_or(""));
  view.clients = number_in<std::uint64_t>(value_of(reply, "clients\t").value_or(""));
  view.in_role_ms = number_in<std::int64_t>(value_of(reply, "since_ms\t").value_or(""));
  view.client_port = number_in<std::uint16_t>(value_of(reply, "client_port\t").value_or("")).value_or(address.port);
  view.members = members_in(reply);
  return view;
}

ServerView view_of_srvr(const wire::HostPort& address, std::string_view reply) {
  const auto mode = value_of(reply, "Mode: ");
  if (!mode && reply.find("not currently serving") == std::string_view::npos) return unreadable(address, reply);
  ServerView view(address);
  view.role = mode.value_or("looking");
  view.zxid = zxid_in(value_of(reply, "Zxid: ").value_or(""));
  if (view.zxid) view.epoch = view.zxid->epoch;
  view.clients = number_in<std::uint64_t>(value_of(reply, "Connections: ").value_or(""));
  return view;
}

std::vector<Unasked> unasked_members(const std::vector<ServerView>& views) {
  std::vector<Unasked> unasked;
  const auto is_known = [&](ServerId id) {
    return std::ranges::find(views, std::optional(id), &ServerView::id) != views.end() ||
           std::ranges::find(unasked, id, &Unasked::id) != unasked.end();
  };
  for (const ServerView& view : views) {
    for (const wire::Member& member : view.members) {
      if (!is_known(member.id)) unasked.push_back({member.id, client_address(member, view.client_port)});
    }
  }
  return unasked;
}

std::optional<std::uint64_t> lag(const ServerView& server, const std::vector<ServerView>& all) {
  const auto leader = std::ranges::find_if(all, leads);
  if (leader == all.end() || !leader->zxid || !server.zxid || leader->zxid->epoch != server.zxid->epoch) return std::nullopt;
  // Asked a moment before the server, the leader may seem to be behind.
  return leader->zxid->counter > server.zxid->counter ? leader->zxid->counter - server.zxid->counter : 0;
}

bool is_well(const std::vector<ServerView>& views) {
  return std::ranges::count_if(views, leads) == 1 && std::ranges::all_of(views, &ServerView::serves);
}

std::string as_table(std::vector<ServerView> views, std::int64_t wall_ms) {
  sort_by_id(views);
  std::vector<Row> rows{{"server", "address", "role", "epoch", "zxid", "lag", "clients", "since"}};
  for (const ServerView& view : views) rows.push_back(row_of(view, views, wall_ms));
  return aligned(rows);
}

std::string as_json(std::vector<ServerView> views, std::int64_t wall_ms) {
  sort_by_id(views);
  nlohmann::ordered_json servers = nlohmann::ordered_json::array();
  for (const ServerView& view : views) {
    nlohmann::ordered_json server{{"address", to_string(view.address)}};
    if (view.id) server["server"] = view.id->value;
    if (!view.fault.empty()) server["fault"] = view.fault;
    if (!view.role.empty()) server["role"] = view.role;
    if (view.epoch) server["epoch"] = *view.epoch;
    if (view.zxid) server["zxid"] = to_string(*view.zxid);
    if (const auto behind = lag(view, views)) server["lag"] = *behind;
    if (view.clients) server["clients"] = *view.clients;
    if (view.in_role_ms) server["since"] = wall_ms - *view.in_role_ms;
    servers.push_back(std::move(server));
  }
  return nlohmann::ordered_json{{"well", is_well(views)}, {"servers", std::move(servers)}}.dump(2) + "\n";
}

}  // namespace zabra::cli::status
