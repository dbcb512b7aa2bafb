// Answers four-letter words: gathers the copied facts that admin's pure functions render.
#pragma once

#include <string>

#include "admin/words.h"
#include "replica/effects.h"
#include "replica/replica.h"
#include "server/config.h"
#include "storage/files.h"
#include "storage/recovery.h"

namespace zabra::server {

class WordAnswers {
 public:
  // `port`: where clients are really accepted.
  WordAnswers(const Config& config, std::uint16_t port, const storage::DataDirectories& directories,
              storage::Files& files, const replica::Replica& replica);

  std::string answer(const replica::WordRequest& request) const;

 private:
  admin::HostFacts host_facts() const;

  const admin::Whitelist allowed_;
  const admin::ConfFacts conf_;
  const storage::DataDirectories directories_;
  storage::Files& files_;
  const replica::Replica& replica_;
};

}  // namespace zabra::server
