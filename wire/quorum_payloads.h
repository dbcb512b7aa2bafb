// What stands in the data of quorum packets, type by type. PROPOSAL and INFORM carry a transaction's entry
// (wire/txn.h) and NEWLEADER a configuration (wire/ensemble_format.h); ACK, COMMIT, SYNC, UPTODATE, DIFF, TRUNC, SNAP
// and the leader's PING carry null.
//
// write() goes into append_packet_with(). Decoders take the data as it came: null is a fault for all of these. Bytes
// behind what is known are ignored, as Java does. Views live as long as the packet's. Source: Leader, Learner,
// LearnerHandler of 3.8.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/codes.h"
#include "wire/ids.h"
#include "wire/jute.h"
#include "wire/result.h"

namespace zabra::wire {

// FOLLOWERINFO and OBSERVERINFO (their zxid: the accepted epoch), LEADERINFO (its zxid: the new epoch).
inline constexpr std::int32_t learner_protocol_version = 0x10000;
struct LearnerInfo {
  ServerId server;
  // Below learner_protocol_version: a dialect from before 3.4, without LEADERINFO and ACKEPOCH. What the two shorter
  // forms of the record (8 and 12 bytes) leave out reads as Java's defaults.
  std::int32_t protocol_version = learner_protocol_version;
  std::int64_t config_version = 0;
};
void write(Writer& out, const LearnerInfo& info);
Result<LearnerInfo> decode_learner_info(NullableView data);

struct LeaderInfo { std::int32_t protocol_version = learner_protocol_version; };
void write(Writer& out, const LeaderInfo& info);
Result<LeaderInfo> decode_leader_info(NullableView data);

// ACKEPOCH (its zxid: the last one in the learner's log). Without an epoch the ack does not count for the leader's
// quorum: the learner had accepted this epoch before.
struct EpochAck { std::optional<std::uint32_t> current_epoch; };
void write(Writer& out, const EpochAck& ack);
Result<EpochAck> decode_epoch_ack(NullableView data);

// PING, the answer: the sessions that the learner heard of since the last one. An empty list is an empty buffer, never
// null: on null a Java leader drops the link.
struct Touch { SessionId session; std::int32_t timeout_ms = 0; };
class TouchesView {
 public:
  std::size_t size() const { return bytes_.size() / touch_bytes; }
  template <class Sink>
  void for_each(Sink&& sink) const {
    Reader in(bytes_);
    while (in.remaining() > 0) {
      const SessionId session{in.read_i64()};
      sink(Touch{session, in.read_i32()});
    }
  }

 private:
  friend Result<TouchesView> decode_touches(NullableView);
  static constexpr std::size_t touch_bytes = 12;
  explicit TouchesView(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};
void write(Writer& out, const Touch& touch);  // one; the data of the answer is a plain row of them
Result<TouchesView> decode_touches(NullableView data);

// REVALIDATE: is the session of a client that comes from another server alive? The answer echoes zxid and ids.
struct RevalidateRequest { SessionId session; std::int32_t timeout_ms = 0; };
struct RevalidateReply { SessionId session; bool is_valid = false; };
void write(Writer& out, const RevalidateRequest& request);
void write(Writer& out, const RevalidateReply& reply);
Result<RevalidateRequest> decode_revalidate_request(NullableView data);
Result<RevalidateReply> decode_revalidate_reply(NullableView data);

// REQUEST: what a learner passes on for a client, whose ids are the packet's.
struct ForwardedRequest {
  SessionId session;
  std::int32_t cxid = 0;
  OpCode op{};            // any number can arrive
  std::string_view body;  // the client's own, without its header
};
void write(Writer& out, const ForwardedRequest& request);
Result<ForwardedRequest> decode_forwarded_request(NullableView data);

// COMMITANDACTIVATE and INFORMANDACTIVATE: who leads under the new configuration. The latter brings the transaction
// along.
struct Activation {
  ServerId leader;
  std::string_view entry;  // empty for COMMITANDACTIVATE
};
void write(Writer& out, const Activation& activation);
Result<Activation> decode_activation(NullableView data);

// NEWLEADER's configuration text; nothing where there is none: null, and what older servers sent, up to one byte.
NullableView config_of_new_leader(NullableView data);

}  // namespace zabra::wire
