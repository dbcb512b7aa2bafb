// The writer of the transaction log: `log.<hex zxid of its first record>` in one directory, ZooKeeper's format.
//
//   spare                 the next file: allocated, header written and synced, no record yet
//     | first write: rename to log.<zxid>, fsync of the directory
//     v
//   log.100000001         |#### records ####|...... allocated, zero ......|
//     | make_room() extends it, or, past roll_bytes, prepares a spare and closes it: cut behind its last record, synced
//     v
//   reserve               a small allocated file for a start on a full disk: it takes the place of the spare then
//
// Only the file being written holds spare space. No record is ever written to a file whose name is not durable, and
// none to a new file before the old one is synced, so that only the last file can be torn, and only behind the last
// sync().
//
// Any fault of write(), sync() or close(), and any that is not no_space of the others, is fatal: the caller ends the
// process. After a failed fsync nobody knows what is on disk, and no space on what was already reserved means that the
// promise of LogRoom is broken.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/log.h"
#include "base/log_room.h"
#include "storage/files.h"
#include "storage/log_files.h"
#include "wire/ids.h"

namespace zabra::storage {

struct TxnLogOptions {
  std::uint64_t extent_bytes = 64 << 20;  // preAllocSize: a file begins with this much and grows by it
  std::uint64_t roll_bytes = 64 << 20;    // txnLogSizeLimitInKb: a file with more is closed between two batches
  std::uint64_t room_low = limits::log_room_low;
  std::uint64_t reserve_bytes = limits::log_reserve_bytes;
  std::uint64_t batch_bytes_max = limits::log_batch_bytes_max;  // never more than this is unsynced
};

class TxnLog {
 public:
  // `directory` must exist and be recovered; what a history that was never adopted has left in it goes. `last` is the
  // last zxid that it, or the checkpoint, holds. Takes the space for the first file; without space the log is open all
  // the same: see room().
  static FileResult<std::unique_ptr<TxnLog>> open(Files& files, Log& log, std::string directory, Zxid last,
                                                  TxnLogOptions options);

  // Framed records first … last (wire/log_format.h), to be durable after the next sync(). `first` is above all before.
  FileOutcome write(std::string_view records, Zxid first, Zxid last);
  // Everything written so far is on disk when it returns.
  FileOutcome sync();
  Zxid last() const { return last_; }
  Files& files() { return files_; }
  Log& log() { return log_; }

  // Between two batches: rolls, and allocates until room_low is there. True when room() has changed. No space is not a
  // fault: it shows in room().full, and the next call tries again.
  FileResult<bool> make_room();
  // Never shrinks but by what is written.
  LogRoom room() const;

  // Cuts the log back: `last` is its last record from now on, and whatever crash comes meanwhile leaves an unbroken log
  // that ends between the two. False, and nothing changed, when `last` is no record here (nor `floor`, behind which the
  // log begins then) or lies below `floor`, what the checkpoint stands at. All that was written must be synced. What
  // comes next goes to a new file, for which make_room() must be called first.
  FileResult<bool> truncate(Zxid last, Zxid floor);

  // ---- another history (adoption.h) ----
  // From now on records belong to it, behind `last`, in files of their own. The log that was is closed. All that was
  // written must be synced, here and below; make_room() must follow.
  FileOutcome stage(std::uint64_t generation, Zxid last);
  // The old logs are aside, the pointer says that this is the history now: its files get their names for good.
  FileOutcome adopt();
  // The log that was goes on.
  FileOutcome abandon();
  bool is_staged() const { return staged_.has_value(); }

  // Syncs and gives back the spare space: a clean stop.
  FileOutcome close();

 private:
  // A file that records go, or will go, to.
  struct Writing {
    std::unique_ptr<File> file;
    std::string path;
    std::uint64_t position = 0;   // where the next record goes
    std::uint64_t allocated = 0;  // the size of the file
    std::uint64_t spare() const { return allocated - position; }
    // A fault with the name that the file has now: it was opened under another.
    FileOutcome named(FileOutcome outcome) const;
  };

  TxnLog(Files& files, Log& log, std::string directory, Zxid last, TxnLogOptions options);

  FileOutcome make_fit(std::uint64_t bytes, Zxid first);
  FileOutcome begin_file(Zxid first);
  FileOutcome close_active();
  std::string path_of(Zxid first) const;
  FileOutcome remove_behind(std::span<const LogFile> logs);

  // Steps of make_room(): false when there was no space.
  FileResult<bool> roll_if_due();
  FileResult<bool> grow_while_low();
  FileResult<bool> ensure_reserve_file();
  FileOutcome fall_back_to_reserve();

  FileResult<bool> extend(Writing& writing, std::uint64_t bytes);
  FileResult<bool> prepare(std::uint64_t bytes);
  FileResult<Writing> allocate_file(const std::string& path, std::uint64_t bytes);
  std::uint64_t reserve_file_bytes() const;
  bool prepared_is_reserve() const;
  void note_full(bool full);
  const Writing* front() const;  // where the next record goes

  Files& files_;
  Log& log_;
  const std::string directory_;
  const TxnLogOptions options_;
  Zxid last_;
  struct Staged { std::uint64_t generation = 0; Zxid old_last; };
  std::optional<Staged> staged_;
  std::optional<Writing> active_;    // has a name
  std::optional<Writing> prepared_;  // has none yet
  std::uint64_t unsynced_bytes_ = 0;
  bool full_ = false;
  bool reserve_file_there_ = false;
};

}  // namespace zabra::storage
