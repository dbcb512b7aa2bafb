// A whole server: replica, log, checkpoint, client connections, and the loop that drives them.
//
//   Server server(config, log);
//   if (auto started = server.start(); !started) -> started.fault()
//   server.run();                                       // until request_stop(), from any thread
//
// Several may live in one process (tests do that): nothing here is global.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include "base/log.h"
#include "net/admission.h"
#include "net/client_links.h"
#include "net/link_set.h"
#include "net/listener.h"
#include "net/peer_links.h"
#include "replica/replica.h"
#include "server/config.h"
#include "server/disk_orders.h"
#include "server/inbox.h"
#include "server/link_events.h"
#include "server/loop.h"
#include "server/peer_events.h"
#include "server/word_answers.h"
#include "storage/checkpoint_thread.h"
#include "storage/leveldb_checkpoint.h"
#include "storage/log_thread.h"
#include "storage/real_files.h"
#include "storage/recovery.h"
#include "wire/result.h"

namespace zabra::server {

// What `zabra server` ends with: README.md, "Exit codes".
enum class ExitCode { ok = 0, unexpected = 1, usage = 2, data_directory = 3 };

// Why a server did not start.
struct StartFailure {
  ExitCode code{};
  std::string line;
};

class Server {
 public:
  // Nothing is touched yet. `log` outlives the server.
  Server(Config config, Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // When it returns without failure, clients can connect. Once.
  Result<Done, StartFailure> start();
  std::uint16_t port() const { return listener_->port(); }

  // After start(): serves in the caller's thread, until a stop is requested and everything is stored and closed.
  void run();
  // Any thread, at any time, as often as one likes.
  void request_stop();

 private:
  using Started = Result<Done, StartFailure>;

  Started lock_directories();
  Started recover();
  Started open_log();
  void start_threads();
  void make_links();
  Started listen();
  Started listen_for_servers();
  Started listen_on(PeerPort port, const std::vector<wire::HostPort>& addresses);
  bool may_try_again(int tries, const std::string& reason);
  void make_loop();
  void post_word_answer(LinkId link, std::string answer);
  void begin_stop();
  storage::CheckpointThread::Options checkpoint_options();
  std::function<void(const storage::FileFault&)> end_process();

  const Config config_;
  Log& log_;
  const storage::DataDirectories directories_;
  std::atomic<bool> stop_requested_{false};
  std::binary_semaphore stop_during_start_{0};

  // In the order in which they are made; destroyed from the end: the loop drives what is above it, links hold places of
  // the admission and tell their events, threads post into the inbox and hold files, the lock goes last.
  storage::RealFiles files_;
  storage::LevelDbStore store_;
  std::unique_ptr<storage::DataLock> lock_;
  asio::io_context context_{1};
  Inbox inbox_;
  std::unique_ptr<replica::Replica> replica_;
  storage::Recovered recovered_;                 // its checkpoint goes on to the checkpoint's thread
  std::unique_ptr<storage::TxnLog> txn_log_;     // goes on to the log's thread
  std::unique_ptr<storage::LogThread> log_thread_;
  std::unique_ptr<storage::CheckpointThread> checkpoint_thread_;
  net::Admission admission_;
  std::vector<std::unique_ptr<LinkEvents>> link_events_;
  std::unique_ptr<net::ClientLinks> links_;
  const net::LinkSet* links_in_thread_ = nullptr;
  std::unique_ptr<net::Listener> listener_;
  std::unique_ptr<PeerEvents> peer_events_;  // of an ensemble
  std::unique_ptr<net::PeerLinks> peers_;
  std::unique_ptr<WordAnswers> words_;
  std::unique_ptr<DiskOrders> disk_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace zabra::server
