// Judges one reply against the request that it must answer. Pure: the generator and the tests call the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/bench/operation.h"
#include "cli/bench/tree_layout.h"
#include "cli/bench/values.h"
#include "wire/ids.h"

namespace zabra::cli::bench {

enum class Verdict : std::uint8_t {
  right,
  malformed,       // cut short, or longer than its record
  wrong_xid,       // not the reply to the oldest outstanding request; nothing after it can be matched
  wrong_error,     // err is not what the operation must give
  zxid_went_back,  // below one that this session has seen, or a write's not above all of them
  wrong_length,    // read data of another length than was written
  wrong_content,   // read data that was never written to this node
  wrong_path,      // created under another path
  wrong_stat,      // a Stat that contradicts the reply
};
inline constexpr std::size_t verdict_count = 9;
std::string_view name(Verdict verdict);

// `frame`: without its length. `zxid_seen`: the highest zxid of the session so far; raised by a reply that is right in
// it.
Verdict check_reply(const Sent& sent, std::string_view frame, Zxid& zxid_seen, TreeLayout& layout,
                    const Values& values);

// One line for people: what was asked, what came.
std::string describe(Verdict verdict, const Sent& sent, std::string_view frame, TreeLayout& layout);

}  // namespace zabra::cli::bench
