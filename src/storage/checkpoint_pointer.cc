#include "storage/checkpoint_pointer.h"

#include <charconv>
#include <string_view>

#include "wire/log_format.h"

namespace zabra::storage {

namespace {

constexpr std::string_view first_line = "zabra-checkpoint 1\n";
constexpr std::size_t file_bytes_max = 1024;

std::string checksum_of(std::string_view lines) {
  return to_hex(static_cast<std::int64_t>(wire::adler32(lines)));
}

// Takes "<key> <number>\n" from the front of `rest`: decimal, or hex behind 0x.
std::optional<std::int64_t> take_number(std::string_view& rest, std::string_view key) {
  if (!rest.starts_with(key) || !rest.substr(key.size()).starts_with(' ')) return std::nullopt;
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view digits = rest.substr(key.size() + 1, end - key.size() - 1);
  rest.remove_prefix(end + 1);
  const bool hex = digits.starts_with("0x");
  if (hex) digits.remove_prefix(2);
  std::uint64_t bits = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bits, hex ? 16 : 10);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return static_cast<std::int64_t>(bits);
}

}  // namespace

std::string checkpoint_directory_name(std::uint64_t generation) { return "checkpoint." + std::to_string(generation); }

std::string render(const CheckpointPointer& pointer) {
  std::string text(first_line);
  text += "server " + std::to_string(pointer.server.value) + "\n";
  text += "generation " + std::to_string(pointer.generation) + "\n";
  text += "log-start " + to_string(pointer.log_start) + "\n";
  text += "stored " + to_string(pointer.stored) + "\n";
  if (pointer.logs_of != pointer.generation) text += "logs " + std::to_string(pointer.logs_of) + "\n";
  return text + "checksum " + checksum_of(text) + "\n";
}

Result<CheckpointPointer> parse_checkpoint_pointer(const std::string& text) {
  std::string_view rest = text;
  if (!rest.starts_with(first_line)) return Fault{"not a checkpoint pointer of a known version", 0};
  rest.remove_prefix(first_line.size());
  const auto server = take_number(rest, "server");
  const auto generation = take_number(rest, "generation");
  const auto log_start = take_number(rest, "log-start");
  const auto stored = take_number(rest, "stored");
  const auto logs_of = take_number(rest, "logs");
  const std::size_t offset = text.size() - rest.size();
  if (!server || !generation || !log_start || !stored) return Fault{"a line is missing or is no number", offset};
  const auto checksum = take_number(rest, "checksum");
  if (!checksum || !rest.empty()) return Fault{"cut off, or more than there should be", offset};
  if (to_hex(*checksum) != checksum_of(std::string_view(text).substr(0, offset))) {
    return Fault{"wrong checksum", offset};
  }
  return CheckpointPointer{ServerId{*server}, static_cast<std::uint64_t>(*generation), Zxid::from_wire(*log_start),
                           Zxid::from_wire(*stored), static_cast<std::uint64_t>(logs_of.value_or(*generation))};
}

FileResult<std::optional<CheckpointPointer>> read_checkpoint_pointer(Files& files, const std::string& directory) {
  const std::string path = join(directory, checkpoint_pointer_name);
  FileResult<std::string> text = read_small_file(files, path, file_bytes_max);
  if (!text) {
    if (text.fault().kind == FileFault::Kind::missing) return std::optional<CheckpointPointer>();
    return text.fault();
  }
  const Result<CheckpointPointer> pointer = parse_checkpoint_pointer(*text);
  if (!pointer) return FileFault{FileFault::Kind::damaged, 0, "read", path, pointer.fault().reason};
  return std::optional<CheckpointPointer>(*pointer);
}

FileOutcome replace_checkpoint_pointer(Files& files, const std::string& directory, const CheckpointPointer& pointer) {
  return replace_file(files, join(directory, checkpoint_pointer_name), render(pointer));
}

}  // namespace zabra::storage
