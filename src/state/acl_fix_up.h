// What becomes of an ACL list between a client and a node: made storable when it arrives, masked when it is shown to
// somebody who may not administer the node. Source: PrepRequestProcessor.fixupACL, FinalRequestProcessor of 3.9.
#pragma once

#include <cstddef>

#include "state/caller.h"
#include "state/settings.h"
#include "wire/codes.h"
#include "wire/jute.h"
#include "wire/records.h"

namespace zabra::state {

// Appends the list as it is to be stored: duplicates dropped (the first stays), `auth` replaced by one entry for each
// id with which the caller is authenticated. InvalidAcl if the list is empty or one entry is not valid; BadArguments if
// the output would grow beyond `bytes_max`. On an error what was appended is garbage.
ErrorCode fix_up_acl(const wire::AclListView& asked, const AuthIds& ids, const Settings& settings,
                     std::size_t bytes_max, wire::Writer& out);

// Appends the list with every digest's hash replaced by "x".
void write_redacted_acl(const wire::AclListView& list, wire::Writer& out);

}  // namespace zabra::state
