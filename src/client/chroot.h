// The path below which a client sees the world. Servers know nothing of it: requests get it, answers and events lose it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace zabra::client {

class Chroot {
 public:
  Chroot() = default;                                                // none: "/" is the root
  explicit Chroot(std::string path) : path_(std::move(path)) {}  // valid, and not "/"

  const std::string& path() const { return path_; }

  std::string to_server(std::string_view path) const {
    if (path_.empty()) return std::string(path);
    return path == "/" ? path_ : path_ + std::string(path);
  }
  // What lies outside stays as it is: the ensemble's configuration can be watched from everywhere.
  std::string to_client(std::string_view path) const {
    if (path_.empty() || !path.starts_with(path_)) return std::string(path);
    const std::string_view rest = path.substr(path_.size());
    if (rest.empty()) return "/";
    return std::string(rest.front() == '/' ? rest : path);
  }

 private:
  std::string path_;
};

}  // namespace zabra::client
