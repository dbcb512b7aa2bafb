#include "server/word_answers.h"

#include <pthread.h>

#include <algorithm>
#include <set>
#include <utility>

#include <asio/post.hpp>

#include "server/host_facts.h"
#include "storage/purge.h"
#include "wire/check.h"
#include "wire/ensemble_format.h"

namespace zabra::server {
namespace {

// "3888", or "3888|3889" of a server with several addresses.
std::string ports_of(const wire::Member& member, PeerPort port) {
  std::set<std::uint16_t> ports;
  for (const wire::HostPort& address : addresses_of(member, port)) ports.insert(address.port);
  std::string joined;
  for (const std::uint16_t each : ports) joined += text(joined.empty() ? "" : "|", each);
  return joined;
}

std::optional<admin::EnsembleConf> ensemble_conf(const Config& config) {
  if (!config.ensemble) return std::nullopt;
  const EnsembleConfig& ensemble = *config.ensemble;
  const std::vector<wire::Member>& members = ensemble.text.members;
  const auto own = std::ranges::find(members, config.replica.server, &wire::Member::id);
  CHECK(own != members.end());
  return admin::EnsembleConf{.init_limit_ticks = ensemble.init_limit_ticks,
                             .sync_limit_ticks = ensemble.sync_limit_ticks,
                             .election_ports = ports_of(*own, PeerPort::election),
                             .quorum_ports = ports_of(*own, PeerPort::quorum),
                             .is_observer = own->role == wire::MemberRole::observer,
                             .membership = wire::print_ensemble(ensemble.text)};
}

admin::ConfFacts conf_facts(const Config& config, std::uint16_t port, const storage::DataDirectories& directories) {
  return {.client_port = port,
          .data_dir = directories.data,
          .data_log_dir = directories.log,
          .tick_ms = config.replica.tick_ms,
          .connections_per_address_max = config.connections_per_address_max,
          .session_timeout_min_ms = config.replica.session_timeout_min_ms,
          .session_timeout_max_ms = config.replica.session_timeout_max_ms,
          .backlog = config.backlog,
          .server_id = config.replica.server.value,
          .ensemble = ensemble_conf(config)};
}

std::uint64_t bytes_or_zero(const storage::FileResult<std::uint64_t>& bytes) { return bytes ? *bytes : 0; }

}  // namespace

WordAnswers::WordAnswers(const Config& config, std::uint16_t port, const storage::DataDirectories& directories,
                         storage::Files& files, const replica::Replica& replica, OnAnswer on_answer)
    : allowed_(config.words_allowed),
      conf_(conf_facts(config, port, directories)),
      directories_(directories),
      files_(files),
      replica_(replica),
      on_answer_(std::move(on_answer)) {
  asio::post(thread_, [] { ::pthread_setname_np(::pthread_self(), "words"); });
}

void WordAnswers::ask(const replica::WordRequest& request) {
  Question question{request.link, std::string(request.word.data(), request.word.size()), replica_.status(), {}};
  if (question.word == "stat") question.connections = replica_.connections();
  asio::post(thread_, [this, question = std::move(question)] { on_answer_(question.link, answer(question)); });
}

std::string WordAnswers::answer(const Question& question) const {
  if (!admin::is_allowed(question.word, allowed_)) return admin::refuse_word(question.word);
  const admin::HostFacts host = host_facts(question.word);
  return admin::answer_word(question.word, {question.status, question.connections, host, conf_});
}

admin::HostFacts WordAnswers::host_facts(std::string_view word) const {
  admin::HostFacts facts = read_host_facts();
  if (word != "conf") return facts;
  facts.data_dir_bytes = bytes_or_zero(storage::directory_bytes(files_, directories_.data));
  facts.log_dir_bytes = bytes_or_zero(storage::directory_bytes(files_, directories_.log));
  return facts;
}

}  // namespace zabra::server
