// Answers four-letter words: gathers the copied facts that admin's pure functions render.
//
//   loop's thread   ask(): copies what the replica knows ──┐                  ┌──> `on_answer`
//   words' thread                                          └─> files, host ───┘    admin renders
//
// Counting the bytes of a directory or the files of a process takes as long as there are many, and a disk may be slow:
// that is nothing for the thread that runs the replica. One word a connection: there wait as many as there are
// connections.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <asio/thread_pool.hpp>

#include "admin/words.h"
#include "replica/effects.h"
#include "replica/replica.h"
#include "server/config.h"
#include "storage/files.h"
#include "storage/recovery.h"

namespace zabra::server {

class WordAnswers {
 public:
  using OnAnswer = std::function<void(LinkId, std::string)>;

  // `port`: where clients are really accepted. `on_answer` is called in the words' thread.
  WordAnswers(const Config& config, std::uint16_t port, const storage::DataDirectories& directories,
              storage::Files& files, const replica::Replica& replica, OnAnswer on_answer);
  ~WordAnswers() { stop(); }

  // In the thread of the replica.
  void ask(const replica::WordRequest& request);
  // Answers what was asked, and ends the thread.
  void stop() { thread_.join(); }

 private:
  struct Question {
    LinkId link;
    std::string word;
    replica::Status status;
    std::vector<replica::ConnectionFacts> connections;
  };
  std::string answer(const Question& question) const;
  admin::HostFacts host_facts(std::string_view word) const;

  const admin::Whitelist allowed_;
  const admin::ConfFacts conf_;
  const storage::DataDirectories directories_;
  storage::Files& files_;
  const replica::Replica& replica_;
  const OnAnswer on_answer_;
  asio::thread_pool thread_{1};  // last: it uses all of the above
};

}  // namespace zabra::server
