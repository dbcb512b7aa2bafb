// Who may connect: maxClientCnxns for each address and maxCnxns in all, counted from accept to close. 0 is no limit.
// May be used from several threads.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace zabra::net {

class Admission {
 public:
  struct Limits {
    std::uint32_t per_address = 60, total = 0;
  };

  // The place of an admitted connection; giving it up makes room for another.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), address_(std::move(other.address_)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(admission_, other.admission_);
      std::swap(address_, other.address_);
      return *this;
    }
    ~Place() { give_up(); }
    void give_up() {
      if (admission_ != nullptr) admission_->leave(address_);
      admission_ = nullptr;
    }

   private:
    friend class Admission;
    Place(Admission& admission, std::string_view address) : admission_(&admission), address_(address) {}
    Admission* admission_ = nullptr;
    std::string address_;
  };

  enum class Refusal { none, address_full, all_full };
  struct Answer {
    Refusal refusal{};
    Place place;
  };

  explicit Admission(Limits limits) : limits_(limits) {}
  Answer enter(std::string_view address);  // places must not outlive the Admission
  Limits limits() const { return limits_; }

 private:
  void leave(std::string_view address);

  const Limits limits_;
  std::mutex mutex_;
  std::map<std::string, std::uint32_t, std::less<>> by_address_;
  std::uint32_t total_ = 0;
};

}  // namespace zabra::net
