#include "state/operations.h"

#include <cstdio>

#include "state/acl_fix_up.h"
#include "wire/path.h"

namespace zabra::state {

namespace {

// What the flags of a create ask for.
struct Mode {
  bool ephemeral = false, sequential = false, container = false, ttl = false;
};

Mode mode_of(OpCode op, std::int32_t flags) {
  const auto mode = static_cast<CreateMode>(flags);
  const bool sequential = mode == CreateMode::persistent_sequential || mode == CreateMode::ephemeral_sequential ||
                          mode == CreateMode::persistent_sequential_with_ttl;
  const bool container = op == OpCode::create_container || mode == CreateMode::container;
  const bool ephemeral = mode == CreateMode::ephemeral || mode == CreateMode::ephemeral_sequential;
  return {ephemeral && !container, sequential, container, op == OpCode::create_ttl};
}

// Apache ZooKeeper lets createTTL make other kinds, and dies of the transaction: here it makes TTL nodes only.
ErrorCode check_flags(OpCode op, const wire::CreateRequest& request, bool extended_types) {
  const auto mode = static_cast<CreateMode>(request.flags);
  if (mode < CreateMode::persistent || mode > CreateMode::persistent_sequential_with_ttl)
    return ErrorCode::bad_arguments;
  const bool wants_ttl = mode == CreateMode::persistent_with_ttl || mode == CreateMode::persistent_sequential_with_ttl;
  if (wants_ttl && !extended_types) return ErrorCode::unimplemented;
  if (wants_ttl != (op == OpCode::create_ttl)) return ErrorCode::bad_arguments;
  if (wants_ttl && (request.ttl_ms <= 0 || request.ttl_ms > ttl_ms_max)) return ErrorCode::bad_arguments;
  return ErrorCode::ok;
}

bool names_a_child(std::string_view path) {
  return path.find('/') != std::string_view::npos && path.find('\0') == std::string_view::npos;
}

bool is_reserved(std::string_view path) {
  return path == "/" || path == "/zookeeper" || path == "/zookeeper/quota" || path == "/zookeeper/config";
}

bool is_valid(const wire::NullableView& path) { return path && wire::is_valid_path(*path); }

// Versions count on past their end, as Java's do.
std::int32_t next_of(std::int32_t version) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(version) + 1U);
}

bool is_current(std::int32_t asked, std::int32_t version) { return asked == -1 || asked == version; }

std::int64_t length_of(const wire::NullableView& data) { return data ? static_cast<std::int64_t>(data->size()) : 0; }

// The path as a transaction has it, with a sequential create's suffix; where it stands in `out`.
std::size_t write_path(wire::Writer& out, std::string_view path, const std::int32_t* counter) {
  char suffix[12];
  const int suffix_length = counter == nullptr ? 0 : std::snprintf(suffix, sizeof suffix, "%010d", *counter);
  const std::string_view suffix_view{suffix, static_cast<std::size_t>(suffix_length)};
  out.write_i32(static_cast<std::int32_t>(path.size() + suffix_view.size()));
  const std::size_t at = out.size();
  out.write_raw(path);
  out.write_raw(suffix_view);
  return at;
}

Owner owner_of(const Mode& mode, SessionId session, std::int64_t ttl_ms) {
  if (mode.container) return Owner::container();
  if (mode.ttl) return Owner::ttl(ttl_ms);
  return mode.ephemeral ? Owner::session(session) : Owner::none();
}

}  // namespace

OpCode create_txn_type(OpCode op, std::int32_t flags) {
  const bool container = op == OpCode::create_container || flags == static_cast<std::int32_t>(CreateMode::container);
  return container && op != OpCode::create_ttl ? OpCode::create_container : op;
}

// The entry is written while the checks go on, so that nothing has to be kept: the path's place in it is where the
// path, with its suffix, is taken from at the end. The parent is looked up before the ACL is judged, but told of after
// it.
ErrorCode Operations::create(OpCode op, const wire::CreateRequest& request) {
  if (const ErrorCode code = check_flags(op, request, settings.extended_types); code != ErrorCode::ok) return code;
  const Mode mode = mode_of(op, request.flags);
  if (mode.ephemeral && !may_own()) return ErrorCode::ephemeral_on_local_session;
  if (!request.path) return ErrorCode::marshalling_error;
  if (!names_a_child(*request.path)) return ErrorCode::bad_arguments;
  const Pending::Place parent = pending.find(wire::parent_path(*request.path));
  const std::int32_t counter = parent.exists() ? parent.facts().cversion : 0;

  const std::size_t path_at = write_path(out, *request.path, mode.sequential ? &counter : nullptr);
  const std::size_t path_end = out.size();
  out.write_nullable(request.data);
  const std::size_t acl_at = out.size();
  if (const ErrorCode code = fix_up_acl(request.acl, ids, settings, out_max, out); code != ErrorCode::ok) return code;
  const std::size_t acl_end = out.size();
  if (!mode.container && !mode.ttl) out.write_bool(mode.ephemeral);
  out.write_i32(next_of(counter));
  if (mode.ttl) out.write_i64(request.ttl_ms);

  if (!parent.exists()) return ErrorCode::no_node;
  if (!may(parent, perm::create)) return ErrorCode::no_auth;
  const std::string_view written = out.out();
  const std::string_view path = written.substr(path_at, path_end - path_at);
  if (!wire::is_valid_path(path)) return ErrorCode::bad_arguments;
  const Pending::Place node = pending.find(path);
  if (node.exists()) return ErrorCode::node_exists;
  if (parent.facts().owner.is_ephemeral()) return ErrorCode::no_children_for_ephemerals;
  if (const ErrorCode code = check_quota(path, 1, length_of(request.data)); code != ErrorCode::ok) return code;
  if (!fits()) return ErrorCode::bad_arguments;

  wire::Reader acl(written.substr(acl_at, acl_end - acl_at));
  const Pending::NewNode made{.data = request.data,
                              .acl = wire::read_acl_list(acl),
                              .owner = owner_of(mode, proposal.session, request.ttl_ms),
                              .parent_cversion = next_of(counter)};
  pending.create(node, parent, made, proposal.zxid, proposal.time_ms);
  return ErrorCode::ok;
}

ErrorCode Operations::remove(const wire::DeleteRequest& request) {
  if (!request.path) return ErrorCode::marshalling_error;
  const std::string_view path = *request.path;
  if (!names_a_child(path) || is_reserved(path)) return ErrorCode::bad_arguments;
  const Pending::Place parent = pending.find(wire::parent_path(path));
  if (!parent.exists()) return ErrorCode::no_node;
  if (!may(parent, perm::remove)) return ErrorCode::no_auth;
  const Pending::Place node = pending.find(path);
  if (!node.exists()) return ErrorCode::no_node;
  if (!is_current(request.version, node.facts().version)) return ErrorCode::bad_version;
  if (node.child_count() > 0) return ErrorCode::not_empty;
  out.write_string(path);
  if (!fits()) return ErrorCode::bad_arguments;
  pending.remove(node, parent, proposal.zxid);
  return ErrorCode::ok;
}

ErrorCode Operations::set_data(const wire::SetDataRequest& request) {
  if (!is_valid(request.path)) return ErrorCode::bad_arguments;
  const Pending::Place node = pending.find(*request.path);
  if (!node.exists()) return ErrorCode::no_node;
  if (!may(node, perm::write)) return ErrorCode::no_auth;
  const std::int64_t growth = length_of(request.data) - static_cast<std::int64_t>(node.data_length());
  if (const ErrorCode code = check_quota(*request.path, 0, growth); code != ErrorCode::ok) return code;
  if (!is_current(request.version, node.facts().version)) return ErrorCode::bad_version;
  const std::int32_t version = next_of(node.facts().version);
  out.write_string(*request.path);
  out.write_nullable(request.data);
  out.write_i32(version);
  if (!fits()) return ErrorCode::bad_arguments;
  pending.set_data(node, request.data, version, proposal.zxid, proposal.time_ms);
  return ErrorCode::ok;
}

ErrorCode Operations::set_acl(const wire::SetAclRequest& request) {
  if (!is_valid(request.path)) return ErrorCode::bad_arguments;
  out.write_string(*request.path);
  const std::size_t acl_at = out.size();
  if (const ErrorCode code = fix_up_acl(request.acl, ids, settings, out_max, out); code != ErrorCode::ok) return code;
  const std::size_t acl_end = out.size();
  const Pending::Place node = pending.find(*request.path);
  if (!node.exists()) return ErrorCode::no_node;
  if (!may(node, perm::admin)) return ErrorCode::no_auth;
  if (!is_current(request.version, node.facts().aversion)) return ErrorCode::bad_version;
  const std::int32_t version = next_of(node.facts().aversion);
  out.write_i32(version);
  if (!fits()) return ErrorCode::bad_arguments;
  wire::Reader acl(std::string_view(out.out()).substr(acl_at, acl_end - acl_at));
  pending.set_acl(node, wire::read_acl_list(acl), version, proposal.zxid);
  return ErrorCode::ok;
}

// The transaction says the version after the check, although a check changes none: Java writes it so.
ErrorCode Operations::check(const wire::CheckRequest& request) {
  if (!is_valid(request.path)) return ErrorCode::bad_arguments;
  const Pending::Place node = pending.find(*request.path);
  if (!node.exists()) return ErrorCode::no_node;
  if (!may(node, perm::read)) return ErrorCode::no_auth;
  if (!is_current(request.version, node.facts().version)) return ErrorCode::bad_version;
  out.write_string(*request.path);
  out.write_i32(next_of(node.facts().version));
  return ErrorCode::ok;
}

// The server's own. Between the choice of the candidate and this, it may have become something else, or its TTL may
// have begun anew: then it stays.
ErrorCode Operations::delete_container(std::string_view path) {
  if (!names_a_child(path) || is_reserved(path)) return ErrorCode::bad_arguments;
  const Pending::Place node = pending.find(path);
  if (!node.exists()) return ErrorCode::no_node;
  if (node.child_count() > 0) return ErrorCode::not_empty;
  const Owner owner = node.facts().owner;
  const bool expired = owner.is_ttl() && proposal.time_ms - node.facts().mtime > owner.ttl_ms();
  if (!owner.is_container() && !expired) return ErrorCode::bad_version;
  const Pending::Place parent = pending.find(wire::parent_path(path));
  out.write_string(path);
  if (!fits()) return ErrorCode::bad_arguments;
  pending.remove(node, parent, proposal.zxid);
  return ErrorCode::ok;
}

// Against the usage as it is applied: what is in flight does not count, as in ZooKeeper.
ErrorCode Operations::check_quota(std::string_view path, std::int64_t count, std::int64_t bytes) const {
  const Quota* quota = settings.enforce_quota ? quotas.covering(path) : nullptr;
  if (quota == nullptr || !quota->stats_node) return ErrorCode::ok;
  if (!quota->limits) return ErrorCode::marshalling_error;  // a text that can't be read: Java's answer
  const auto exceeds = [](std::int64_t limit, std::int64_t usage, std::int64_t more) {
    return more != 0 && limit > -1 && usage + more > limit;
  };
  const bool over = exceeds(quota->limits->count_hard, quota->usage.count, count) ||
                    exceeds(quota->limits->bytes_hard, quota->usage.bytes, bytes);
  return over ? ErrorCode::quota_exceeded : ErrorCode::ok;
}

}  // namespace zabra::state
