#include "server/server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <asio/post.hpp>

#include "base/version.h"
#include "net/threaded_links.h"
#include "server/clocks.h"
#include "server/process.h"
#include "server/replica_loader.h"
#include "storage/checkpoint_writer.h"
#include "storage/txn_log.h"

namespace zabra::server {
namespace {

constexpr std::chrono::seconds bind_again{1};

StartFailure failure_of(const storage::StartFault& fault) {
  const bool is_other_server = fault.kind == storage::StartFault::Kind::other_server;
  return {is_other_server ? ExitCode::usage : ExitCode::data_directory, fault.reason};
}

replica::Settings with_seed(replica::Settings settings) {
  settings.state.hash_seed = random_seed();
  return settings;
}

storage::TxnLogOptions log_options(const Config& config) {
  storage::TxnLogOptions options;
  options.extent_bytes = config.log_extent_bytes;
  options.roll_bytes = config.log_roll_bytes;
  options.room_low = config.log_room_low;
  options.batch_bytes_max = config.log_batch_bytes_max;
  options.room_low = config.log_room_low;
  return options;
}

storage::RecoveryOptions recovery_options(const Config& config, const storage::DataDirectories& directories) {
  return {.directories = directories,
          .server = config.replica.server,
          .entry_bytes_max = config.replica.state.txn_bytes_max,
          .batch_bytes_max = config.log_batch_bytes_max};
}

replica::Recovered replica_recovered(const storage::Recovered& found, const LogRoom& room) {
  return {.checkpointed = found.checkpointed,
          .last = found.last,
          .replayed_bytes = found.replayed_bytes,
          .room = room,
          .epochs = {static_cast<std::uint32_t>(found.epochs.accepted), static_cast<std::uint32_t>(found.epochs.current)},
          .log_start = found.log_start};
}

}  // namespace

Server::Server(Config config, Log& log)
    : config_(std::move(config)),
      log_(log),
      directories_(storage::DataDirectories::under(config_.data_dir, config_.data_log_dir)),
      store_(files_),
      inbox_(context_),
      admission_({config_.connections_per_address_max, config_.connections_max}) {}

Server::~Server() {
  if (links_) links_->stop();  // its threads end before what they tell goes
}

// ---- start ----

Server::Started Server::start() {
  for (const auto step : {&Server::lock_directories, &Server::recover, &Server::open_log}) {
    if (Started done = (this->*step)(); !done) return done;
  }
  replica_->start(read_clocks(), replica_recovered(recovered_, txn_log_->room()));
  start_threads();
  make_links();
  for (const auto step : {&Server::listen_for_servers, &Server::listen}) {
    if (Started done = (this->*step)(); !done) return done;
  }
  make_loop();
  return Done{};
}

Server::Started Server::lock_directories() {
  log_.info(text("data directory ", directories_.data, ", transaction log ", directories_.log));
  Result<storage::DataLock, storage::StartFault> lock = storage::DataLock::take(files_, directories_);
  if (!lock) return failure_of(lock.fault());
  lock_ = std::make_unique<storage::DataLock>(std::move(*lock));
  return Done{};
}

Server::Started Server::recover() {
  const MonotonicTime begun = read_monotonic();
  replica_ = std::make_unique<replica::Replica>(with_seed(config_.replica), log_);
  ReplicaLoader loader(*replica_);
  auto recovered = storage::recover(files_, store_, log_, recovery_options(config_, directories_), loader);
  if (!recovered) return failure_of(recovered.fault());
  recovered_ = std::move(*recovered);
  log_.info(text("recovery took ", read_monotonic() - begun, " ms"));
  return Done{};
}

Server::Started Server::open_log() {
  auto opened = storage::TxnLog::open(files_, log_, directories_.log, recovered_.last, log_options(config_));
  if (!opened) return StartFailure{ExitCode::data_directory, to_string(opened.fault())};
  txn_log_ = std::move(*opened);
  return Done{};
}

void Server::start_threads() {
  log_thread_ = std::make_unique<storage::LogThread>(
      std::move(txn_log_), [this](storage::LogReport report) { post_report(inbox_, std::move(report)); }, end_process(),
      storage::LogThread::Options{.data_directory = directories_.data, .checkpointed = recovered_.checkpointed});
  auto writer = std::make_unique<storage::CheckpointWriter>(files_, store_, log_, directories_.data, recovered_.pointer,
                                                            std::move(recovered_.checkpoint));
  checkpoint_thread_ = std::make_unique<storage::CheckpointThread>(
      files_, log_, std::move(writer), [this](storage::CheckpointReport report) { post_report(inbox_, std::move(report)); },
      end_process(), checkpoint_options());
  disk_ = std::make_unique<DiskOrders>(*log_thread_, *checkpoint_thread_);
}

storage::CheckpointThread::Options Server::checkpoint_options() {
  return {.log_directory = directories_.log,
          .purge_interval = std::chrono::milliseconds(config_.purge_interval_ms),
          .purge = {.retain_count = config_.purge_retain_count},
          .log_thread = log_thread_.get(),
          .on_log_start = [this](Zxid zxid) { inbox_.post(replica::LogStarts{zxid}); },
          .entry_bytes_max = config_.replica.state.txn_bytes_max};
}

std::function<void(const storage::FileFault&)> Server::end_process() {
  return [this](const storage::FileFault& fault) { end_after_disk_failure(log_, fault); };
}

void Server::make_links() {
  const net::LinkSettings settings{.frame_max = config_.frame_max};
  if (config_.io_threads == 0) {
    link_events_.push_back(std::make_unique<LinkEvents>(inbox_, LinkEvents::Where::loop_thread));
    auto links = std::make_unique<net::LinkSet>(context_, *link_events_.front(), settings);
    links_in_thread_ = links.get();
    links_ = std::move(links);
    return;
  }
  std::vector<net::LinkSink*> sinks;
  for (std::size_t i = 0; i < config_.io_threads; ++i) {
    link_events_.push_back(std::make_unique<LinkEvents>(inbox_, LinkEvents::Where::own_thread));
    sinks.push_back(link_events_.back().get());
  }
  links_ = std::make_unique<net::ThreadedLinks>(sinks, settings, [this] { inbox_.wake(); });
}

// Names of the others are looked up when they are dialled.
Server::Started Server::listen_for_servers() {
  if (!config_.ensemble) return Done{};
  peer_events_ = std::make_unique<PeerEvents>(inbox_);
  peers_ = std::make_unique<net::PeerLinks>(
      context_, *peer_events_, net::PeerLinkSettings{.dial_timeout_ms = config_.ensemble->dial_timeout_ms}, log_);
  const std::pair<PeerPort, const std::vector<wire::HostPort>&> ports[] = {
      {PeerPort::quorum, config_.ensemble->quorum_listen}, {PeerPort::election, config_.ensemble->election_listen}};
  for (const auto& [port, addresses] : ports) {
    if (Started listens = listen_on(port, addresses); !listens) return listens;
  }
  return Done{};
}

// An address may be taken for a moment: the server that was here before is not gone yet, a container's network is not up.
Server::Started Server::listen_on(PeerPort port, const std::vector<wire::HostPort>& addresses) {
  for (int tries = 1;; ++tries) {
    const Outcome listens = peers_->listen(port, addresses);
    if (listens) break;
    const std::string reason = text(to_string(port), " port: ", listens.fault().reason);
    if (!may_try_again(tries, reason)) return StartFailure{ExitCode::unexpected, reason};
    if (stop_during_start_.try_acquire_for(bind_again)) return StartFailure{ExitCode::ok, "asked to stop"};
  }
  for (const std::string& address : peers_->listens_on(port)) {
    log_.info(text("listening for servers on ", address, " (", to_string(port), ")"));
  }
  return Done{};
}

// electionPortBindRetry of ZooKeeper, and its second between two tries.
bool Server::may_try_again(int tries, const std::string& reason) {
  const int tries_max = config_.ensemble->bind_tries;
  if (tries_max != 0 && tries >= tries_max) return false;
  log_.warning(text(reason, "; try ", tries, tries_max == 0 ? "" : text(" of ", tries_max), ", the next in a second"));
  return true;
}

Server::Started Server::listen() {
  const net::ListenSettings settings{.address = config_.client_address,
                                     .port = config_.client_port,
                                     .backlog = config_.backlog,
                                     .keep_alive = config_.tcp_keep_alive};
  auto listener = net::Listener::open(context_, settings, *links_, admission_, log_);
  if (!listener) return StartFailure{ExitCode::unexpected, listener.fault().reason};
  listener_ = std::move(*listener);
  listener_->start();
  log_.info(text("listening on ", listener_->address_text()));
  return Done{};
}

void Server::make_loop() {
  words_ = std::make_unique<WordAnswers>(
      config_, port(), directories_, files_, *replica_,
      [this](LinkId link, std::string answer) { post_word_answer(link, std::move(answer)); });
  loop_ = std::make_unique<Loop>(LoopParts{.context = context_,
                                           .inbox = inbox_,
                                           .replica = *replica_,
                                           .links = *links_,
                                           .links_in_thread = links_in_thread_,
                                           .peers = peers_.get(),
                                           .disk = *disk_,
                                           .words = *words_,
                                           .step_interval_ms = std::max<std::int64_t>(config_.replica.tick_ms / 2, 1)});
}

// From the words' thread to the loop's. What the links are ordered here goes to their threads with the turn that
// follows.
void Server::post_word_answer(LinkId link, std::string answer) {
  asio::post(context_, [this, link, answer = std::move(answer)]() mutable {
    links_->send(link, answer);
    links_->close_after_send(link);
  });
}

// ---- stop ----

void Server::request_stop() {
  if (stop_requested_.exchange(true)) return;
  stop_during_start_.release();
  asio::post(context_, [this] { begin_stop(); });
}

// In the loop's thread.
void Server::begin_stop() {
  listener_->stop();
  inbox_.told().push_back(replica::Stop{});
}

void Server::run() {
  loop_->run();
  words_->stop();
  links_->stop();
  if (peers_) peers_->stop();
  log_thread_->stop();
  checkpoint_thread_->stop();
  log_.info(
      text("stopped: ", replica_->status().znodes, " znodes, last zxid ", to_string(replica_->status().last_applied)));
}

}  // namespace zabra::server
