// The replica's orders to the disk, given to the threads that carry them out; and what the threads report, as the replica's
// events.
#pragma once

#include "replica/effects.h"
#include "server/inbox.h"
#include "storage/checkpoint_thread.h"
#include "storage/log_thread.h"

namespace zabra::server {

class DiskOrders {
 public:
  DiskOrders(storage::LogThread& log, storage::CheckpointThread& checkpoint) : log_(log), checkpoint_(checkpoint) {}

  void carry_out(replica::Effects& effects, Inbox& inbox);

  void operator()(replica::StoreEpochs& order);
  void operator()(replica::TruncateLog& order);
  void operator()(replica::BeginAnew& order);
  void operator()(replica::PutAnew& order);
  void operator()(replica::FinishAnew& order);
  void operator()(replica::AdoptAnew& order);
  void operator()(replica::AbandonAnew& order);
  void operator()(replica::ReadLog& order);
  void operator()(replica::ReadSnapshot& order);
  void operator()(replica::EndReading& order);

 private:
  storage::LogThread& log_;
  storage::CheckpointThread& checkpoint_;
};

// Called on the threads that report.
void post_report(Inbox& inbox, storage::LogReport report);
void post_report(Inbox& inbox, storage::CheckpointReport report);

}  // namespace zabra::server
