// The tree as the documents say it is: a map, changed transaction by transaction, its digest counted from nothing each
// time. It shares no code with the server but the decoder, and objects when a transaction can't be applied.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wire/codes.h"
#include "wire/jute.h"
#include "wire/log_format.h"
#include "wire/txn.h"

namespace zabra::state::test {

struct ModelNode {
  std::optional<std::string> data = "";
  std::int64_t czxid = 0, mzxid = 0, pzxid = 0, ctime = 0, mtime = 0, owner = 0;
  std::int32_t version = 0, cversion = 0, aversion = 0;
};

class ModelTree {
 public:
  ModelTree() {
    for (const char* path : {"/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"}) nodes[path] = {};
    nodes["/zookeeper/config"].aversion = -1;
  }

  void apply(const wire::Txn& txn) {
    std::visit([&](const auto& body) { apply_one(txn.header, body); }, txn.body);
  }

  std::uint64_t digest() const {
    std::uint64_t sum = 0;
    for (const auto& [path, node] : nodes) {
      if (path.rfind("/zookeeper/", 0) != 0) sum += digest_of(path, node);
    }
    return sum;
  }
  std::size_t children_of(const std::string& path) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        nodes, [&](const auto& entry) { return entry.first != "/" && parent_of(entry.first) == path; }));
  }
  static std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
  }

  std::map<std::string, ModelNode> nodes;

 private:
  static std::uint64_t digest_of(const std::string& path, const ModelNode& node) {
    std::string bytes = path == "/" ? "" : path;
    if (node.data) bytes += *node.data;
    wire::Writer out(bytes);
    for (const std::int64_t field : {node.czxid, node.mzxid, node.pzxid, node.ctime, node.mtime}) out.write_i64(field);
    for (const std::int32_t field : {node.version, node.cversion, node.aversion}) out.write_i32(field);
    out.write_i64(node.owner);
    return wire::crc32(bytes);
  }

  using Header = wire::TxnHeader;
  void apply_one(const Header& header, const wire::CreateTxn& txn) {
    make(header, txn.path, txn.data, txn.parent_cversion, txn.ephemeral ? header.session.value : 0);
  }
  void apply_one(const Header& header, const wire::CreateContainerTxn& txn) {
    make(header, txn.path, txn.data, txn.parent_cversion, Owner::container().value);
  }
  void apply_one(const Header& header, const wire::CreateTtlTxn& txn) {
    make(header, txn.path, txn.data, txn.parent_cversion, Owner::ttl(txn.ttl_ms).value);
  }
  void apply_one(const Header& header, const wire::DeleteTxn& txn) { drop(header, std::string(txn.path)); }
  void apply_one(const Header& header, const wire::SetDataTxn& txn) {
    ModelNode& node = existing(std::string(txn.path));
    node.data = txn.data;
    node.mzxid = header.zxid.to_wire();
    node.mtime = header.time_ms;
    node.version = txn.version;
  }
  void apply_one(const Header&, const wire::SetAclTxn& txn) { existing(std::string(txn.path)).aversion = txn.version; }
  void apply_one(const Header&, const wire::CheckTxn& txn) { existing(std::string(txn.path)); }
  void apply_one(const Header& header, const wire::MultiTxn& multi) {
    if (multi.failed()) return;
    for (const auto& item : multi.items) {
      std::visit([&](const auto& body) { apply_one(header, body); }, item.body);
    }
  }
  void apply_one(const Header&, const wire::CreateSessionTxn&) {}
  void apply_one(const Header&, const wire::ErrorTxn&) {}
  void apply_one(const Header& header, const wire::CloseSessionTxn& txn) {
    if (txn.paths) {
      for (const std::string_view path : *txn.paths) {
        EXPECT_EQ(existing(std::string(path)).owner, header.session.value) << path;
        drop(header, std::string(path));
      }
    }
    std::vector<std::string> left;
    for (const auto& [path, node] : nodes) {
      if (node.owner == header.session.value) left.push_back(path);
    }
    EXPECT_TRUE(left.empty() || !txn.paths) << "the list lacks " << left.front();
    for (const std::string& path : left) drop(header, path);
  }

  ModelNode& existing(const std::string& path) {
    EXPECT_TRUE(nodes.contains(path)) << path;
    return nodes[path];
  }
  void make(const Header& header, std::string_view path_view, wire::NullableView data, std::int32_t parent_cversion,
            std::int64_t owner) {
    const std::string path(path_view);
    EXPECT_FALSE(nodes.contains(path)) << path;
    ModelNode& parent = existing(parent_of(path));
    EXPECT_FALSE(Owner{parent.owner}.is_ephemeral()) << path;
    if (parent_cversion > parent.cversion) {
      parent.cversion = parent_cversion;
      parent.pzxid = header.zxid.to_wire();
    }
    const std::int64_t zxid = header.zxid.to_wire();
    nodes[path] = {.data = data ? std::optional(std::string(*data)) : std::nullopt,
                   .czxid = zxid,
                   .mzxid = zxid,
                   .pzxid = zxid,
                   .ctime = header.time_ms,
                   .mtime = header.time_ms,
                   .owner = owner};
  }
  void drop(const Header& header, const std::string& path) {
    EXPECT_TRUE(nodes.contains(path)) << path;
    EXPECT_EQ(children_of(path), 0U) << path;
    nodes.erase(path);
    ModelNode& parent = existing(parent_of(path));
    parent.pzxid = std::max(parent.pzxid, header.zxid.to_wire());
  }
};

}  // namespace zabra::state::test
