// A Preparer with an empty server's tree behind it, for tests: everything that is prepared stays pending.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "state/prepare.h"
#include "tests/state/requests.h"
#include "wire/check.h"
#include "wire/txn.h"

namespace zabra::state::test {

inline const AuthIds from_home{{"ip", "127.0.0.1"}};
inline const AuthIds joe{{"ip", "127.0.0.1"}, {"digest", "joe:VAXy9ajBTglP5dEFbkRFkF33wJ4="}};
inline const AuthIds super{{"ip", "127.0.0.1"}, {"super", ""}};
inline const AclBytes joes_alone{{perm::all, "digest", "joe:VAXy9ajBTglP5dEFbkRFkF33wJ4="}};

// A transaction and the bytes that its views point into.
class Prepared {
 public:
  Prepared(ErrorCode code, std::string entry) : code_(code), entry_(std::move(entry)) {
    auto txn = wire::decode_txn(entry_);
    CHECK(txn);
    txn_ = std::move(*txn);
  }
  Prepared(const Prepared&) = delete;
  ErrorCode code() const { return code_; }
  const std::string& entry() const { return entry_; }
  const wire::Txn& txn() const { return txn_; }
  OpCode type() const { return txn_.header.type; }
  template <class Body>
  const Body& body() const {
    return std::get<Body>(txn_.body);
  }
  std::uint64_t digest() const { return txn_.digest->tree; }
  // Of a multi: ok, or the error of each item.
  std::vector<ErrorCode> item_codes() const {
    std::vector<ErrorCode> codes;
    for (const auto& item : body<wire::MultiTxn>().items) {
      const auto* error = std::get_if<wire::ErrorTxn>(&item.body);
      codes.push_back(error == nullptr ? ErrorCode::ok : error->error);
    }
    return codes;
  }

 private:
  ErrorCode code_;
  std::string entry_;
  wire::Txn txn_;
};

class Preparing {
 public:
  static constexpr SessionId alice{0x100001f8b200000}, other{0x100001f8b200001};

  explicit Preparing(const Settings& settings = {}) : acls(settings), preparer(settings, tree, quotas, sessions, acls) {
    const NodeRef zookeeper = tree.add(tree.root(), "/zookeeper", "", {});
    NodeFacts config;
    config.aversion = -1;
    config.acl = acls.acquire(AclBytes{{perm::read, "world", "anyone"}}.view());
    tree.add(zookeeper, "/zookeeper/config", "", config);
    tree.add(zookeeper, "/zookeeper/quota", "", {});
    sessions.open(alice, 6000);
    sessions.open(other, 6000);
  }

  Prepared prepare(const Request& request, const AuthIds& ids = from_home, SessionId session = alice) {
    std::string entry;
    const ErrorCode code = preparer.prepare(next(session), request.op, request.body, {session, ids, {}}, entry);
    return {code, std::move(entry)};
  }
  // For a session that its server alone knows.
  Prepared prepare_local(const Request& request, SessionId session = SessionId{0x200000000000077}) {
    std::string entry;
    const Caller caller{session, from_home, {}, SessionKind::local};
    const ErrorCode code = preparer.prepare(next(session), request.op, request.body, caller, entry);
    return {code, std::move(entry)};
  }
  ErrorCode code_of(const Request& request, const AuthIds& ids = from_home, SessionId session = alice) {
    return prepare(request, ids, session).code();
  }
  // Must succeed.
  void have(const Request& request, const AuthIds& ids = from_home, SessionId session = alice) {
    ASSERT_EQ(code_of(request, ids, session), ErrorCode::ok);
  }
  Prepared close(SessionId session) {
    std::string entry;
    preparer.prepare_close_session(next(session), entry);
    return {ErrorCode::ok, std::move(entry)};
  }
  Prepared delete_container(std::string_view path) {
    std::string entry;
    const ErrorCode code = preparer.prepare_delete_container(next({}), path, entry);
    return {code, std::move(entry)};
  }
  bool exists(std::string_view path) const { return preparer.pending().find(path).exists(); }

  Proposal next(SessionId session) {
    zxid = zxid.next();
    return {.session = session, .cxid = 7, .zxid = zxid, .time_ms = time_ms};
  }

  Tree tree{1};
  Quotas quotas;
  Sessions sessions;
  AclTable acls;
  Preparer preparer;
  Zxid zxid;
  std::int64_t time_ms = 1'000'000;
};

}  // namespace zabra::state::test
