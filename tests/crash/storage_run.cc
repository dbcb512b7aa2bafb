#include "tests/crash/storage_run.h"

#include <utility>

#include "storage/adoption.h"
#include "storage/epochs.h"
#include "storage/memory_checkpoint.h"
#include "wire/log_format.h"

namespace zabra::test {

using storage::FileFault;
using storage::FileOutcome;
using storage::FileResult;

StorageSetting StorageSetting::small(Keeper keeper) {
  StorageSetting setting;
  setting.keeper = keeper;
  setting.recovery.directories = storage::DataDirectories::under("/data", "/log");
  setting.recovery.server = ServerId{1};
  setting.recovery.entry_bytes_max = 8 << 10;
  setting.recovery.batch_bytes_max = 32 << 10;
  setting.log = {.extent_bytes = 64 << 10, .roll_bytes = 24 << 10, .room_low = 40 << 10, .reserve_bytes = 4 << 10,
                 .batch_bytes_max = 32 << 10};
  setting.purge = {.retain_count = 0, .entries_retained_min = 4};
  setting.leveldb = {.write_buffer_bytes = 64 << 10 /* LevelDB's least */, .memory_kept_bytes = 24 << 10};
  return setting;
}

StorageRun::StorageRun(storage::Files& files, const StorageSetting& setting, Ledger& ledger, std::uint64_t seed,
                       SetFull set_full)
    : files_(files),
      setting_(setting),
      ledger_(ledger),
      set_full_(std::move(set_full)),
      random_(seed),
      log_(files, ledger) {
  if (setting.keeper == Keeper::leveldb) store_ = std::make_unique<storage::LevelDbStore>(files_, setting.leveldb);
  else store_ = std::make_unique<storage::MemoryStore>(files_);
}

bool StorageRun::ok(const FileOutcome& outcome) {
  if (!outcome) fault_ = End{to_string(outcome.fault()), outcome.fault().kind == FileFault::Kind::io};
  return static_cast<bool>(outcome);
}

bool StorageRun::ok(const storage::StartFault& fault) {
  fault_ = End{fault.reason, fault.kind == storage::StartFault::Kind::io};
  return false;
}

// ---- start ----------------------------------------------------------------------------------------------------------

bool StorageRun::start() {
  auto lock = storage::DataLock::take(files_, setting_.recovery.directories);
  if (!lock) return ok(lock.fault());
  lock_ = std::move(*lock);
  // Not a new directory: that needs space for its first files.
  if (set_full_ && ledger_.released() > zxid_zero && draw(3) == 0) {
    started_full_ = full_ = true;
    set_full_(true);
  }
  return recover();
}

bool StorageRun::recover() {
  const storage::RecoveryOptions& options = setting_.recovery;
  Model model;
  auto recovered = storage::recover(files_, *store_, log_, options, model);
  if (!recovered) return ok(recovered.fault());
  broken_ = ledger_.check(*recovered, model);
  if (!broken_) broken_ = ledger_.check_files(files_, options.directories);
  if (broken_) return false;
  auto opened = storage::TxnLog::open(files_, log_, options.directories.log, recovered->last, setting_.log);
  if (!opened) return ok(FileOutcome(opened.fault()));
  txn_log_ = std::move(*opened);
  writer_ = std::make_unique<storage::CheckpointWriter>(files_, *store_, log_, options.directories.data,
                                                        recovered->pointer, std::move(recovered->checkpoint));
  return true;
}

// ---- work -----------------------------------------------------------------------------------------------------------

bool StorageRun::work(std::size_t steps) {
  for (std::size_t i = 0; i < steps; ++i) {
    change_space();
    if (!step()) return false;
  }
  return true;
}

void StorageRun::change_space() {
  if (!set_full_ || draw(8) != 0) return;
  full_ = !full_;
  set_full_(full_);
}

bool StorageRun::step() {
  if (is_beside_) return step_beside();
  switch (draw(16)) {
    case 0:
    case 1: return checkpoint();
    case 2: return settle();
    case 3: return purge();
    case 4: return write_epochs();
    case 5: return truncate();
    case 6: return begin_anew();
    default: return append_and_sync();
  }
}

bool StorageRun::append_and_sync() {
  for (std::size_t batches = 1 + draw(2); batches > 0; --batches) {
    if (!append()) return false;
  }
  return sync();
}

// What there is no room for is refused, and never was.
bool StorageRun::append() {
  std::string records;
  const Zxid first = ledger_.next(), before = ledger_.last();
  for (std::size_t count = 1 + draw(3); count > 0; --count) {
    wire::append_log_record(records, ledger_.append(random_()));
  }
  if (records.size() > txn_log_->room().ordinary) {
    ledger_.take_back_to(before);
    return true;
  }
  return ok(txn_log_->write(records, first, ledger_.last()));
}

bool StorageRun::sync() {
  if (!ok(txn_log_->sync())) return false;
  ledger_.on_durable(txn_log_->last());
  const FileResult<bool> room = txn_log_->make_room();
  return room ? true : ok(FileOutcome(room.fault()));
}

bool is_no_space(const FileOutcome& outcome) {
  return !outcome && outcome.fault().kind == FileFault::Kind::no_space;
}

bool StorageRun::checkpoint() {
  if (!waiting_) {
    const Model before = ledger_.state_at(ledger_.stored()), now = ledger_.state_at(ledger_.released());
    if (now.zxid() == before.zxid()) return true;
    waiting_ = Waiting{now.changes_since(before), now.meta(setting_.recovery.server)};
  }
  const FileOutcome stored = writer_->store(waiting_->batch, waiting_->meta);
  if (full_ && is_no_space(stored)) return true;
  if (!ok(stored)) return false;
  ledger_.on_stored(waiting_->meta.zxid);
  waiting_.reset();
  const storage::DataDirectories& where = setting_.recovery.directories;
  const auto removed =
      storage::remove_old_generations(files_, log_, where.data, where.log, writer_->pointer().generation);
  return removed ? true : ok(FileOutcome(removed.fault()));
}

bool StorageRun::settle() {
  const std::size_t pieces_max = draw(4) == 0 ? 1 : 100;
  for (std::size_t i = 0; i < pieces_max; ++i) {
    const FileResult<bool> more = writer_->settle();
    if (!more) return ok(FileOutcome(more.fault()));
    if (!*more) break;
  }
  return true;
}

bool StorageRun::purge() {
  const storage::PurgeFacts facts{writer_->stored(), 0, std::nullopt};
  const auto purged = storage::purge_logs(files_, log_, setting_.recovery.directories.log, setting_.purge, facts);
  return purged ? true : ok(FileOutcome(purged.fault()));
}

// To anywhere above the checkpoint. With one that waits for space, nobody knows where it stands.
bool StorageRun::truncate() {
  const auto lowest = static_cast<std::uint64_t>(ledger_.stored().to_wire());
  const auto highest = static_cast<std::uint64_t>(ledger_.released().to_wire());
  if (waiting_ || highest == lowest) return true;
  // Short and long ones.
  const std::uint64_t count = 1 + draw(draw(2) == 0 ? highest - lowest : std::min<std::uint64_t>(3, highest - lowest));
  const Zxid last = Zxid::from_wire(static_cast<std::int64_t>(highest - count));
  ledger_.on_truncating(last);
  const FileResult<bool> truncated = txn_log_->truncate(last, ledger_.stored());
  if (!truncated) return ok(FileOutcome(truncated.fault()));
  if (!*truncated) broken_ = text("the log would not be cut to ", to_string(last), ", which is in it");
  ledger_.on_truncated(last);
  const FileResult<bool> room = txn_log_->make_room();
  return room ? !broken_ : ok(FileOutcome(room.fault()));
}

bool StorageRun::write_epochs() {
  storage::Epochs epochs = ledger_.epochs_attempted();
  if (ledger_.are_epochs_written()) {  // else they have found no space: they are tried again
    if (draw(2) == 0) ++epochs.accepted;
    else epochs.current = epochs.accepted = epochs.accepted + 1;
  }
  ledger_.on_epochs_attempt(epochs);
  const FileOutcome written =
      storage::store_epochs(files_, setting_.recovery.directories.data, epochs, std::nullopt);
  if (full_ && is_no_space(written)) return true;
  if (!ok(written)) return false;
  ledger_.on_epochs_written();
  return true;
}

// ---- another history ------------------------------------------------------------------------------------------------

bool StorageRun::step_beside() {
  if (is_adopting_) return adopt_anew();
  switch (draw(12)) {
    case 0: return settle();
    case 1: return purge();
    case 2: return abandon_anew();
    case 3: return adopt_anew();
    default: return append_and_sync();
  }
}

// Its zxids are those of the old one as a rule: the files of both have the same names in the end.
bool StorageRun::begin_anew() {
  if (waiting_) return true;
  const auto last = static_cast<std::uint64_t>(ledger_.released().to_wire());
  const std::uint64_t at = draw(4) == 0 ? last + draw(5) : draw(4) == 0 ? 0 : draw(last + 1);
  const Model state = ledger_.begin_anew(Zxid::from_wire(static_cast<std::int64_t>(at)), random_());
  if (!put_anew(state)) return false;
  if (!is_beside_) return true;
  if (!ok(txn_log_->stage(writer_->anew_generation(), state.zxid()))) return false;
  const FileResult<bool> room = txn_log_->make_room();
  return room ? true : ok(FileOutcome(room.fault()));
}

// Without space it is given up.
bool StorageRun::put_anew(const Model& state) {
  FileOutcome done = writer_->begin_anew();
  const wire::CheckpointBatch all = state.changes_since({});
  struct Parts {
    storage::CheckpointWriter& writer;
    FileOutcome& done;
    void put(std::string_view key, std::string_view value) const {
      wire::CheckpointBatch part;
      part.put(key, value);
      if (done) done = writer.put_anew(part);
    }
    void remove(std::string_view) const {}
  };
  if (done) all.for_each(Parts{*writer_, done});
  if (done) done = writer_->finish_anew(state.meta(setting_.recovery.server));
  is_beside_ = static_cast<bool>(done);
  if (done) return true;
  ledger_.abandon_anew();
  return full_ && is_no_space(done) ? ok(writer_->abandon_anew()) : ok(done);
}

bool StorageRun::abandon_anew() {
  is_beside_ = false;
  ledger_.abandon_anew();
  if (!ok(txn_log_->abandon()) || !ok(writer_->abandon_anew())) return false;
  const FileResult<bool> room = txn_log_->make_room();
  return room ? true : ok(FileOutcome(room.fault()));
}

bool StorageRun::adopt_anew() {
  is_adopting_ = true;
  ledger_.on_adopting();
  const FileOutcome adopted = writer_->adopt_anew(setting_.recovery.directories.log);
  if (full_ && is_no_space(adopted)) return true;
  if (!ok(adopted) || !ok(txn_log_->adopt())) return false;
  is_beside_ = is_adopting_ = false;
  ledger_.on_adopted();
  const FileResult<bool> room = txn_log_->make_room();
  return room ? true : ok(FileOutcome(room.fault()));
}

bool StorageRun::stop() {
  if ((!is_beside_ && !checkpoint()) || !ok(txn_log_->close())) return false;
  txn_log_.reset();
  writer_.reset();
  return true;
}

}  // namespace zabra::test
