#include "wire/quorum_payloads.h"

#include "wire/decoded.h"
#include "wire/fixed_record.h"

namespace zabra::wire {

namespace {

// Null has no bytes: whatever is read from it is missing.
Reader reader_of(NullableView data) { return Reader(data.value_or(std::string_view{})); }

constexpr std::int32_t no_epoch = -1;

}  // namespace

// ---- discovery ------------------------------------------------------------------------------------------------------

void write(Writer& out, const LearnerInfo& info) {
  FixedRecord<8 + 4 + 8> record;
  record.put_i64(info.server.value);
  record.put_i32(info.protocol_version);
  record.put_i64(info.config_version);
  record.append_to(out.out());
}

Result<LearnerInfo> decode_learner_info(NullableView data) {
  constexpr std::int32_t version_before_versions = 1;
  Reader in = reader_of(data);
  LearnerInfo info{{in.read_i64()}, version_before_versions, 0};
  if (in.ok() && in.remaining() >= 4) info.protocol_version = in.read_i32();
  if (in.ok() && in.remaining() >= 8) info.config_version = in.read_i64();
  return decoded(in, info, "learner info");
}

void write(Writer& out, const LeaderInfo& info) { out.write_i32(info.protocol_version); }

Result<LeaderInfo> decode_leader_info(NullableView data) {
  Reader in = reader_of(data);
  const LeaderInfo info{in.read_i32()};
  return decoded(in, info, "leader info");
}

void write(Writer& out, const EpochAck& ack) {
  out.write_i32(ack.current_epoch ? static_cast<std::int32_t>(*ack.current_epoch) : no_epoch);
}

Result<EpochAck> decode_epoch_ack(NullableView data) {
  Reader in = reader_of(data);
  const std::int32_t epoch = in.read_i32();
  if (epoch < no_epoch) return Fault{"epoch ack: epoch out of range", 0};
  EpochAck ack;
  if (epoch != no_epoch) ack.current_epoch = static_cast<std::uint32_t>(epoch);
  return decoded(in, ack, "epoch ack");
}

// ---- sessions -------------------------------------------------------------------------------------------------------

void write(Writer& out, const Touch& touch) {
  FixedRecord<8 + 4> record;
  record.put_i64(touch.session.value);
  record.put_i32(touch.timeout_ms);
  record.append_to(out.out());
}

Result<TouchesView> decode_touches(NullableView data) {
  if (!data) return Fault{"answer to a ping: no table of sessions", 0};
  const std::size_t odd_bytes = data->size() % TouchesView::touch_bytes;
  if (odd_bytes != 0) return Fault{"answer to a ping: bad or missing bytes", data->size() - odd_bytes};
  return TouchesView(*data);
}

void write(Writer& out, const RevalidateRequest& request) {
  out.write_i64(request.session.value);
  out.write_i32(request.timeout_ms);
}

void write(Writer& out, const RevalidateReply& reply) {
  out.write_i64(reply.session.value);
  out.write_bool(reply.is_valid);
}

Result<RevalidateRequest> decode_revalidate_request(NullableView data) {
  Reader in = reader_of(data);
  RevalidateRequest request{{in.read_i64()}, 0};
  request.timeout_ms = in.read_i32();
  return decoded(in, request, "request to revalidate");
}

Result<RevalidateReply> decode_revalidate_reply(NullableView data) {
  Reader in = reader_of(data);
  RevalidateReply reply{{in.read_i64()}, false};
  reply.is_valid = in.read_bool();
  return decoded(in, reply, "answer about a session");
}

// ---- requests -------------------------------------------------------------------------------------------------------

void write(Writer& out, const ForwardedRequest& request) {
  FixedRecord<8 + 4 + 4> front;
  front.put_i64(request.session.value);
  front.put_i32(request.cxid);
  front.put_i32(static_cast<std::int32_t>(request.op));
  front.append_to(out.out());
  out.write_raw(request.body);
}

Result<ForwardedRequest> decode_forwarded_request(NullableView data) {
  Reader in = reader_of(data);
  ForwardedRequest request;
  request.session = {in.read_i64()};
  request.cxid = in.read_i32();
  request.op = static_cast<OpCode>(in.read_i32());
  request.body = in.rest();
  return decoded(in, request, "forwarded request");
}

// ---- configurations -------------------------------------------------------------------------------------------------

void write(Writer& out, const Activation& activation) {
  out.write_i64(activation.leader.value);
  out.write_raw(activation.entry);
}

Result<Activation> decode_activation(NullableView data) {
  Reader in = reader_of(data);
  Activation activation;
  activation.leader = {in.read_i64()};
  activation.entry = in.rest();
  return decoded(in, activation, "activation");
}

NullableView config_of_new_leader(NullableView data) {
  constexpr std::size_t placeholder_bytes_max = 1;
  return data && data->size() > placeholder_bytes_max ? data : std::nullopt;
}

}  // namespace zabra::wire
