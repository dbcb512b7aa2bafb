#include "cli/bench/tree_layout.h"

#include <charconv>

#include "wire/check.h"

namespace zabra::cli::bench {

namespace {

constexpr std::size_t parent_digits = 8, leaf_digits = 7;
constexpr std::size_t parent_bytes = 2 + parent_digits, leaf_bytes = 2 + leaf_digits;  // with "/p" and "/n"

void put_digits(char* last, std::size_t digits, std::uint32_t number) {
  for (std::size_t i = 0; i < digits; ++i, number /= 10) *last-- = static_cast<char>('0' + number % 10);
}

std::optional<std::uint32_t> parse(std::string_view segment, std::string_view prefix) {
  if (!segment.starts_with(prefix)) return std::nullopt;
  std::uint32_t number = 0;
  const char* end = segment.data() + segment.size();
  const auto [stopped, error] = std::from_chars(segment.data() + prefix.size(), end, number);
  return error == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

}  // namespace

TreeLayout::TreeLayout(std::string directory, std::uint32_t children)
    : leaf_(directory + "/p" + std::string(parent_digits, '0') + "/n" + std::string(leaf_digits, '0')),
      parent_(directory + "/p" + std::string(parent_digits, '0')),
      children_(children) {
  CHECK(children >= 1 && children <= children_max);
  for (std::size_t slash = directory.find('/', 1); slash != std::string::npos; slash = directory.find('/', slash + 1)) {
    directories_.push_back(directory.substr(0, slash));
  }
  directories_.push_back(std::move(directory));
}

std::string_view TreeLayout::path(Level level, std::uint32_t number) {
  switch (level) {
    case Level::leaf: return leaf_path(number);
    case Level::parent: return parent_path(number);
    case Level::directory: return directories_[number];
  }
  return {};
}

std::string_view TreeLayout::leaf_path(std::uint32_t number) {
  char* last = leaf_.data() + leaf_.size() - 1;
  put_digits(last, leaf_digits, number % children_);
  put_digits(last - leaf_bytes, parent_digits, number / children_);
  return leaf_;
}

std::string_view TreeLayout::parent_path(std::uint32_t parent) {
  put_digits(parent_.data() + parent_.size() - 1, parent_digits, parent);
  return parent_;
}

std::optional<std::uint32_t> leaf_number(std::string_view path, std::uint32_t children) {
  if (path.size() < parent_bytes + leaf_bytes) return std::nullopt;
  const auto child = parse(path.substr(path.size() - leaf_bytes), "/n");
  const auto parent = parse(path.substr(path.size() - leaf_bytes - parent_bytes, parent_bytes), "/p");
  if (!child || !parent) return std::nullopt;
  return *parent * children + *child;
}

}  // namespace zabra::cli::bench
