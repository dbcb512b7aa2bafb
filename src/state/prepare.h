// Turns requests into transactions: what a client asks for is checked once, here, against the tree and everything that
// is still on its way, and becomes an entry that says what is after it, or an error transaction. What leaves here can
// be applied on every server, whatever it was that came in.
//
//   request ──> decode ──> session ──> the operation's own checks, first failure wins ──> entry + change in Pending
//                  └──────────┴──────────────────┴──> error transaction: nothing changes
//
// An entry carries the digest of the tree as it will be after it. One that would be longer than settings.txn_bytes_max
// is refused with BadArguments; the close of a session can't be refused, and goes without its list of paths instead.
// Source: PrepRequestProcessor of 3.9; order of checks: src/state/README.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "state/acl.h"
#include "state/caller.h"
#include "state/pending.h"
#include "state/proposal.h"
#include "state/quota.h"
#include "state/sessions.h"
#include "state/settings.h"
#include "state/tree.h"
#include "wire/codes.h"
#include "wire/jute.h"

namespace zabra::state {

class Preparer {
 public:
  Preparer(const Settings& settings, const Tree& tree, const Quotas& quotas, const Sessions& sessions, AclTable& acls);

  // Each appends one transaction to `entry`. For their contracts see StateMachine.
  ErrorCode prepare(const Proposal& proposal, OpCode op, std::string_view body, const Caller& caller,
                    std::string& entry);
  void prepare_create_session(const Proposal& proposal, std::int32_t timeout_ms, std::string& entry);
  void prepare_close_session(const Proposal& proposal, std::string& entry);
  ErrorCode prepare_delete_container(const Proposal& proposal, std::string_view path, std::string& entry);
  void prepare_error(const Proposal& proposal, ErrorCode error, std::string& entry);

  bool is_open(SessionId session) const { return pending_.session_state(session) == Pending::SessionState::open; }

  // The tree has this transaction's changes now: call it after each apply(), also of an error.
  void applied(Zxid zxid) { pending_.applied(zxid); }
  void forget() { pending_.forget(); }
  const Pending& pending() const { return pending_; }

 private:
  ErrorCode dispatch(const Proposal& proposal, OpCode op, std::string_view body, const Caller& caller,
                     wire::Writer& out);
  template <class Request>
  ErrorCode prepare_single(const Proposal& proposal, OpCode op, const Result<Request>& request, const Caller& caller,
                           wire::Writer& out);
  ErrorCode prepare_multi(const Proposal& proposal, std::string_view body, const Caller& caller, wire::Writer& out);
  ErrorCode check_session(SessionId session, SessionKind kind) const;
  ErrorCode refuse_reconfig(const Proposal& proposal, std::string_view body, SessionKind kind) const;
  void write_digest(wire::Writer& out);
  void write_paths_and_close(const Proposal& proposal, wire::Writer& out);

  const Settings settings_;
  const Quotas& quotas_;
  AclTable& acls_;
  Pending pending_;
};

}  // namespace zabra::state
