// The checks of each write operation, in the order in which ZooKeeper makes them, and what the operation becomes. A
// request stands alone or within a multi: that is the caller's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "state/acl.h"
#include "state/caller.h"
#include "state/pending.h"
#include "state/proposal.h"
#include "state/quota.h"
#include "state/settings.h"
#include "wire/client_packets.h"
#include "wire/codes.h"
#include "wire/jute.h"

namespace zabra::state {

// Everything that a check looks at.
struct Operations {
  const Settings& settings;
  const Quotas& quotas;
  const AclTable& acls;
  Pending& pending;
  const Proposal& proposal;
  const AuthIds& ids;
  wire::Writer& out;
  std::size_t out_max;  // where `out` must end, the digest not counted

  // Each appends the transaction's body to `out` and changes `pending`. If it says no, `pending` is as it was and what
  // was appended is garbage.
  ErrorCode create(OpCode op, const wire::CreateRequest& request);
  ErrorCode remove(const wire::DeleteRequest& request);
  ErrorCode set_data(const wire::SetDataRequest& request);
  ErrorCode set_acl(const wire::SetAclRequest& request);
  ErrorCode check(const wire::CheckRequest& request);
  ErrorCode delete_container(std::string_view path);

  bool may(const Pending::Place& place, std::int32_t wanted) const {
    return acls.permits(place.facts().acl, wanted, ids);
  }
  // An ephemeral needs a session whose end is a transaction.
  bool may_own() const { return pending.session_state(proposal.session) == Pending::SessionState::open; }
  bool fits() const { return out.size() <= out_max; }
  ErrorCode check_quota(std::string_view path, std::int64_t count, std::int64_t bytes) const;
};

// The type of the transaction that a create becomes: plain, container or TTL. Flags were checked, or don't matter yet.
OpCode create_txn_type(OpCode op, std::int32_t flags);

}  // namespace zabra::state
