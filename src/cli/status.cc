#include "cli/status.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <set>

#include "cli/servers.h"
#include "cli/status/ask_words.h"
#include "cli/status/ensemble_view.h"

namespace zabra::cli {
namespace {

using status::ServerView;
using status::WordReply;
using Addresses = std::vector<wire::HostPort>;

constexpr const char* description =
    "Shows the servers of an ensemble: role, epoch, zxid, transactions behind the leader, clients, and since when each\n"
    "has its role. One server is enough to find the others. Of servers of Apache ZooKeeper all must be named.";

struct StatusOptions {
  std::string servers = "127.0.0.1:2181";
  double patience = 3;
  bool json = false;
};

int refuse(const std::string& why) {
  std::fprintf(stderr, "zabra status: %s\n", why.c_str());
  return 2;
}

// Asks those again, in ZooKeeper's word, that did not know ours.
std::vector<ServerView> ask(const Addresses& servers, std::chrono::milliseconds patience) {
  const std::vector<WordReply> replies = status::ask_words("role", servers, patience);
  std::vector<ServerView> views;
  Addresses others;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    views.push_back(status::view_of_role(servers[i], replies[i].text));
    if (!replies[i].fault.empty()) views.back().fault = replies[i].fault;
    else if (!views.back().fault.empty()) others.push_back(servers[i]);
  }
  if (others.empty()) return views;
  const std::vector<WordReply> more = status::ask_words("srvr", others, patience);
  for (std::size_t i = 0; i < others.size(); ++i) {
    ServerView& view = *std::ranges::find(views, others[i], &ServerView::address);
    view = status::view_of_srvr(others[i], more[i].text);
    if (!more[i].fault.empty()) view.fault = more[i].fault;
  }
  return views;
}

// The same server may have been named by several of its addresses.
void drop_doubles(std::vector<ServerView>& views) {
  std::set<std::int64_t> ids;
  std::erase_if(views, [&](const ServerView& view) { return view.id && !ids.insert(view.id->value).second; });
}

// Asked where it most likely is. Somebody else may be there, where its line names no client port: then it is one of those
// that were asked and did not answer, or can't be found.
void add_member(ServerId id, ServerView found, std::vector<ServerView>& views) {
  const auto is_silent = [](const ServerView& view) { return !view.id; };
  if (found.id && *found.id != id) {
    if (std::ranges::any_of(views, is_silent)) return;
    found = ServerView(found.address, "is not where it was looked for: name its address");
  }
  found.id = id;
  std::erase_if(views, [&](const ServerView& view) { return is_silent(view) && view.address == found.address; });
  views.push_back(std::move(found));
}

// Who was asked, and who they say belongs to them.
std::vector<ServerView> ask_all(const Addresses& servers, std::chrono::milliseconds patience) {
  std::vector<ServerView> views = ask(servers, patience);
  const std::vector<status::Unasked> members = status::unasked_members(views);
  Addresses addresses;
  for (const status::Unasked& member : members) addresses.push_back(member.address);
  std::vector<ServerView> found = ask(addresses, patience);
  for (std::size_t i = 0; i < found.size(); ++i) add_member(members[i].id, std::move(found[i]), views);
  drop_doubles(views);
  return views;
}

int show(const StatusOptions& options) {
  const Result<Addresses> servers = parse_servers(options.servers);
  if (!servers) return refuse("server: " + servers.fault().reason);
  const std::vector<ServerView> views =
      ask_all(*servers, std::chrono::milliseconds(static_cast<std::int64_t>(options.patience * 1000)));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t wall_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  std::fputs((options.json ? as_json(views, wall_ms) : as_table(views, wall_ms)).c_str(), stdout);
  return is_well(views) ? 0 : 1;
}

}  // namespace

int status_command(const std::vector<std::string>& arguments) {
  CLI::App app(description, "zabra status");
  StatusOptions options;
  app.add_option("server", options.servers, "host:port, or several with commas")->type_name("")->capture_default_str();
  app.add_option("--patience", options.patience, "seconds that a server has for its answer")
      ->check(CLI::Range(0.1, 600.0).description(""))->type_name("N")->capture_default_str();
  app.add_flag("--json", options.json, "one JSON object; \"since\" in milliseconds since 1970");
  app.footer("Exit codes: 0 there is a leader and every server serves, 1 not so, 2 wrong arguments.");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11 takes them from the end
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return refuse(std::string(error.what()) + " (zabra status --help tells more)");
  }
  return show(options);
}

}  // namespace zabra::cli
