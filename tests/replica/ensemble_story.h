// What stories of several servers share: clients that wait for what they have asked for.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/replica/cluster.h"
#include "tests/replica/test_client.h"
#include "wire/client_packets.h"

namespace zabra::replica::test {

using Lines = std::vector<std::string>;

class Ensembles : public testing::Test {
 protected:
  // What is heard next, once there is something.
  static Lines heard_next(Cluster& cluster, TestClient& client) {
    Lines lines;
    cluster.run_until([&] {
      for (std::string& line : client.heard()) lines.push_back(std::move(line));
      return !lines.empty();
    });
    return lines;
  }
  // A session on the server.
  static void establish(Cluster& cluster, TestClient& client, const Connecting& how = {}) {
    client.connect(how);
    const Lines lines = heard_next(cluster, client);
    ASSERT_FALSE(lines.empty());
    ASSERT_EQ(lines.back().substr(0, 9), "connected");
  }
  static Lines answer(Cluster& cluster, TestClient& client, const Request& request) {
    client.send(request);
    return heard_next(cluster, client);
  }
  // Of a session that this ensemble has never had.
  static Connecting with_right_password(std::int64_t id) {
    const wire::Password password = wire::session_password(SessionId{id});
    return {.session = SessionId{id}, .password = std::string(password.data(), password.size())};
  }
};

}  // namespace zabra::replica::test
