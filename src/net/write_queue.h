// Bytes that the kernel would not take yet, in order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zabra::net {

class WriteQueue {
 public:
  bool empty() const { return front_ == bytes_.size(); }
  std::size_t size() const { return bytes_.size() - front_; }
  std::string_view front() const { return std::string_view(bytes_).substr(front_); }

  // Adds `bytes` but for their first `written`. A long rest is moved, not copied; `bytes` is left empty.
  void add(std::string& bytes, std::size_t written);
  void taken(std::size_t bytes);
  void clear();

 private:
  std::string bytes_;
  std::size_t front_ = 0;
};

}  // namespace zabra::net
