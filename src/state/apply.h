// Applies transactions: what they say becomes true, watches fire, the reply is written. It can't fail, and it may meet
// a transaction whose effects are there already, or newer ones: replay over a state that is ahead of it ends in the
// state that the last transaction left.
//
//   what is there                      then
//   a znode to be created              becomes what the create says; transactions behind it say the rest again
//   no parent, no znode to change      nothing: a later transaction has removed it
//   children of a znode to be deleted  go with it: they are younger, and will be created again
//   a parent's counters                only rise
//
// Watch events of one change: those of the znode, then those of its parent's children. Each is told while the ACL list
// that decides who may know of it is there. Source: DataTree.processTxn of 3.9.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "state/apply_reply.h"
#include "state/event_sink.h"
#include "state/quota_keeper.h"
#include "state/store.h"
#include "state/watch_table.h"
#include "wire/codes.h"
#include "wire/jute.h"
#include "wire/txn.h"

namespace zabra::state {

class Applier {
 public:
  Applier(Store& store, QuotaKeeper& quotas, WatchTable& watches);

  // See StateMachine. Without a shape nothing is written.
  ErrorCode apply(const wire::Txn& txn, EventSink& sink, const ReplyShape* shape, wire::Writer* reply);

  // Of transactions that were applied, and that another tree was expected of.
  std::uint64_t digest_mismatches() const { return digest_mismatches_; }

 private:
  struct Change;  // one transaction's work; apply.cc
  ErrorCode apply_single(Change& change, const wire::TxnBody& body, const ReplyShape* shape, wire::Writer* reply);
  ErrorCode apply_multi(Change& change, const wire::MultiTxn& multi, const ReplyShape* shape, wire::Writer* reply);
  void compare_digest(const wire::Txn& txn);

  Store& store_;
  QuotaKeeper& quotas_;
  WatchTable& watches_;
  std::string path_;  // of what is found by its owner
  std::uint64_t digest_mismatches_ = 0;
};

}  // namespace zabra::state
