// What a thread of storage reports, in order; waits for events, never for time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/files.h"

namespace zabra::storage {

template <class Report>
class Reports {
 public:
  std::function<void(Report)> on_report() {
    return [this](Report report) { change([&] { reports_.push_back(std::move(report)); }); };
  }
  std::function<void(const FileFault&)> on_fatal() {
    return [this](const FileFault& fault) { change([&] { fatal_ = fault; }); };
  }

  // Waits until one of type T satisfies `wanted`, and gives a copy of it.
  template <class T>
  T await(const std::function<bool(const T&)>& wanted = [](const T&) { return true; }) {
    std::unique_lock hold(mutex_);
    const T* found = nullptr;
    changed_.wait(hold, [&] { return (found = find<T>(wanted)) != nullptr; });
    return *found;
  }
  FileFault await_fatal() {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return fatal_.has_value(); });
    return *fatal_;
  }
  template <class T>
  std::vector<T> all() const {
    const std::lock_guard hold(mutex_);
    std::vector<T> found;
    for (const Report& report : reports_) {
      if (const T* it = std::get_if<T>(&report)) found.push_back(*it);
    }
    return found;
  }
  bool is_fatal() const {
    const std::lock_guard hold(mutex_);
    return fatal_.has_value();
  }

 private:
  template <class Change>
  void change(Change change) {
    {
      const std::lock_guard hold(mutex_);
      change();
    }
    changed_.notify_all();
  }
  template <class T>
  const T* find(const std::function<bool(const T&)>& wanted) const {
    for (const Report& report : reports_) {
      const T* it = std::get_if<T>(&report);
      if (it && wanted(*it)) return it;
    }
    return nullptr;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Report> reports_;
  std::optional<FileFault> fatal_;
};

// A place where a call of the disk waits until it is let go.
class Gate {
 public:
  // Called by the disk.
  void pass() {
    std::unique_lock hold(mutex_);
    reached_ = true;
    changed_.notify_all();
    changed_.wait(hold, [this] { return open_; });
  }
  void await_reached() {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [this] { return reached_; });
  }
  void open() {
    const std::lock_guard hold(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false, open_ = false;
};

}  // namespace zabra::storage
