#include "server/word_answers.h"

#include <vector>

#include "server/host_facts.h"
#include "storage/purge.h"

namespace zabra::server {
namespace {

admin::ConfFacts conf_facts(const Config& config, std::uint16_t port, const storage::DataDirectories& directories) {
  return {.client_port = port,
          .data_dir = directories.data,
          .data_log_dir = directories.log,
          .tick_ms = config.replica.tick_ms,
          .connections_per_address_max = config.connections_per_address_max,
          .session_timeout_min_ms = config.replica.session_timeout_min_ms,
          .session_timeout_max_ms = config.replica.session_timeout_max_ms,
          .backlog = config.backlog,
          .server_id = config.replica.server.value};
}

std::uint64_t bytes_or_zero(const storage::FileResult<std::uint64_t>& bytes) { return bytes ? *bytes : 0; }

}  // namespace

WordAnswers::WordAnswers(const Config& config, std::uint16_t port, const storage::DataDirectories& directories,
                         storage::Files& files, const replica::Replica& replica)
    : allowed_(config.words_allowed),
      conf_(conf_facts(config, port, directories)),
      directories_(directories),
      files_(files),
      replica_(replica) {}

std::string WordAnswers::answer(const replica::WordRequest& request) const {
  const std::string_view word(request.word.data(), request.word.size());
  if (!admin::is_allowed(word, allowed_)) return admin::refuse_word(word);
  const replica::Status status = replica_.status();
  std::vector<replica::ConnectionFacts> connections;
  if (word == "stat") connections = replica_.connections();
  const admin::HostFacts host = host_facts();
  return admin::answer_word(word, {status, connections, host, conf_});
}

admin::HostFacts WordAnswers::host_facts() const {
  admin::HostFacts facts = read_host_facts();
  facts.data_dir_bytes = bytes_or_zero(storage::directory_bytes(files_, directories_.data));
  facts.log_dir_bytes = bytes_or_zero(storage::directory_bytes(files_, directories_.log));
  return facts;
}

}  // namespace zabra::server
