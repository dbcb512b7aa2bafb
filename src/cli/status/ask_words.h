// Four-letter words to several servers at once: a server that is slow or gone holds up nobody but itself.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "wire/host_port.h"

namespace zabra::cli::status {

struct WordReply {
  std::string text;   // all that it sent before it closed; empty: it does not know the word
  std::string fault;  // why there is no reply; empty: there is one
};

// In the order of the servers. A server has `patience` for everything: the name, the dial, the reply.
std::vector<WordReply> ask_words(std::string_view word, const std::vector<wire::HostPort>& servers,
                                 std::chrono::milliseconds patience);

}  // namespace zabra::cli::status
