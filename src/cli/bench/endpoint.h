// Sockets to servers.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "wire/host_port.h"
#include "wire/result.h"

namespace zabra::cli::bench {

// A file descriptor, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A connected, non-blocking socket without Nagle's delay. Waits up to 5 s for each address of the host.
Result<Descriptor> dial(const wire::HostPort& server);

// The system's words for errno, after what was tried.
Fault system_fault(std::string_view what);

}  // namespace zabra::cli::bench
