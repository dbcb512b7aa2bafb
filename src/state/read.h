// Answers every read and watch request from the applied state, encoded straight into the reply: no path is copied, and
// nothing is allocated but what a watch, a list of ephemerals or setWatches needs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "state/acl.h"
#include "state/caller.h"
#include "state/event_sink.h"
#include "state/sessions.h"
#include "state/tree.h"
#include "state/watch_table.h"
#include "wire/client_packets.h"
#include "wire/codes.h"
#include "wire/jute.h"

namespace zabra::state {

class Reads {
 public:
  Reads(const Tree& tree, const AclTable& acls, const Sessions& sessions, WatchTable& watches);

  // See StateMachine::read(). An operation that is no read gets Unimplemented. The sink is used by setWatches and
  // setWatches2 alone, and these write nothing to `reply`: their events may be sent before a reply is begun.
  ErrorCode read(OpCode op, std::string_view body, const Caller& caller, wire::Writer& reply, EventSink& sink);

 private:
  struct Found {
    ErrorCode code;  // ok, NoNode or NoAuth
    NodeRef ref;     // where ok
  };
  Found find(std::string_view path, std::int32_t wanted, const AuthIds& ids) const;
  bool permits(NodeRef ref, std::int32_t wanted, const AuthIds& ids) const;

  ErrorCode exists(std::string_view body, const Caller& caller, wire::Writer& reply);
  ErrorCode get_data(std::string_view body, const Caller& caller, wire::Writer& reply);
  ErrorCode get_acl(std::string_view body, const Caller& caller, wire::Writer& reply) const;
  ErrorCode get_children(std::string_view body, bool with_stat, const Caller& caller, wire::Writer& reply);
  ErrorCode get_all_children_number(std::string_view body, const Caller& caller, wire::Writer& reply) const;
  ErrorCode get_ephemerals(std::string_view body, const Caller& caller, wire::Writer& reply) const;
  ErrorCode multi_read(std::string_view body, const Caller& caller, wire::Writer& reply) const;
  ErrorCode add_watch(std::string_view body, const Caller& caller, wire::Writer& reply);
  ErrorCode check_watches(std::string_view body, const Caller& caller) const;
  ErrorCode remove_watches(std::string_view body, const Caller& caller);
  ErrorCode set_watches(std::string_view body, bool with_persistent, const Caller& caller, EventSink& sink);

  void write_data(NodeRef ref, wire::Writer& reply) const;
  void write_children(NodeRef ref, wire::Writer& reply) const;
  void write_item(const wire::MultiReadItem& item, const Caller& caller, wire::Writer& reply) const;

  using Register = void (WatchTable::*)(WatcherId, std::string_view path);
  template <class Missed>
  void renew(const std::vector<std::string_view>& paths, Register watch, Missed&& missed, const Caller& caller,
             EventSink& sink);

  const Tree& tree_;
  const AclTable& acls_;
  const Sessions& sessions_;
  WatchTable& watches_;
};

}  // namespace zabra::state
