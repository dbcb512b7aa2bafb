// Cuts a client connection's stream into frames: a four-byte length, then that many bytes.
//
// The first four bytes of a connection are special: they may be a four-letter word. Source: NIOServerCnxn.readLength
// and FourLetterCommands of 3.8. The caller keeps the bytes; cut() only says what is at their front.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace zabra::wire {

struct NeedMore { std::size_t bytes = 0; };        // at least so many more before another cut can succeed
struct FrameCut { std::string_view body; std::size_t consumed = 0; };  // body without its length
struct BadFrameLength { std::int32_t length = 0; };
struct WordCut { std::string_view word; };         // a known four-letter word; only with `first`

using Cut = std::variant<NeedMore, FrameCut, BadFrameLength, WordCut>;

// `first`: nothing of this connection was consumed before. `frame_max`: jute.maxbuffer; a length above it or below zero
// is bad, whatever follows.
Cut cut(std::string_view bytes, bool first, std::size_t frame_max);

// The words of ZooKeeper 3.9: conf cons crst dirs dump envi gtmk hash isro lead mntr ruok srst srvr stat stmk wchc wchp
// wchs. And one of ours: role.
bool is_four_letter_word(std::string_view four_bytes);

}  // namespace zabra::wire
