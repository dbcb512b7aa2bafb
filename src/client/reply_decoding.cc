#include "client/reply_decoding.h"

#include <utility>

#include "wire/client_half.h"
#include "wire/decoded.h"

namespace zabra::client {
namespace {

using wire::Reader;

class Decoder {
 public:
  Decoder(Reader& in, const Chroot& chroot) : in_(in), chroot_(chroot) {}

  ReplyBody run(Answer answer) {
    switch (answer) {
      case Answer::nothing: break;
      case Answer::created: return created(false);
      case Answer::created_with_stat: return created(true);
      case Answer::stat: return wire::read_stat(in_);
      case Answer::data: return node_data();
      case Answer::children: return children(false);
      case Answer::children_with_stat: return children(true);
      case Answer::acl: return node_acl();
      case Answer::synced: return Synced{path()};
      case Answer::number: return Number{in_.read_i32()};
      case Answer::paths: return paths();
      case Answer::identities: return identities();
      case Answer::multi: return multi_results();
    }
    return std::monostate{};
  }

 private:
  std::string text() { return std::string(in_.read_nullable().value_or("")); }
  std::string path() { return chroot_.to_client(in_.read_string()); }
  Bytes bytes() {
    const wire::NullableView view = in_.read_nullable();
    return view ? Bytes(std::string(*view)) : std::nullopt;
  }
  template <class Item>
  auto list_of(Item (Decoder::*read)()) {
    std::vector<Item> items;
    for (std::int32_t left = in_.read_count(); left > 0 && in_.ok(); --left) items.push_back((this->*read)());
    return items;
  }

  Created created(bool with_stat) {
    Created it{path(), std::nullopt};
    if (with_stat) it.stat = wire::read_stat(in_);
    return it;
  }
  NodeData node_data() {
    NodeData it{bytes(), {}};
    it.stat = wire::read_stat(in_);
    return it;
  }
  Children children(bool with_stat) {
    Children it{list_of(&Decoder::text), std::nullopt};
    if (with_stat) it.stat = wire::read_stat(in_);
    return it;
  }
  NodeAcl node_acl() {
    NodeAcl it{list_of(&Decoder::acl), {}};
    it.stat = wire::read_stat(in_);
    return it;
  }
  Acl acl() {
    Acl it;
    it.perms = in_.read_i32();
    it.scheme = text();
    it.id = text();
    return it;
  }
  Paths paths() { return {list_of(&Decoder::path)}; }
  Identities identities() { return {list_of(&Decoder::identity)}; }
  Identity identity() {
    Identity it;
    it.scheme = text();
    it.user = text();
    return it;
  }

  MultiResults multi_results() {
    MultiResults all;
    for (auto header = wire::read_multi_result_header(in_); in_.ok() && !header.done;
         header = wire::read_multi_result_header(in_)) {
      all.results.push_back(multi_result(header.type));
    }
    return all;
  }
  MultiResult multi_result(OpCode type) {
    switch (type) {
      case OpCode::create: return {ErrorCode::ok, created(false)};
      case OpCode::create2:
      case OpCode::create_container:
      case OpCode::create_ttl: return {ErrorCode::ok, created(true)};
      case OpCode::set_data: return {ErrorCode::ok, wire::read_stat(in_)};
      case OpCode::get_data: return {ErrorCode::ok, node_data()};
      case OpCode::get_children: return {ErrorCode::ok, children(false)};
      case OpCode::remove:
      case OpCode::check: return {ErrorCode::ok, {}};
      case OpCode::error: return {static_cast<ErrorCode>(in_.read_i32()), {}};
      default: in_.fail(); return {};
    }
  }

  Reader& in_;
  const Chroot& chroot_;
};

}  // namespace

Result<ReplyBody> decode_reply(Answer answer, Reader in, const Chroot& chroot) {
  ReplyBody body = Decoder(in, chroot).run(answer);
  return wire::decoded(in, std::move(body), "reply");
}

ErrorCode error_of(const MultiResults& results) {
  for (const MultiResult& result : results.results) {
    if (result.error != ErrorCode::ok) return result.error;
  }
  return ErrorCode::ok;
}

}  // namespace zabra::client
