#include "client/request_encoding.h"

#include <utility>

#include "wire/client_half.h"
#include "wire/path.h"

namespace zabra::client {
namespace {

using wire::Writer;

constexpr std::string_view config_path = "/zookeeper/config";

bool is_sequential(CreateMode mode) {
  return mode == CreateMode::persistent_sequential || mode == CreateMode::ephemeral_sequential ||
         mode == CreateMode::persistent_sequential_with_ttl;
}
bool has_ttl(CreateMode mode) {
  return mode == CreateMode::persistent_with_ttl || mode == CreateMode::persistent_sequential_with_ttl;
}

OpCode op_of(const Create& create) {
  if (has_ttl(create.mode)) return OpCode::create_ttl;
  if (create.mode == CreateMode::container) return OpCode::create_container;
  return create.wants_stat ? OpCode::create2 : OpCode::create;
}

wire::NullableView view(const Bytes& bytes) {
  return bytes ? wire::NullableView(*bytes) : std::nullopt;
}

// An ACL list's entries as bytes, to be looked at as the wire's view.
class AclEntries {
 public:
  explicit AclEntries(const AclList& list) : count_(list.size()) {
    Writer out(bytes_);
    for (const Acl& acl : list) wire::write(out, wire::Acl{acl.perms, {acl.scheme, acl.id}});
  }
  wire::AclListView view() const { return wire::AclListView::trusted(bytes_, count_); }

 private:
  std::string bytes_;
  std::size_t count_;
};

class Encoder {
 public:
  explicit Encoder(const Chroot& chroot) : chroot_(chroot) {}

  std::optional<Encoded> run(const Request& request) {
    std::visit([this](const auto& it) { encode(it); }, request);
    return is_valid_ ? std::optional(std::move(encoded_)) : std::nullopt;
  }

 private:
  void is(OpCode op, Answer answer) { encoded_.op = op, encoded_.answer = answer; }
  std::string server_path(const std::string& path, bool gets_suffix = false) {
    if (!wire::is_valid_path(gets_suffix ? path + "1" : path)) is_valid_ = false;
    return chroot_.to_server(path);
  }
  void wish(WatchKind kind, const std::string& path, std::optional<WatcherId> watcher) {
    if (watcher) encoded_.wish = WatchWish{kind, chroot_.to_server(path), *watcher};
  }

  // ---- bodies, alone and in a multi ----
  void write(const Create& it) {
    const std::string path = server_path(it.path, is_sequential(it.mode));
    const AclEntries acl(it.acl);
    wire::write(out_, wire::CreateRequest{path, view(it.data), acl.view(), static_cast<std::int32_t>(it.mode), it.ttl_ms},
                op_of(it));
  }
  void write(const Remove& it) { wire::write(out_, wire::DeleteRequest{server_path(it.path), it.version}); }
  void write(const SetData& it) {
    const std::string path = server_path(it.path);
    wire::write(out_, wire::SetDataRequest{path, view(it.data), it.version});
  }
  void write(const Check& it) { wire::write(out_, wire::CheckRequest{server_path(it.path), it.version}); }
  void write_path(const std::string& path) { wire::write(out_, wire::PathRequest{server_path(path)}); }
  void write_read(const std::string& path, bool watch) {
    wire::write(out_, wire::PathWatchRequest{server_path(path), watch});
  }

  // ---- requests ----
  void encode(const Create& it) {
    const OpCode op = op_of(it);
    is(op, it.wants_stat || op == OpCode::create_container || op == OpCode::create_ttl ? Answer::created_with_stat
                                                                                        : Answer::created);
    write(it);
  }
  void encode(const Remove& it) { is(OpCode::remove, Answer::nothing), write(it); }
  void encode(const SetData& it) { is(OpCode::set_data, Answer::stat), write(it); }
  void encode(const SetAcl& it) {
    is(OpCode::set_acl, Answer::stat);
    const std::string path = server_path(it.path);
    const AclEntries acl(it.acl);
    wire::write(out_, wire::SetAclRequest{path, acl.view(), it.version});
  }
  void encode(const Exists& it) {
    is(OpCode::exists, Answer::stat);
    write_read(it.path, it.watcher.has_value());
    wish(WatchKind::data, it.path, it.watcher);
  }
  void encode(const GetData& it) {
    is(OpCode::get_data, Answer::data);
    write_read(it.path, it.watcher.has_value());
    wish(WatchKind::data, it.path, it.watcher);
  }
  void encode(const GetChildren& it) {
    is(it.wants_stat ? OpCode::get_children2 : OpCode::get_children,
       it.wants_stat ? Answer::children_with_stat : Answer::children);
    write_read(it.path, it.watcher.has_value());
    wish(WatchKind::child, it.path, it.watcher);
  }
  void encode(const GetAcl& it) { is(OpCode::get_acl, Answer::acl), write_path(it.path); }
  void encode(const Sync& it) { is(OpCode::sync, Answer::synced), write_path(it.path); }
  void encode(const GetEphemerals& it) { is(OpCode::get_ephemerals, Answer::paths), write_path(it.prefix); }
  void encode(const GetAllChildrenNumber& it) {
    is(OpCode::get_all_children_number, Answer::number);
    write_path(it.path);
  }
  void encode(const WhoAmI&) { is(OpCode::who_am_i, Answer::identities); }

  void encode(const Multi& it) {
    is(OpCode::multi, Answer::multi);
    for (const auto& item : it.items) {
      std::visit([this](const auto& each) { wire::write_multi_item(out_, item_op(each)), write(each); }, item);
    }
    wire::write_multi_end(out_);
  }
  static OpCode item_op(const Create& it) { return op_of(it); }
  static OpCode item_op(const Remove&) { return OpCode::remove; }
  static OpCode item_op(const SetData&) { return OpCode::set_data; }
  static OpCode item_op(const Check&) { return OpCode::check; }

  void encode(const MultiRead& it) {
    is(OpCode::multi_read, Answer::multi);
    for (const auto& item : it.items) {
      const bool is_data = std::holds_alternative<GetData>(item);
      wire::write_multi_item(out_, is_data ? OpCode::get_data : OpCode::get_children);
      std::visit([this](const auto& each) { write_read(each.path, false); }, item);
    }
    wire::write_multi_end(out_);
  }

  void encode(const AddWatch& it) {
    is(OpCode::add_watch, Answer::nothing);
    wire::write(out_, wire::AddWatchRequest{server_path(it.path), it.is_recursive ? 1 : 0});
    wish(it.is_recursive ? WatchKind::persistent_recursive : WatchKind::persistent, it.path, it.watcher);
  }
  void encode(const RemoveWatches& it) {
    is(OpCode::remove_watches, Answer::nothing);
    wire::write(out_, wire::WatchesRequest{server_path(it.path), static_cast<std::int32_t>(it.scope)});
    encoded_.wish = UnwatchWish{it.scope, chroot_.to_server(it.path), it.watcher, it.even_unheard};
  }

  void encode(const GetConfig& it) {
    is(OpCode::get_data, Answer::data);
    wire::write(out_, wire::PathWatchRequest{config_path, it.watcher.has_value()});
    if (it.watcher) encoded_.wish = WatchWish{WatchKind::data, std::string(config_path), *it.watcher};
  }
  void encode(const Reconfig& it) {
    is(OpCode::reconfig, Answer::data);
    wire::write(out_, wire::ReconfigRequest{view(it.joining), view(it.leaving), view(it.new_members), it.version});
  }

  const Chroot& chroot_;
  Encoded encoded_;
  Writer out_{encoded_.body};
  bool is_valid_ = true;
};

}  // namespace

std::optional<Encoded> encode(const Request& request, const Chroot& chroot) { return Encoder(chroot).run(request); }

}  // namespace zabra::client
