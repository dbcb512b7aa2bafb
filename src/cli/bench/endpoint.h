// Where servers listen, and sockets to them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/result.h"

namespace zabra::cli::bench {

struct Endpoint {
  std::string host;
  std::string port;
};

// ZooKeeper's connection string without a chroot: "host:port,[::1]:port,host"; a missing port is 2181.
Result<std::vector<Endpoint>> parse_endpoints(std::string_view text);

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
Result<Descriptor> dial(const Endpoint& endpoint);

// The system's words for errno, after what was tried.
Fault system_fault(std::string_view what);

}  // namespace zabra::cli::bench
