#include "storage/checkpoint_writer.h"

#include <optional>
#include <utility>

#include "storage/adoption.h"
#include "wire/check.h"

namespace zabra::storage {

CheckpointWriter::CheckpointWriter(Files& files, CheckpointStore& store, Log& log, std::string directory,
                                   CheckpointPointer pointer, std::unique_ptr<Checkpoint> open)
    : files_(files),
      store_(store),
      log_(log),
      directory_(std::move(directory)),
      pointer_(pointer),
      checkpoint_(std::move(open)),
      failed_(!checkpoint_) {}

std::string CheckpointWriter::checkpoint_path() const {
  return join(directory_, checkpoint_directory_name(pointer_.generation));
}

FileOutcome CheckpointWriter::ensure_open() {
  if (checkpoint_) return Done{};
  FileResult<std::unique_ptr<Checkpoint>> opened = store_.open(checkpoint_path(), pointer_.stored == zxid_zero);
  if (!opened) return opened.fault();
  const FileResult<std::optional<wire::CheckpointMeta>> meta = (*opened)->meta();
  if (!meta) return meta.fault();
  const Zxid zxid = *meta ? (*meta)->zxid : zxid_zero;
  if (zxid < pointer_.stored) {
    return FileFault{FileFault::Kind::damaged, 0, "open", checkpoint_path(),
                     text("stands at ", to_string(zxid), ", but ", to_string(pointer_.stored), " was stored")};
  }
  checkpoint_ = std::move(*opened);
  if (std::exchange(failed_, false)) log_.info(text("checkpoint opened again: ", checkpoint_path()));
  return Done{};
}

FileOutcome CheckpointWriter::store(const wire::CheckpointBatch& batch, const wire::CheckpointMeta& meta) {
  CHECK(meta.zxid >= pointer_.stored && meta.server == pointer_.server);
  if (FileOutcome opened = ensure_open(); !opened) return opened;
  if (FileOutcome written = checkpoint_->write(batch, meta); !written) {
    close_failed();
    return written;
  }
  CheckpointPointer pointer = pointer_;
  pointer.stored = meta.zxid;
  if (FileOutcome replaced = replace_checkpoint_pointer(files_, directory_, pointer); !replaced) return replaced;
  pointer_ = pointer;
  return Done{};
}

FileResult<std::unique_ptr<CheckpointView>> CheckpointWriter::view() {
  if (FileOutcome opened = ensure_open(); !opened) return opened.fault();
  return checkpoint_->view();
}

FileResult<bool> CheckpointWriter::settle() {
  if (!checkpoint_) return false;
  FileResult<bool> more = checkpoint_->settle();
  if (more || more.fault().kind != FileFault::Kind::no_space) return more;
  log_.warning(text("no space to merge the checkpoint: ", to_string(more.fault())));
  close_failed();
  return false;
}

// ---- another history ------------------------------------------------------------------------------------------------

FileOutcome CheckpointWriter::begin_anew() {
  if (FileOutcome gone = abandon_anew(); !gone) return gone;
  if (FileOutcome made = make_directories(files_, anew_path()); !made) return made;
  return ensure_anew_open();
}

FileOutcome CheckpointWriter::ensure_anew_open() {
  if (anew_) return Done{};
  FileResult<std::unique_ptr<Checkpoint>> opened = store_.open(anew_path(), true);
  if (!opened) return opened.fault();
  anew_ = std::move(*opened);
  return Done{};
}

// After a fault a checkpoint must be opened again.
FileOutcome CheckpointWriter::close_anew_failed(FileOutcome outcome) {
  if (!outcome) anew_.reset();
  return outcome;
}

FileOutcome CheckpointWriter::put_anew(const wire::CheckpointBatch& part) {
  if (FileOutcome opened = ensure_anew_open(); !opened) return opened;
  return close_anew_failed(anew_->load(part));
}

FileOutcome CheckpointWriter::finish_anew(wire::CheckpointMeta meta) {
  meta.server = pointer_.server;
  anew_zxid_ = meta.zxid;
  if (FileOutcome opened = ensure_anew_open(); !opened) return opened;
  if (meta.zxid == zxid_zero) return Done{};
  return close_anew_failed(anew_->write({}, meta));
}

FileOutcome CheckpointWriter::adopt_anew(const std::string& log_directory) {
  if (pointer_.logs_of == pointer_.generation) {
    CHECK(anew_);
    const CheckpointPointer pointer{pointer_.server, anew_generation(), anew_zxid_.next(), anew_zxid_,
                                    pointer_.logs_of};
    if (FileOutcome replaced = replace_checkpoint_pointer(files_, directory_, pointer); !replaced) return replaced;
    pointer_ = pointer;
    checkpoint_ = std::move(anew_);
    failed_ = false;
  }
  return set_old_logs_aside(files_, directory_, log_directory, pointer_);
}

FileOutcome CheckpointWriter::abandon_anew() {
  anew_.reset();
  return remove_checkpoint(files_, directory_, anew_generation());
}

void CheckpointWriter::close_failed() {
  checkpoint_.reset();
  failed_ = true;
}

}  // namespace zabra::storage
