#include "tests/sim/disk.h"

#include <algorithm>
#include <utility>

#include "server/read_parts.h"
#include "storage/adoption.h"
#include "wire/check.h"

namespace zabra::sim {

using storage::FileFault;
using storage::FileOutcome;
using storage::FileResult;

namespace {

constexpr Micros space_retry = 300 * ms;

bool is_no_space(const FileOutcome& outcome) { return !outcome && outcome.fault().kind == FileFault::Kind::no_space; }

// The generation of an order, or of an answer to one; none: it has none.
template <class Variant>
std::optional<LogGeneration> generation_of(const Variant& any) {
  return std::visit([](const auto& it) -> std::optional<LogGeneration> {
    if constexpr (requires { it.generation; }) return it.generation;
    else return std::nullopt;
  }, any);
}

// So small that files roll and spares are made within a run.
storage::TxnLogOptions log_options() {
  return {.extent_bytes = 256 << 10, .roll_bytes = 64 << 10, .room_low = 192 << 10, .reserve_bytes = 16 << 10,
          .batch_bytes_max = 2 << 20};
}

class Loader final : public storage::RecoverySink {
 public:
  explicit Loader(replica::Replica& replica) : replica_(replica) {}
  void on_checkpoint_begin(const wire::CheckpointMeta& meta) override { replica_.expect(meta); }
  Outcome on_checkpoint_entry(const wire::ParsedKey& key, std::string_view value) override {
    return replica_.load(key, value);
  }
  Outcome on_checkpoint_end(const wire::CheckpointMeta& meta) override { return replica_.finish_load(meta); }
  Outcome on_txn(std::string_view entry) override { return replica_.replay(entry); }

 private:
  replica::Replica& replica_;
};

}  // namespace

Disk::Disk(Schedule& schedule, Random& random, test::SimFiles& files, Log& log, DiskCounts& counts,
           const DiskSetting& setting, Host host)
    : schedule_(schedule),
      random_(random),
      files_(files),
      said_(log),
      counts_(counts),
      setting_(setting),
      host_(std::move(host)),
      directories_(storage::DataDirectories::under("/data", "/log")),
      slow_max_(setting.slow_max),
      store_(files),
      log_feeds_(files, directories_.log, entry_bytes_max) {}

Result<replica::Recovered, storage::StartFault> Disk::start(replica::Replica& replica) {
  auto lock = storage::DataLock::take(files_, directories_);
  if (!lock) return lock.fault();
  lock_ = std::move(*lock);
  Loader loader(replica);
  auto found = storage::recover(files_, store_, said_,
                                {.directories = directories_, .server = setting_.server,
                                 .entry_bytes_max = entry_bytes_max, .batch_bytes_max = log_options().batch_bytes_max},
                                loader);
  if (!found) return found.fault();
  auto opened = storage::TxnLog::open(files_, said_, directories_.log, found->last, log_options());
  if (!opened) return storage::StartFault{storage::StartFault::Kind::io, to_string(opened.fault())};
  txn_log_ = std::move(*opened);
  if (txn_log_->room().full) wait_for_room();
  checkpointed_ = found->checkpointed;
  writer_ = std::make_unique<storage::CheckpointWriter>(files_, store_, said_, directories_.data, found->pointer,
                                                        std::move(found->checkpoint));
  return replica::Recovered{.checkpointed = found->checkpointed,
                            .last = found->last,
                            .replayed_bytes = found->replayed_bytes,
                            .room = txn_log_->room(),
                            .epochs = {static_cast<std::uint32_t>(found->epochs.accepted),
                                       static_cast<std::uint32_t>(found->epochs.current)},
                            .log_start = found->log_start};
}

bool Disk::close() { return ok(txn_log_->close()); }

void Disk::hold(bool yes) {
  held_ = yes;
  wake_log();
  wake_checkpoint();
}

// ---- orders: as server/disk_orders.cc gives them to the threads -----------------------------------------------------

struct Ordering {
  Disk& disk;
  template <class Order>
  void operator()(Order& order) const { disk(order); }
};

void Disk::carry_out(replica::Effects& effects) {
  for (replica::DiskOrder& order : effects.disk_orders) {
    newest_ = std::max(newest_, generation_of(order).value_or(newest_));
    std::visit(Ordering{*this}, order);
  }
  if (replica::Append& append = effects.append; append.count > 0) {
    ++counts_.appends;
    newest_ = std::max(newest_, append.generation);
    log_queue_.emplace_back(storage::LogBatch{append.generation, append.first, append.last, append.records, append.count});
  }
  if (effects.checkpoint) {
    replica::StoreCheckpoint& store = *effects.checkpoint;
    work_.emplace_back(storage::CheckpointRequest{store.generation, store.meta, std::move(store.batch)});
  }
  wake_log();
  wake_checkpoint();
}

void Disk::operator()(replica::StoreEpochs& order) {
  log_queue_.emplace_back(storage::StoreEpochs{order.generation, {order.epochs.accepted, order.epochs.current}});
}
void Disk::operator()(replica::TruncateLog& order) {
  log_queue_.emplace_back(storage::TruncateLog{order.generation, order.last});
}
void Disk::operator()(replica::BeginAnew& order) {
  work_.emplace_back(storage::BeginAnew{order.generation, ++attempt_});
}
void Disk::operator()(replica::PutAnew& order) { work_.emplace_back(storage::PutAnew{std::move(order.part)}); }
void Disk::operator()(replica::FinishAnew& order) { work_.emplace_back(storage::FinishAnew{order.meta}); }
void Disk::operator()(replica::AdoptAnew&) { work_.emplace_back(storage::AdoptAnew{}); }
void Disk::operator()(replica::AbandonAnew&) {
  ++counts_.snapshots_abandoned;
  ++newest_.value;  // what was begun had one of its own, and the one that goes on has another
  abandoned_attempt_ = attempt_;
  log_queue_.emplace_back(storage::AbandonStaged{});
  work_.emplace_back(storage::AbandonAnew{});
  drop_abandoned();
}
void Disk::operator()(replica::ReadLog& order) {
  readings_.emplace_back(storage::ReadLog{order.reader, order.after, order.until, limits::snapshot_part_bytes});
}
void Disk::operator()(replica::ReadSnapshot& order) {
  readings_.emplace_back(storage::ReadSnapshot{order.reader, limits::snapshot_part_bytes});
}
void Disk::operator()(replica::EndReading& order) { readings_.emplace_back(storage::EndReading{order.reader}); }

void Disk::drop_abandoned() {
  const auto is_void = [](const storage::CheckpointWork& work) {
    return std::holds_alternative<storage::BeginAnew>(work) || std::holds_alternative<storage::PutAnew>(work) ||
           std::holds_alternative<storage::FinishAnew>(work);
  };
  if (!work_.empty() && is_void(work_.front())) retry_work_at_ = 0;
  work_.erase(std::remove_if(work_.begin(), work_.end(), is_void), work_.end());
}

// ---- workers --------------------------------------------------------------------------------------------------------

void Disk::later(Micros delay, void (Disk::*what)()) {
  schedule_.after(delay, [this, what, life = std::weak_ptr<int>(life_)] {
    if (!life.expired() && !failed_) (this->*what)();
  });
}

void Disk::wake_log() {
  if (held_ || log_queue_.empty() || std::exchange(log_.busy, true)) return;
  later(latency(), &Disk::work_log);
}

void Disk::wake_checkpoint() {
  if (held_ || (!has_work() && readings_.empty()) || std::exchange(checkpoint_.busy, true)) return;
  later(latency(), &Disk::work_checkpoint);
}

// std::function wants what can be copied, and an event can't.
void Disk::report(Worker& worker, replica::Event event) {
  worker.reported = std::max(worker.reported, schedule_.now() + latency());
  auto held = std::make_shared<replica::Event>(std::move(event));
  schedule_.after(worker.reported - schedule_.now(), [this, held, life = std::weak_ptr<int>(life_)] {
    if (life.expired() || failed_) return;
    if (generation_of(*held).value_or(newest_) < newest_) ++counts_.old_completions;
    host_.report(std::move(*held));
  });
}

bool Disk::ok(const FileOutcome& outcome) {
  if (outcome || failed_) return static_cast<bool>(outcome);
  failed_ = true;
  host_.die(to_string(outcome.fault()));
  return false;
}

// ---- the log's worker -----------------------------------------------------------------------------------------------

void Disk::work_log() {
  log_.busy = !held_;
  if (held_) return;
  if (!ok(carry_out_log(std::exchange(log_queue_, {})))) return;
  if (is_retrying_log_) return;
  log_.busy = false;
  wake_log();
}

// What waits for space comes first again.
void Disk::retry_log() {
  is_retrying_log_ = false;
  log_.busy = true;
  work_log();
}

FileOutcome Disk::carry_out_log(std::vector<storage::LogOrder> orders) {
  std::vector<storage::LogBatch> batches;
  for (auto order = orders.begin(); order != orders.end(); ++order) {
    if (auto* batch = std::get_if<storage::LogBatch>(&*order)) {
      batches.push_back(std::move(*batch));
      continue;
    }
    if (FileOutcome written = write_and_sync(batches); !written) return written;
    FileOutcome done = std::visit([this](const auto& it) { return log_order(it); }, *order);
    if (is_no_space(done) && std::holds_alternative<storage::StoreEpochs>(*order)) {
      ++counts_.waits_for_space;
      epochs_.reset();
      log_queue_.insert(log_queue_.begin(), std::move_iterator(order), std::move_iterator(orders.end()));
      is_retrying_log_ = true;
      later(space_retry, &Disk::retry_log);
      return Done{};
    }
    if (!done) return done;
  }
  if (FileOutcome written = write_and_sync(batches); !written) return written;
  return look_for_room();
}

// While there is none, now and then.
FileOutcome Disk::look_for_room() {
  if (txn_log_->room().full && schedule_.now() < retry_room_at_) return wait_for_room(), Done{};
  retry_room_at_ = schedule_.now() + space_retry;
  const FileResult<bool> changed = txn_log_->make_room();
  if (!changed) return changed.fault();
  if (*changed) report(log_, replica::Room{txn_log_->room()});
  if (!txn_log_->room().full) return Done{};
  ++counts_.waits_for_space;
  wait_for_room();
  return Done{};
}

void Disk::wait_for_room() {
  if (!std::exchange(is_waiting_for_room_, true)) later(space_retry, &Disk::wake_log_for_room);
}

void Disk::wake_log_for_room() {
  is_waiting_for_room_ = false;
  if (held_) return wait_for_room();
  if (!std::exchange(log_.busy, true)) work_log();
}

FileOutcome Disk::write_and_sync(std::vector<storage::LogBatch>& batches) {
  if (batches.empty()) return Done{};
  for (const storage::LogBatch& batch : batches) {
    if (FileOutcome written = txn_log_->write(batch.records, batch.first, batch.last); !written) return written;
  }
  if (FileOutcome synced = txn_log_->sync(); !synced) return synced;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const bool is_last = i + 1 == batches.size() || batches[i + 1].generation != batches[i].generation;
    if (i + 1 == batches.size()) did(DiskSynced{batches[i].last, txn_log_->is_staged()});
    if (is_last) report(log_, replica::Durable{batches[i].generation, batches[i].last, txn_log_->room()});
  }
  batches.clear();
  return Done{};
}

FileOutcome Disk::make_room() {
  const FileResult<bool> made = txn_log_->make_room();
  return made ? Done{} : FileOutcome(made.fault());
}

FileOutcome Disk::log_order(const storage::TruncateLog& order) {
  const auto pointer = storage::read_checkpoint_pointer(files_, directories_.data);
  if (!pointer) return pointer.fault();
  CHECK(*pointer);
  const Zxid floor = std::max({checkpointed_, (*pointer)->stored, storage::previous((*pointer)->log_start)});
  const FileResult<bool> truncated = txn_log_->truncate(order.last, floor);
  if (!truncated) return truncated.fault();
  if (FileOutcome room = make_room(); !room) return room;
  ++(*truncated ? counts_.truncations : counts_.truncations_refused);
  did(DiskTruncated{order.last, *truncated});
  report(log_, replica::Truncated{order.generation, *truncated, txn_log_->room()});
  return Done{};
}

FileOutcome Disk::log_order(const storage::StoreEpochs& order) {
  if (FileOutcome stored = storage::store_epochs(files_, directories_.data, order.epochs, epochs_); !stored) return stored;
  epochs_ = order.epochs;
  did(DiskStoredEpochs{order.epochs});
  report(log_, replica::EpochsStored{order.generation});
  return Done{};
}

FileOutcome Disk::log_order(const storage::StageLog& order) {
  if (FileOutcome staged = txn_log_->stage(order.number, order.last); !staged) return staged;
  if (FileOutcome room = make_room(); !room) return room;
  report(log_, replica::AnewBegun{order.generation, txn_log_->room()});
  return Done{};
}

FileOutcome Disk::log_order(const storage::AdoptStaged& order) {
  if (FileOutcome adopted = txn_log_->adopt(); !adopted) return adopted;
  if (FileOutcome room = make_room(); !room) return room;
  ++counts_.snapshots_adopted;
  did(DiskAdopted{});
  report(log_, replica::AnewAdopted{order.generation, txn_log_->room()});
  return Done{};
}

FileOutcome Disk::log_order(const storage::AbandonStaged&) {
  if (!txn_log_->is_staged()) return Done{};
  if (FileOutcome abandoned = txn_log_->abandon(); !abandoned) return abandoned;
  return make_room();
}

// ---- the checkpoint's worker ----------------------------------------------------------------------------------------

void Disk::work_checkpoint() {
  checkpoint_.busy = !held_;
  if (held_) return;
  if (!ok(carry_out_checkpoint())) return;
  checkpoint_.busy = false;
  wake_log();
  wake_checkpoint();
}

FileOutcome Disk::carry_out_checkpoint() {
  for (const storage::Reading& reading : std::exchange(readings_, {})) {
    FileOutcome done = std::visit([this](const auto& it) { return read(it); }, reading);
    if (!done) return done;
  }
  if (!has_work()) {
    if (!work_.empty()) return Done{};
    if (random_.one_in(8) && snapshot_feeds_.empty()) writer_->close();
    return random_.one_in(4) ? purge() : FileOutcome(Done{});
  }
  storage::CheckpointWork work = std::move(work_.front());
  work_.pop_front();
  FileOutcome done = std::visit([this](const auto& it) { return checkpoint_work(it); }, work);
  if (!is_no_space(done)) {
    is_delay_said_ = is_delay_said_ && !done;
    return done;
  }
  put_back(std::move(work));
  return Done{};
}

void Disk::put_back(storage::CheckpointWork work) {
  ++counts_.waits_for_space;
  if (!std::exchange(is_delay_said_, true)) {
    if (const auto* request = std::get_if<storage::CheckpointRequest>(&work)) {
      report(checkpoint_, replica::StoreDelayed{request->generation});
    }
  }
  work_.push_front(std::move(work));
  retry_work_at_ = schedule_.now() + space_retry;
  later(space_retry, &Disk::wake_checkpoint);
}

FileOutcome Disk::checkpoint_work(const storage::CheckpointRequest& request) {
  if (FileOutcome stored = writer_->store(request.batch, request.meta); !stored) return stored;
  ++counts_.checkpoints;
  did(DiskStoredCheckpoint{request.meta.zxid});
  report(checkpoint_, replica::Stored{request.generation, request.meta.zxid});
  const FileResult<std::optional<Zxid>> start = log_start();
  if (!start) return start.fault();
  if (*start) report(checkpoint_, replica::LogStarts{**start});
  if (FileOutcome removed = remove_old(); !removed) return removed;
  return purge();
}

FileOutcome Disk::remove_old() {
  if (!std::exchange(is_old_there_, false)) return Done{};
  const auto removed = storage::remove_old_generations(files_, said_, directories_.data, directories_.log,
                                                       writer_->pointer().generation);
  return removed ? Done{} : FileOutcome(removed.fault());
}

FileResult<std::optional<Zxid>> Disk::log_start() {
  if (const auto base = writer_->pointer().log_base()) return base;
  const auto logs = storage::list_log_files(files_, directories_.log);
  if (!logs) return logs.fault();
  return logs->empty() ? std::nullopt : std::optional(logs->front().first);
}

FileOutcome Disk::purge() {
  const std::optional<Zxid> log = log_feeds_.pinned(), snapshot = snapshot_feeds_.pinned();
  const storage::PurgeFacts facts{writer_->stored(), 0, log && snapshot ? std::min(*log, *snapshot) : log ? log : snapshot};
  const auto purged = storage::purge_logs(files_, said_, directories_.log, setting_.purge, facts);
  if (!purged) return purged.fault();
  if (*purged == 0) return Done{};
  counts_.logs_purged += *purged;
  const FileResult<std::optional<Zxid>> start = log_start();
  if (!start) return start.fault();
  if (*start) report(checkpoint_, replica::LogStarts{**start});
  return Done{};
}

FileOutcome Disk::checkpoint_work(const storage::BeginAnew& order) {
  anew_ = order;
  return writer_->begin_anew();
}

FileOutcome Disk::checkpoint_work(const storage::PutAnew& order) {
  if (FileOutcome put = writer_->put_anew(order.part); !put) return put;
  report(checkpoint_, replica::AnewTaken{anew_.generation});
  return Done{};
}

FileOutcome Disk::checkpoint_work(const storage::FinishAnew& order) {
  if (FileOutcome finished = writer_->finish_anew(order.meta); !finished) return finished;
  if (anew_.attempt > abandoned_attempt_) {
    log_queue_.emplace_back(storage::StageLog{anew_.generation, writer_->anew_generation(), order.meta.zxid});
  }
  return Done{};
}

FileOutcome Disk::checkpoint_work(const storage::AdoptAnew&) {
  if (FileOutcome adopted = writer_->adopt_anew(directories_.log); !adopted) return adopted;
  is_old_there_ = true;
  log_feeds_.clear();
  log_queue_.emplace_back(storage::AdoptStaged{anew_.generation});
  return Done{};
}

FileOutcome Disk::checkpoint_work(const storage::AbandonAnew&) { return writer_->abandon_anew(); }

// ---- readers --------------------------------------------------------------------------------------------------------

FileOutcome Disk::read(const storage::ReadLog& request) {
  FileResult<storage::LogReadPart> read = log_feeds_.read(request, writer_->pointer().log_base());
  if (!read) return read.fault();
  ++counts_.log_reads;
  counts_.read_faults += (*read)->fault ? 1U : 0U;
  report(checkpoint_, server::event_of(std::move(*read)));
  return Done{};
}

FileOutcome Disk::read(const storage::ReadSnapshot& request) {
  FileResult<storage::SnapshotPart> read = snapshot_feeds_.read(request, *writer_);
  if (!read) return read.fault();
  ++counts_.snapshot_reads;
  counts_.read_faults += (*read)->fault ? 1U : 0U;
  report(checkpoint_, server::event_of(std::move(*read)));
  return Done{};
}

FileOutcome Disk::read(const storage::EndReading& request) {
  log_feeds_.end(request.reader);
  snapshot_feeds_.end(request.reader);
  return Done{};
}

}  // namespace zabra::sim
