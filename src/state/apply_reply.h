// What a client is told of a write that was applied: the bodies of the replies. Source: FinalRequestProcessor of 3.9.
#pragma once

#include <span>
#include <string_view>

#include "wire/codes.h"
#include "wire/jute.h"
#include "wire/records.h"
#include "wire/txn.h"

namespace zabra::state {

// The form of the reply to a write: the request's operation, and for a multi those of its items, in order.
struct ReplyShape {
  OpCode op{};
  std::span<const OpCode> items;
};

// A reply that says something of the znode can't be given where there is none.
bool tells_of_znode(OpCode op);
// Path, Stat, both or nothing; `stat` is looked at for operations that tell_of_znode() only.
void write_reply(OpCode op, std::string_view path, const wire::Stat& stat, wire::Writer& out);
// The same as one result of a multi, its header first.
void write_multi_result(OpCode op, std::string_view path, const wire::Stat& stat, wire::Writer& out);
// The whole body of a multi that changed nothing.
void write_multi_failure(const wire::MultiTxn& multi, wire::Writer& out);

}  // namespace zabra::state
