#include "storage/epochs.h"

#include <charconv>

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
  if (parsed.ec != std::errc{} || parsed.ptr != line.data() + line.size()) {
    return FileFault{FileFault::Kind::damaged, 0, "read", path, "not a decimal number"};
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

}  // namespace zabra::storage
