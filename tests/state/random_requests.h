// Requests at random over a few paths and sessions, so that they meet each other often. About half of them fail.
#pragma once

#include <array>
#include <random>
#include <string>
#include <vector>

#include "tests/state/requests.h"
#include "tests/support/seed.h"

namespace zabra::state::test {

class RandomRequests {
 public:
  explicit RandomRequests(std::mt19937_64& random) : random_(random) {}

  // What one session asks for; a multi now and then.
  Request next() {
    if (zabra::test::pick(random_, 6) != 0) return single(true);
    std::vector<Request> items;
    for (std::size_t count = zabra::test::pick(random_, 6); count > 0; --count) items.push_back(single(false));
    return multi(items);
  }
  std::string path() {
    std::string path;
    do {
      path += "/" + std::string(1, static_cast<char>('a' + zabra::test::pick(random_, 3)));
    } while (path.size() < 6 && zabra::test::pick(random_, 2) == 0);
    return zabra::test::pick(random_, 20) == 0 ? "/zookeeper" + path : path;
  }

 private:
  Request single(bool alone) {
    const std::string at = path();
    const auto version = static_cast<std::int32_t>(zabra::test::pick(random_, 8)) - 1;
    switch (zabra::test::pick(random_, alone ? 9 : 8)) {
      case 0:
      case 1:
      case 2:
      case 3: return any_create(at);
      case 4: return remove(at, zabra::test::pick(random_, 4) == 0 ? version : -1);
      case 5: return set_data(at, data());
      case 6: return zabra::test::pick(random_, 3) == 0 ? set_data("/", data()) : remove(at);
      case 7:
        return alone ? set_data(at, data(), version) : check(at, zabra::test::pick(random_, 2) == 0 ? version : -1);
      default: return set_acl(at, acls_[zabra::test::pick(random_, acls_.size())]);
    }
  }
  Request any_create(const std::string& at) {
    static constexpr std::array ops{OpCode::create, OpCode::create2, OpCode::create_container, OpCode::create_ttl};
    const OpCode op = ops[zabra::test::pick(random_, ops.size())];
    const auto ttl_flag = static_cast<std::int32_t>(5 + zabra::test::pick(random_, 2));
    const auto flag = static_cast<std::int32_t>(zabra::test::pick(random_, 5));
    return Create{.op = op,
                  .path = at,
                  .data = data(),
                  .acl = acls_[zabra::test::pick(random_, acls_.size())],
                  .flags = op == OpCode::create_ttl ? ttl_flag : flag,
                  .ttl_ms = 1000};
  }
  wire::NullableView data() {
    static const std::string text(40, 'd');
    const std::size_t length = zabra::test::pick(random_, 41);
    return length == 40 ? wire::NullableView{} : std::string_view(text).substr(0, length);
  }

  std::mt19937_64& random_;
  const std::array<AclBytes, 4> acls_{AclBytes::open(), AclBytes::open(),
                                      AclBytes{{31, "world", "anyone"}, {31, "ip", "::1"}},
                                      AclBytes{{31, "ip", "127.0.0.1"}}};
};

}  // namespace zabra::state::test
