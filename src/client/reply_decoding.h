// From a reply's body to its values.
#pragma once

#include "client/chroot.h"
#include "client/replies.h"
#include "client/request_encoding.h"
#include "wire/jute.h"
#include "wire/result.h"

namespace zabra::client {

Result<ReplyBody> decode_reply(Answer answer, wire::Reader in, const Chroot& chroot);

// The error of a whole multi, out of its results: that of the item for which nothing was done.
ErrorCode error_of(const MultiResults& results);

}  // namespace zabra::client
