#include "tests/crash/ledger.h"

#include <algorithm>

#include "base/log.h"
#include "storage/log_reader.h"
#include "storage/purge.h"
#include "wire/txn.h"

namespace zabra::test {

namespace {

constexpr std::size_t paths = 12, sessions = 3, data_bytes_max = 3000;

wire::TxnBody draw_body(std::uint64_t draw, const std::string& path, const std::string& data) {
  switch (draw % 8) {
    case 0: return wire::DeleteTxn{path};
    case 1: return wire::ErrorTxn{ErrorCode{-101}};
    case 2: return wire::CreateSessionTxn{static_cast<std::int32_t>(draw % 30000)};
    case 3: return wire::CloseSessionTxn{};
    case 4: return wire::SetDataTxn{path, data, static_cast<std::int32_t>(draw % 100)};
    default: return wire::CreateTxn{path, data, {}, false, 1};
  }
}

OpCode type_of(const wire::TxnBody& body) {
  if (std::holds_alternative<wire::DeleteTxn>(body)) return OpCode::remove;
  if (std::holds_alternative<wire::ErrorTxn>(body)) return OpCode::error;
  if (std::holds_alternative<wire::CreateSessionTxn>(body)) return OpCode::create_session;
  if (std::holds_alternative<wire::CloseSessionTxn>(body)) return OpCode::close_session;
  return std::holds_alternative<wire::SetDataTxn>(body) ? OpCode::set_data : OpCode::create;
}

}  // namespace

std::string Ledger::draw_entry(Zxid zxid, std::uint64_t draw) {
  const std::string path = "/n" + std::to_string(draw / 8 % paths);
  // The serial tells a revived record from the one that was written in its place later.
  const std::string data = std::to_string(++serial_) + std::string(draw / 128 % data_bytes_max, '.');
  wire::Txn txn;
  txn.header.zxid = zxid;
  txn.header.session = {static_cast<std::int64_t>(draw / 8 % sessions + 1)};
  txn.header.time_ms = static_cast<std::int64_t>(serial_);
  txn.body = draw_body(draw, path, data);
  txn.header.type = type_of(txn.body);
  std::string entry;
  wire::append_txn(entry, txn);
  return entry;
}

std::string Ledger::append(std::uint64_t draw) {
  const Zxid zxid = next();
  writing().written.push_back({zxid, draw_entry(zxid, draw)});
  return writing().written.back().entry;
}

const Model& Ledger::begin_anew(Zxid zxid, std::uint64_t draw) {
  History anew;
  const std::int64_t last = zxid.to_wire();
  for (std::int64_t at = std::max<std::int64_t>(1, last - 5); at <= last; ++at) {
    CHECK(anew.base.on_txn(draw_entry(Zxid::from_wire(at), draw * 31 + static_cast<std::uint64_t>(at) * 8 + 5)));
  }
  anew.released = anew.stored = anew.promised_stored = zxid;
  anew_ = std::move(anew);
  return anew_->base;
}

void Ledger::on_adopted() {
  history_ = std::move(*anew_);
  anew_.reset();
  is_adopting_ = false;
  ++generation_;
  ++reached_.adoptions;
}

Model Ledger::History::state_at(Zxid zxid) const {
  Model model = base;
  for (const Written& entry : written) {
    if (entry.zxid > zxid) break;
    CHECK(model.on_txn(entry.entry));
  }
  return model;
}

// ---- after a start --------------------------------------------------------------------------------------------------

std::optional<std::string> Ledger::check(const storage::Recovered& recovered, const Model& state) {
  if (auto broken = check_generation(recovered.pointer.generation)) return broken;
  if (auto broken = check_history(recovered, state)) return broken;
  if (auto broken = check_epochs(recovered.epochs)) return broken;
  history_.take_back_to(recovered.last);
  history_.released = recovered.last;
  history_.stored = recovered.checkpointed;
  history_.promised_stored = recovered.pointer.stored;
  return std::nullopt;
}

// The old history, or the new one; never a mixture.
std::optional<std::string> Ledger::check_generation(std::uint64_t generation) {
  if (is_adopting_ && generation == generation_ + 1) {
    ++reached_.adoptions_found_at_start;
    on_adopted();
  }
  anew_.reset();
  is_adopting_ = false;
  if (generation == generation_) return std::nullopt;
  return text("found history ", generation, " instead of ", generation_);
}

std::optional<std::string> Ledger::check_history(const storage::Recovered& recovered, const Model& state) {
  if (recovered.last < history_.released) {
    return text("lost: ", to_string(history_.released), " was acknowledged, the log ends at ",
                to_string(recovered.last));
  }
  if (recovered.last > history_.last()) return text("invented: ", to_string(recovered.last), " was never written");
  if (recovered.pointer.stored < history_.promised_stored) {
    return text("the pointer stands at ", to_string(recovered.pointer.stored), " below ",
                to_string(history_.promised_stored));
  }
  if (recovered.checkpointed < history_.promised_stored) {
    return text("the checkpoint stands at ", to_string(recovered.checkpointed), " below ",
                to_string(history_.promised_stored));
  }
  if (recovered.checkpointed > history_.released) return text("the checkpoint ran ahead of the log");
  if (!state.same_state(state_at(recovered.last))) return text("the state is not that at ", to_string(recovered.last));
  return std::nullopt;
}

std::optional<std::string> Ledger::check_files(storage::Files& files, const storage::DataDirectories& where) {
  if (auto broken = check_torn(files)) return broken;
  return check_run(files, where.log);
}

// Each file is the old one or the new one.
std::optional<std::string> Ledger::check_epochs(const storage::Epochs& epochs) {
  const bool accepted_is_known =
      epochs.accepted == epochs_written_.accepted || epochs.accepted == epochs_attempted_.accepted;
  const bool current_is_known =
      epochs.current == epochs_written_.current || epochs.current == epochs_attempted_.current;
  if (!accepted_is_known || !current_is_known || epochs.current > epochs.accepted) {
    return text("epochs: ", epochs.accepted, "/", epochs.current, " instead of ", epochs_written_.accepted, "/",
                epochs_written_.current, " or ", epochs_attempted_.accepted, "/", epochs_attempted_.current);
  }
  epochs_written_ = epochs_attempted_ = epochs;
  return std::nullopt;
}

// A torn tail that was saved, and said to be, stays.
std::optional<std::string> Ledger::check_torn(storage::Files& files) const {
  for (const auto& [path, bytes] : torn_) {
    const auto found = storage::read_small_file(files, path, 1 << 20);
    if (!found) return "saved, then lost: " + storage::to_string(found.fault());
    if (*found != bytes) return path + ": saved, then changed";
  }
  return std::nullopt;
}

// All log files together are one contiguous run of what was written, up to the end.
std::optional<std::string> Ledger::check_run(storage::Files& files, const std::string& directory) const {
  const auto logs = storage::list_log_files(files, directory);
  if (!logs) return storage::to_string(logs.fault());
  std::optional<Zxid> before;
  for (const storage::LogFile& log : *logs) {
    auto reader = storage::LogReader::open(files, storage::join(directory, log.name), 1 << 20);
    if (!reader) return storage::to_string(reader.fault());
    for (;;) {
      const auto step = reader->next();
      if (!step) return storage::to_string(step.fault());
      const auto* record = std::get_if<storage::ReadRecord>(&*step);
      if (!record) break;
      const Zxid zxid = wire::decode_txn_header(record->entry)->zxid;
      if (before && zxid != before->next()) {
        return text(log.name, ": ", to_string(zxid), " behind ", to_string(*before));
      }
      const auto written = std::find_if(history_.written.begin(), history_.written.end(),
                                        [&](const Written& w) { return w.zxid == zxid; });
      if (written == history_.written.end() || written->entry != record->entry) {
        return text(log.name, ": ", to_string(zxid), " is not what was written last under that zxid");
      }
      before = zxid;
    }
  }
  if (before && *before != last()) return text("the files end at ", to_string(*before), ", not at ", to_string(last()));
  return std::nullopt;
}

}  // namespace zabra::test
