// A session and a replica that serves it, in one process: what the one wants is told to the other, to the byte.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/session.h"
#include "tests/client/story.h"
#include "tests/replica/replica_host.h"
#include "wire/frame.h"

namespace zabra::client::test {

class Served {
 public:
  explicit Served(replica::test::ReplicaHost& host, Settings settings = settings_of("a"))
      : host_(&host), session(std::move(settings), log) {
    session.start(now());
  }

  void submit(std::uint64_t id, const Request& request) { session.submit(now(), {id}, request); }
  void close(std::uint64_t id) { session.close(now(), {id}); }

  // Until nobody has anything to say.
  void settle() {
    while (carry_out() || listen()) {}
  }
  // What came of a request, or of all since the last question; lines of dials and bytes are left out.
  std::vector<std::string> ask(const Request& request) {
    submit(++last_id_, request);
    return heard();
  }
  std::vector<std::string> heard() {
    settle();
    return std::exchange(heard_, {});
  }
  // Time, with everybody awake.
  void pass(std::int64_t ms) {
    for (; ms > 0; ms -= 500) {
      host_->pass(500);
      if (const auto due = session.next_deadline(); due && *due <= now()) session.pass(now());
      settle();
    }
  }

  // The connection is gone; the session goes on, with another server from now on if one is given.
  void lose() {
    const auto [connection, link] = *links_.begin();
    links_.clear();
    host_->tell(replica::Closed{link});
    host_->settle();
    session.closed(now(), connection);
  }
  void move_to(replica::test::ReplicaHost& host) { host_ = &host; }

  MonotonicTime now() const { return host_->now().monotonic; }
  zabra::test::CollectedLog log;

 private:
  bool carry_out() {
    const Effects effects = session.take_effects();
    for (const Effect& effect : effects) {
      if (const auto* dial = std::get_if<Dial>(&effect)) {
        links_[dial->connection] = host_->open();
        session.opened(now(), dial->connection);
      } else if (const auto* send = std::get_if<Send>(&effect)) {
        to_replica(send->connection, send->bytes);
      } else if (const auto* close = std::get_if<Close>(&effect)) {
        if (const auto found = links_.find(close->connection); found != links_.end()) {
          if (!host_->is_closed(found->second)) host_->tell(replica::Closed{found->second});
          links_.erase(found);
        }
      } else {
        for (std::string& line : lines_.of({effect})) heard_.push_back(std::move(line));
      }
    }
    return !effects.empty();
  }

  void to_replica(ConnectionId connection, std::string_view bytes) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto frame = std::get<wire::FrameCut>(wire::cut(rest, false, 1 << 20));
      host_->frame(links_.at(connection), frame.body);
      rest.remove_prefix(frame.consumed);
    }
  }

  bool listen() {
    host_->settle();
    bool has_said = false;
    for (const auto& [connection, link] : std::map(links_)) {
      const std::string output = host_->take_output(link);
      has_said = has_said || !output.empty();
      if (!output.empty()) session.received(now(), connection, output);
      if (links_.contains(connection) && host_->is_closed(link)) {
        links_.erase(connection);
        session.closed(now(), connection);
        has_said = true;
      }
    }
    return has_said;
  }

  replica::test::ReplicaHost* host_;
  std::map<ConnectionId, LinkId> links_;
  Lines lines_;
  std::vector<std::string> heard_;
  std::uint64_t last_id_ = 0;

 public:
  Session session;
};

}  // namespace zabra::client::test
