// The authentication schemes: which ids of an ACL entry are valid, and whom they match. A scheme without a provider
// here (sasl, x509, …) is neither valid nor does it match. Source: ProviderRegistry and the providers of 3.9.5.
#pragma once

#include <string_view>

#include "state/caller.h"
#include "wire/records.h"

namespace zabra::state {

// Does a proven id of the entry's scheme match? World and super are not asked here.
bool matches_any(const wire::Id& acl_id, const AuthIds& proven, bool digest_scheme);

// May this entry be stored? World included; `auth` stands for others and never is.
bool is_valid_id(const wire::Id& acl_id, bool digest_scheme);

// Ids that say who somebody is: those stand in for `auth`.
bool is_authenticated(const AuthId& proven, bool digest_scheme);

}  // namespace zabra::state
