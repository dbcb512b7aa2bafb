#include "storage/epochs.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/log.h"
#include "wire/check.h"

namespace zabra::storage {

namespace {

constexpr const char* accepted_name = "acceptedEpoch";
constexpr const char* current_name = "currentEpoch";
constexpr std::size_t file_bytes_max = 64;

FileResult<std::optional<std::int64_t>> read_epoch(Files& files, const std::string& path) {
  FileResult<std::string> text = read_small_file(files, path, file_bytes_max);
  if (!text) {
    if (text.fault().kind == FileFault::Kind::missing) return std::optional<std::int64_t>();
    return text.fault();
  }
  const std::string_view line = std::string_view(*text).substr(0, text->find_first_of("\r\n"));
  std::int64_t epoch = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), epoch);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == line.data() + line.size();
  if (!is_number || epoch < 0 || epoch > std::numeric_limits<std::uint32_t>::max()) {
    return FileFault{FileFault::Kind::damaged, 0, "read", path, "not the decimal number of an epoch"};
  }
  return std::optional<std::int64_t>(epoch);
}

}  // namespace

FileResult<std::optional<std::int64_t>> read_accepted_epoch(Files& files, const std::string& directory) {
  return read_epoch(files, join(directory, accepted_name));
}
FileResult<std::optional<std::int64_t>> read_current_epoch(Files& files, const std::string& directory) {
  return read_epoch(files, join(directory, current_name));
}
FileOutcome write_accepted_epoch(Files& files, const std::string& directory, std::int64_t epoch) {
  return replace_file(files, join(directory, accepted_name), std::to_string(epoch));
}
FileOutcome write_current_epoch(Files& files, const std::string& directory, std::int64_t epoch) {
  return replace_file(files, join(directory, current_name), std::to_string(epoch));
}

FileOutcome store_epochs(Files& files, const std::string& directory, const Epochs& epochs,
                         const std::optional<Epochs>& had) {
  CHECK(epochs.current <= epochs.accepted);
  if (!had || had->accepted != epochs.accepted) {
    if (FileOutcome done = write_accepted_epoch(files, directory, epochs.accepted); !done) return done;
  }
  if (had && had->current == epochs.current) return Done{};
  return write_current_epoch(files, directory, epochs.current);
}

FileResult<Epochs> read_epochs(Files& files, const std::string& directory, Zxid last) {
  const auto accepted = read_accepted_epoch(files, directory);
  if (!accepted) return accepted.fault();
  const auto current = read_current_epoch(files, directory);
  if (!current) return current.fault();
  Epochs epochs;
  epochs.current = current->value_or(last.epoch);
  epochs.accepted = accepted->value_or(std::max<std::int64_t>(epochs.current, last.epoch));
  if (!*current) epochs.current = std::min(epochs.current, epochs.accepted);
  if (epochs.current > epochs.accepted) {
    return FileFault{FileFault::Kind::damaged, 0, "read", join(directory, current_name),
                     text("says ", epochs.current, ", but ", accepted_name, " says ", epochs.accepted)};
  }
  return epochs;
}

}  // namespace zabra::storage
