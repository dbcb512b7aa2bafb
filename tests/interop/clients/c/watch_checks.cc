// Watches and sessions through the C client.

#include "c_client.h"

namespace {

struct Watched {
  Session& zk;
  std::string path = zk.node();
  Events events{};

  void data() {
    char buffer[64];
    int length = sizeof buffer;
    equal(ZOK, zoo_wget(zk, path.c_str(), Events::of_nodes, &events, buffer, &length, nullptr));
  }
  void exist(const std::string& tail) { zoo_wexists(zk, (path + tail).c_str(), Events::of_nodes, &events, nullptr); }
  void child() {
    String_vector names{};
    equal(ZOK, zoo_wget_children(zk, path.c_str(), Events::of_nodes, &events, &names));
    deallocate_String_vector(&names);
  }
};

void data(Session& zk, Session& other) {
  Watched watched{zk};
  watched.data();
  equal(ZOK, other.create(watched.path + "/a"));
  equal(ZOK, other.set(watched.path));
  equal(ZOK, other.set(watched.path));
  zk.expect_only(watched.events, {"changed " + watched.path});
}

void exist(Session& zk, Session& other) {
  Watched watched{zk};
  watched.exist("/a");
  equal(ZOK, other.create(watched.path + "/a"));
  equal(ZOK, other.set(watched.path + "/a"));
  zk.expect_only(watched.events, {"created " + watched.path + "/a"});
}

void child(Session& zk, Session& other) {
  Watched watched{zk};
  watched.child();
  equal(ZOK, other.set(watched.path));
  equal(ZOK, other.create(watched.path + "/a"));
  equal(ZOK, other.create(watched.path + "/b"));
  zk.expect_only(watched.events, {"child " + watched.path});
  String_vector names{};
  Stat stat{};
  equal(ZOK, zoo_wget_children2(zk, watched.path.c_str(), Events::of_nodes, &watched.events, &names, &stat));
  deallocate_String_vector(&names);
  equal(ZOK, other.erase(watched.path + "/a"));
  zk.expect_only(watched.events, {"child " + watched.path});
}

void deletion_once(Session& zk, Session& other) {
  Watched watched{zk};
  watched.data();
  watched.child();
  equal(ZOK, other.erase(watched.path));
  zk.expect_only(watched.events, {"deleted " + watched.path});
}

void of_the_session(Session& zk) {
  const std::string path = zk.node();
  char buffer[8];
  int length = sizeof buffer;
  equal(ZOK, zoo_get(zk, path.c_str(), 1, buffer, &length, nullptr));
  equal(ZOK, zk.set(path));
  zk.expect_only(zk.events(), {"changed " + path});
}

void removed(Session& zk, Session& other) {
  Watched watched{zk};
  watched.data();
  watched.child();
  const char* path = watched.path.c_str();
  equal(ZOK, zoo_remove_watches(zk, path, ZWATCHTYPE_DATA, Events::of_nodes, &watched.events, 0));
  equal(ZNOWATCHER, zoo_remove_watches(zk, path, ZWATCHTYPE_DATA, Events::of_nodes, &watched.events, 0));
  equal(ZOK, other.set(watched.path));
  equal(ZOK, other.create(watched.path + "/a"));
  zk.expect_only(watched.events, {"child " + watched.path});
}

void removed_all(Session& zk, Session& other) {
  Watched watched{zk};
  watched.data();
  watched.child();
  equal(ZOK, zoo_remove_all_watches(zk, watched.path.c_str(), ZWATCHTYPE_ANY, 0));
  equal(ZOK, other.set(watched.path));
  equal(ZOK, other.create(watched.path + "/a"));
  zk.expect_only(watched.events, {});
}

void read_only_allowed(const std::string& address) {
  Session zk(address, nullptr, ZOO_READONLY);
  equal(ZOO_CONNECTED_STATE, zoo_state(zk));
  zk.node();
}

void taken_over(const std::string& address) {
  Session first(address);
  const std::string path = first.node() + "/e";
  equal(ZOK, first.create(path, "", ZOO_EPHEMERAL));
  const clientid_t id = first.id();
  equal(ZOK, zoo_set_servers(first, "127.0.0.1:1"));  // its connection ends, its session does not
  Session second(address, &id);
  equal(id.client_id, second.id().client_id);
  // The first may have been on its way to the old address already: it takes the session back once, and loses it again.
  Stat stat{};
  const auto look = [&] {
    const int synced = second.sync();
    return synced == ZOK ? zoo_exists(second, path.c_str(), 0, &stat) : synced;
  };
  int code = look();
  for (int tries = 0; code == ZCONNECTIONLOSS && tries < 5; ++tries) {
    second.events().await("connected");
    code = look();
  }
  equal(ZOK, code);
  equal(id.client_id, stat.ephemeralOwner);
}

void refused(const std::string& address) {
  Events events;
  const clientid_t nobody{0x123456789, "wrong"};
  zhandle_t* handle =
      zookeeper_init(address.c_str(), Events::of_session, Session::timeout_ms, &nobody, &events, ZOO_NO_LOG_CLIENTENV);
  events.await("expired");
  equal(ZOO_EXPIRED_SESSION_STATE, zoo_state(handle));
  zookeeper_close(handle);
}

// The session, its ephemeral, its identity and its three kinds of watches are there again after kill -9 of the server.
void survives_kill(const std::string& address) {
  Session zk(address);
  equal(ZOK, zk.authenticate("digest", "joe:pw"));
  Watched watched{zk};
  const std::string path = watched.path;
  equal(ZOK, zk.create(path + "/e", "", ZOO_EPHEMERAL));
  equal(ZOK, zoo_create(zk, (path + "/p").c_str(), "joe's", 5, &ZOO_CREATOR_ALL_ACL, ZOO_PERSISTENT, nullptr, 0));
  watched.data();
  watched.child();
  watched.exist("/new");
  const auto id = zk.id().client_id;
  please("kill");
  zk.events().await("connecting");
  please("start");
  zk.events().await("connected");
  equal(id, zk.id().client_id);
  equal(id, zk.stat(path + "/e").ephemeralOwner);
  equal("joe's", zk.get(path + "/p"));
  equal(ZOK, zk.set(path));
  equal(ZOK, zk.create(path + "/new"));
  watched.events.expect({"changed " + path, "created " + path + "/new", "child " + path});
}

}  // namespace

void check_watches(const std::string& address) {
  Session zk(address), other(address);
  check("watch.data", [&] { data(zk, other); });
  check("watch.exists", [&] { exist(zk, other); });
  check("watch.child", [&] { child(zk, other); });
  check("watch.data_and_child_report_a_deletion_once", [&] { deletion_once(zk, other); });
  check("watch.of_the_session", [&] { of_the_session(zk); });
  check("watch.remove_one", [&] { removed(zk, other); });
  check("watch.remove_all", [&] { removed_all(zk, other); });
}

void check_sessions(const std::string& address) {
  check("session.read_only_allowed_on_a_full_server", [&] { read_only_allowed(address); });
  check("session.taken_over_with_id_and_password", [&] { taken_over(address); });
  check("session.unknown_is_refused", [&] { refused(address); });
  check("session.survives_a_killed_server", [&] { survives_kill(address); });
}
