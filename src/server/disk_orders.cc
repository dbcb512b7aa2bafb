#include "server/disk_orders.h"

#include <utility>
#include <variant>

#include "base/limits.h"
#include "server/read_parts.h"

namespace zabra::server {

// The orders first: a history that is given up must be so before records of another come.
void DiskOrders::carry_out(replica::Effects& effects, Inbox& inbox) {
  for (replica::DiskOrder& order : effects.disk_orders) std::visit(*this, order);
  if (effects.append.count > 0) {
    replica::Append& append = effects.append;
    log_.submit({append.generation, append.first, append.last, std::move(append.records), append.count});
    append.records = inbox.spare_buffer();
  }
  if (effects.checkpoint) {
    replica::StoreCheckpoint& store = *effects.checkpoint;
    checkpoint_.submit({store.generation, store.meta, std::move(store.batch)});
  }
}

void DiskOrders::operator()(replica::StoreEpochs& order) {
  log_.store_epochs(order.generation, {order.epochs.accepted, order.epochs.current});
}
void DiskOrders::operator()(replica::TruncateLog& order) { log_.truncate(order.generation, order.last); }
void DiskOrders::operator()(replica::BeginAnew& order) { checkpoint_.begin_anew(order.generation); }
void DiskOrders::operator()(replica::PutAnew& order) { checkpoint_.put_anew(std::move(order.part)); }
void DiskOrders::operator()(replica::FinishAnew& order) { checkpoint_.finish_anew(order.meta); }
void DiskOrders::operator()(replica::AdoptAnew&) { checkpoint_.adopt_anew(); }
void DiskOrders::operator()(replica::AbandonAnew&) { checkpoint_.abandon_anew(); }
void DiskOrders::operator()(replica::ReadLog& order) {
  checkpoint_.read(storage::ReadLog{order.reader, order.after, order.until, limits::snapshot_part_bytes});
}
void DiskOrders::operator()(replica::ReadSnapshot& order) {
  checkpoint_.read(storage::ReadSnapshot{order.reader, limits::snapshot_part_bytes});
}
void DiskOrders::operator()(replica::EndReading& order) { checkpoint_.end_reading(order.reader); }

// ---- reports --------------------------------------------------------------------------------------------------------

namespace {

class Posting {
 public:
  explicit Posting(Inbox& inbox) : inbox_(inbox) {}

  void operator()(storage::LogDurable& report) {
    inbox_.post(replica::Durable{report.generation, report.last, report.room}, std::move(report.buffer));
  }
  void operator()(storage::LogRoomChanged& report) { inbox_.post(replica::Room{report.room}); }
  void operator()(storage::LogTruncated& report) {
    inbox_.post(replica::Truncated{report.generation, report.done, report.room});
  }
  void operator()(storage::EpochsStored& report) { inbox_.post(replica::EpochsStored{report.generation}); }
  void operator()(storage::AnewBegun& report) { inbox_.post(replica::AnewBegun{report.generation, report.room}); }
  void operator()(storage::AnewAdopted& report) { inbox_.post(replica::AnewAdopted{report.generation, report.room}); }
  void operator()(storage::CheckpointStored& report) {
    inbox_.post(replica::Stored{report.generation, report.zxid});
    if (report.log_start) inbox_.post(replica::LogStarts{*report.log_start});
  }
  void operator()(storage::CheckpointDelayed& report) { inbox_.post(replica::StoreDelayed{report.generation}); }
  void operator()(storage::AnewTaken& report) { inbox_.post(replica::AnewTaken{report.generation}); }
  void operator()(storage::LogReadPart& report) { inbox_.post(event_of(std::move(report))); }
  void operator()(storage::SnapshotPart& report) { inbox_.post(event_of(std::move(report))); }

 private:
  Inbox& inbox_;
};

}  // namespace

void post_report(Inbox& inbox, storage::LogReport report) { std::visit(Posting(inbox), report); }
void post_report(Inbox& inbox, storage::CheckpointReport report) { std::visit(Posting(inbox), report); }

}  // namespace zabra::server
