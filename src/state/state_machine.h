// The replicated state as a whole: the znode tree, ACLs, quotas, sessions, watches, and the changes that are proposed but
// not yet applied. A pure function of what it is given: no clock, no I/O, no randomness; equal calls give equal states on
// every server.
//
//   write at the leader   prepare(request) ──> entry (a transaction) ── proposed, logged, committed ──> apply(entry)
//   write at a learner                                                          apply(entry)
//   read anywhere         read(request) ──> reply body, and a watch left behind
//
// prepare() sees the tree plus every prepared and not yet applied change, so that requests may be prepared as fast as they
// come. apply() takes transactions in the order of their zxids, can't fail, and may meet the same one again in replay.
// Watch events leave through an EventSink while a transaction is applied: before any reply that could show the change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "state/apply_reply.h"
#include "state/caller.h"
#include "state/event_sink.h"
#include "state/expiry_sweep.h"
#include "state/proposal.h"
#include "state/settings.h"
#include "wire/checkpoint_format.h"
#include "wire/codes.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/result.h"
#include "wire/txn.h"

namespace zabra::state {

struct Facts {
  std::uint64_t znodes = 0, ephemerals = 0, sessions = 0;
  std::uint64_t data_bytes = 0;  // paths and data, as ZooKeeper's approximate_data_size counts them
  std::uint64_t data_watches = 0, child_watches = 0, watched_paths = 0, watching_connections = 0;
  std::uint64_t digest_mismatches = 0;
};

class StateMachine {
 public:
  explicit StateMachine(const Settings& settings);
  ~StateMachine();
  StateMachine(const StateMachine&) = delete;
  StateMachine& operator=(const StateMachine&) = delete;
  StateMachine& operator=(StateMachine&& other) noexcept;  // takes over its state; settings are the same

  // ---- loading: entries of a checkpoint in key order, then the verification; then apply() for the log's tail ----
  void expect(const wire::CheckpointMeta& meta);  // makes the loading of what the meta stands for faster
  Outcome load(const wire::ParsedKey& key, std::string_view value);
  Outcome finish_load(const wire::CheckpointMeta& meta);
  // The same for entries that came from elsewhere, as of `zxid`: gives the meta that a checkpoint of them has.
  Result<wire::CheckpointMeta> finish_load(Zxid zxid, std::uint32_t next_acl_id);

  // ---- write path of a leader ----

  // Appends to `entry` the one transaction that answers `request` (operation and undecoded body): what it asks for, or an
  // error transaction. Its effects count for every later prepare(). Zxids must rise. The code is that of an error
  // transaction, else ok (a failed multi is ok here: its results say more).
  ErrorCode prepare(const Proposal& proposal, OpCode op, std::string_view body, const Caller& caller, std::string& entry);
  // The server's own: a new session; the removal of a container or TTL node; the end of a session (also prepare()d from a
  // client's closeSession).
  void prepare_create_session(const Proposal& proposal, std::int32_t timeout_ms, std::string& entry);
  void prepare_close_session(const Proposal& proposal, std::string& entry);
  ErrorCode prepare_delete_container(const Proposal& proposal, std::string_view path, std::string& entry);
  // An error transaction without a request's effects (a request that is refused before it is looked at).
  void prepare_error(const Proposal& proposal, ErrorCode error, std::string& entry);
  // What is prepared and not yet applied is forgotten (a leader that steps down).
  void forget_prepared();

  // Exists, and no close of it is prepared.
  bool is_open(SessionId session) const;

  // ---- applying ----

  // Applies one committed transaction. `reply`, where given, gets the reply's body in the form `shape` asks for; the
  // return is the reply header's error.
  ErrorCode apply(const wire::Txn& txn, std::uint32_t entry_checksum, EventSink& sink, const ReplyShape* shape = nullptr,
                  wire::Writer* reply = nullptr);

  // This server's own, in no transaction, and told to no watch: what /zookeeper/config says of the ensemble.
  void set_config(std::string_view text, Zxid version, WallTime now);

  Zxid last_applied() const;

  // ---- reads ----

  // Answers every read and watch operation from the applied state: exists, getData, getACL, getChildren, getChildren2,
  // getAllChildrenNumber, getEphemerals, multiRead, addWatch, removeWatches, checkWatches, setWatches, setWatches2, whoAmI.
  // On an error nothing that was written to `reply` may be sent. Watches are left for caller.watcher.
  ErrorCode read(OpCode op, std::string_view body, const Caller& caller, wire::Writer& reply, EventSink& sink);

  bool may_read(AclId acl, const AuthIds& ids) const;
  void drop_watcher(WatcherId watcher);  // its connection is gone

  // ---- sessions, as the transactions made them ----
  bool has_session(SessionId session) const;
  std::optional<std::int32_t> session_timeout_ms(SessionId session) const;
  void for_each_session(const std::function<void(SessionId, std::int32_t timeout_ms)>& visit) const;  // by id

  // ---- containers and TTL nodes ----

  // The path of the next childless container that had a child (or was never used for longer than `never_used_ms`, where
  // that is not 0), or childless TTL node whose time is over. Nothing when it is not among the next `looks_max` that
  // the sweep looks at.
  ExpirySweep begin_sweep() const;
  std::optional<std::string> next_removable(ExpirySweep& sweep, std::uint32_t looks_max, WallTime now,
                                            std::int64_t never_used_ms) const;

  // ---- checkpoints ----

  // Bytes that a checkpoint begun now would hold, more or less.
  std::size_t dirty_bytes() const;
  // Marks what has changed since the last one, at last_applied(). One at a time.
  void begin_checkpoint();
  bool checkpoint_begun() const;
  // Encodes marked nodes until `bytes` are reached; true when all are. A marked node that is about to change before its
  // turn is encoded first, as it was.
  bool encode_checkpoint_slice(std::size_t bytes);
  struct EncodedCheckpoint { wire::CheckpointMeta meta; wire::CheckpointBatch batch; };
  EncodedCheckpoint take_checkpoint();  // after a slice has said true; meta.server is the caller's to fill in

  Facts facts() const;
  std::uint64_t tree_digest() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace zabra::state
