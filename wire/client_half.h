// The client's half of client_packets.h: what servers read is written here, what they write is read.
//
// Reply bodies are plain sequences of jute's elements and of records.h; only what has a shape of its own is read here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/client_packets.h"

namespace zabra::wire {

// ---- connecting -----------------------------------------------------------------------------------------------------

// Appends a whole frame; with the read-only byte if `has_read_only`.
void append_connect_request(std::string& out, const ConnectRequest& request);
// Without the read-only byte, as a server before 3.4 answers, it is not read-only.
Result<ConnectResponse> decode_connect_response(std::string_view frame);

// ---- requests -------------------------------------------------------------------------------------------------------

// Appends a whole frame.
void append_request(std::string& out, std::int32_t xid, OpCode op, std::string_view body);

void write(Writer& out, const CreateRequest& request, OpCode op);  // with its TTL for createTTL only
void write(Writer& out, const DeleteRequest& request);
void write(Writer& out, const SetDataRequest& request);
void write(Writer& out, const SetAclRequest& request);
void write(Writer& out, const CheckRequest& request);
void write(Writer& out, const PathRequest& request);
void write(Writer& out, const PathWatchRequest& request);
void write(Writer& out, const SetWatchesRequest& request, OpCode op);  // three lists for setWatches, or five
void write(Writer& out, const AddWatchRequest& request);
void write(Writer& out, const WatchesRequest& request);
void write(Writer& out, const AuthPacket& packet);
void write(Writer& out, const ReconfigRequest& request);
// The header of one operation within a multi; write_multi_end() ends it.
void write_multi_item(Writer& out, OpCode op);

// ---- replies --------------------------------------------------------------------------------------------------------

struct ReplyHeader {
  std::int32_t xid = 0;
  std::int64_t zxid = 0;  // as it came: -1 and 0 stand for none
  ErrorCode error{};
};
ReplyHeader read_reply_header(Reader& in);

struct WatchEvent {
  EventType type{};
  std::int32_t state = 0;
  std::string_view path;
};
Result<WatchEvent> decode_watch_event(Reader in);

// What stands before each result of a multi; of a failed one the error comes once more behind it.
struct MultiResultHeader {
  OpCode type{};
  bool done = false;
  ErrorCode error{};
};
MultiResultHeader read_multi_result_header(Reader& in);

}  // namespace zabra::wire
