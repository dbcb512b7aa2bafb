#include "state/apply_reply.h"

#include "wire/client_packets.h"

namespace zabra::state {

namespace {

bool has_path(OpCode op) {
  return op == OpCode::create || op == OpCode::create2 || op == OpCode::create_container || op == OpCode::create_ttl;
}

bool has_stat(OpCode op) {
  return (has_path(op) && op != OpCode::create) || op == OpCode::set_data || op == OpCode::set_acl;
}

// Whatever creates and answers with a Stat is a create2 among the results of a multi.
OpCode result_type(OpCode op) {
  return has_path(op) && has_stat(op) ? OpCode::create2 : op;
}

}  // namespace

bool tells_of_znode(OpCode op) {
  return has_path(op) || has_stat(op);
}

void write_reply(OpCode op, std::string_view path, const wire::Stat& stat, wire::Writer& out) {
  if (has_path(op)) out.write_string(path);
  if (has_stat(op)) wire::write(out, stat);
}

void write_multi_result(OpCode op, std::string_view path, const wire::Stat& stat, wire::Writer& out) {
  wire::write_multi_header(out, result_type(op), false, ErrorCode::ok);
  write_reply(op, path, stat, out);
}

void write_multi_failure(const wire::MultiTxn& multi, wire::Writer& out) {
  for (const wire::MultiTxn::Item& item : multi.items) {
    const auto* error = std::get_if<wire::ErrorTxn>(&item.body);
    wire::write_multi_error(out, error == nullptr ? ErrorCode::ok : error->error);
  }
  wire::write_multi_end(out);
}

}  // namespace zabra::state
