// Nodes, multis and ACLs through the C client.

#include <array>
#include <tuple>

#include "c_client.h"

namespace {

bool operator==(const Stat& a, const Stat& b) {
  const auto all = [](const Stat& s) {
    return std::tie(s.czxid, s.mzxid, s.ctime, s.mtime, s.version, s.cversion, s.aversion, s.ephemeralOwner,
                    s.dataLength, s.numChildren, s.pzxid);
  };
  return all(a) == all(b);
}

void create_and_delete(Session& zk) {
  const std::string root = zk.node();
  equal(ZOK, zk.create(root + "/a", "data"));
  equal("data", zk.get(root + "/a"));
  equal(ZNODEEXISTS, zk.create(root + "/a"));
  equal(ZNONODE, zk.create(root + "/no/x"));
  equal(ZNOTEMPTY, zk.erase(root));
  equal(ZBADVERSION, zk.erase(root + "/a", 7));
  equal(ZOK, zk.erase(root + "/a", 0));
  equal(ZNONODE, zk.erase(root + "/a"));
}

void create2(Session& zk) {
  const std::string path = zk.node() + "/a";
  char name[64];
  Stat stat{};
  equal(ZOK, zoo_create2(zk, path.c_str(), "data", 4, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, name, sizeof name, &stat));
  equal(path, std::string(name));
  that(stat == zk.stat(path), "the answer's stat is the node's");
  equal(4, stat.dataLength);
}

void sequential(Session& zk) {
  const std::string root = zk.node();
  equal(root + "/s-0000000000", zk.created(root + "/s-", ZOO_PERSISTENT_SEQUENTIAL));
  equal(root + "/e-0000000001", zk.created(root + "/e-", ZOO_EPHEMERAL_SEQUENTIAL));
  equal(zk.id().client_id, zk.stat(root + "/e-0000000001").ephemeralOwner);
}

void ephemeral(Session& zk, const std::string& address) {
  const std::string root = zk.node();
  Events gone;
  {
    Session owner(address);
    equal(ZOK, owner.create(root + "/e", "", ZOO_EPHEMERAL));
    equal(ZNOCHILDRENFOREPHEMERALS, owner.create(root + "/e/x"));
    zk.settle();
    equal(ZOK, zoo_wexists(zk, (root + "/e").c_str(), Events::of_nodes, &gone, nullptr));
  }
  gone.expect({"deleted " + root + "/e"});
}

void container(Session& zk) {
  const std::string path = zk.node() + "/c";
  equal(ZOK, zk.create(path, "", ZOO_CONTAINER));
  equal(ZOK, zk.create(path + "/x"));
  Events gone;
  equal(ZOK, zoo_wexists(zk, path.c_str(), Events::of_nodes, &gone, nullptr));
  equal(ZOK, zk.erase(path + "/x"));
  gone.expect({"deleted " + path});
}

void ttl(Session& zk) {
  const std::string root = zk.node();
  char name[64];
  equal(ZOK, zoo_create_ttl(zk, (root + "/long-").c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE,
                            ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, 3600000, name, sizeof name));
  equal(root + "/long-0000000000", std::string(name));
  Events gone;
  Stat stat{};
  equal(ZNONODE, zoo_wexists(zk, (root + "/short").c_str(), Events::of_nodes, &gone, nullptr));
  equal(ZOK, zoo_create2_ttl(zk, (root + "/short").c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_WITH_TTL, 100,
                             name, sizeof name, &stat));
  gone.expect({"created " + root + "/short"});
  if (zoo_wexists(zk, (root + "/short").c_str(), Events::of_nodes, &gone, nullptr) == ZOK) {
    gone.expect({"deleted " + root + "/short"});
  }
  equal(std::vector<std::string>{"long-0000000000"}, zk.children(root));
}

void get_and_set(Session& zk) {
  const std::string path = zk.node();
  Stat written{}, read{};
  equal(ZOK, zoo_set2(zk, path.c_str(), "one", 3, 0, &written));
  equal(1, written.version);
  char data[16];
  int length = sizeof data;
  equal(ZOK, zoo_get(zk, path.c_str(), 0, data, &length, &read));
  that(written == read, "what was written is read");
  equal(ZBADVERSION, zk.set(path, "two", 0));
  equal(ZNONODE, zk.set(path + "/no"));
  equal(ZOK, zoo_set(zk, path.c_str(), nullptr, -1, -1));
  equal("null", zk.get(path));
  equal(ZOK, zk.set(path, ""));
  equal("", zk.get(path));
}

void children(Session& zk) {
  const std::string root = zk.node();
  equal(ZOK, zk.create(root + "/b"));
  equal(ZOK, zk.create(root + "/a"));
  equal({"a", "b"}, zk.children(root));
  String_vector names{};
  Stat stat{};
  equal(ZOK, zoo_get_children2(zk, root.c_str(), 0, &names, &stat));
  equal({"a", "b"}, sorted_and_freed(names));
  that(stat == zk.stat(root), "the list's stat is the node's");
  equal(2, stat.numChildren);
}

// One server has none; the servers of an ensemble name themselves.
void config(Session& zk, const std::string& address) {
  char data[1024];
  int length = sizeof data;
  equal(ZOK, zoo_getconfig(zk, 0, data, &length, nullptr));
  const std::string text(data, static_cast<std::size_t>(length));
  if (address.find(',') == std::string::npos) {
    equal("", text);
  } else {
    equal("server.1=", text.substr(0, 9));
    equal("\nversion=0", text.substr(text.rfind('\n')));
  }
  length = sizeof data;
  equal(ZRECONFIGDISABLED, zoo_reconfig(zk, nullptr, "1", nullptr, -1, data, &length, nullptr));
}

void multi_succeeds(Session& zk) {
  const std::string root = zk.node(), a = root + "/a", s = root + "/s-";
  char name_a[64], name_s[64];
  Stat stat{};
  std::array<zoo_op_t, 5> ops;
  std::array<zoo_op_result_t, 5> results;
  zoo_create_op_init(&ops[0], a.c_str(), "1", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, name_a, sizeof name_a);
  zoo_create_op_init(&ops[1], s.c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL_SEQUENTIAL, name_s, sizeof name_s);
  zoo_set_op_init(&ops[2], a.c_str(), "22", 2, 0, &stat);
  zoo_check_op_init(&ops[3], a.c_str(), 1);
  zoo_delete_op_init(&ops[4], a.c_str(), 1);
  equal(ZOK, zoo_multi(zk, 5, ops.data(), results.data()));
  equal(a, std::string(name_a));
  equal(s + "0000000001", std::string(name_s));
  equal(1, stat.version);
  equal({"s-0000000001"}, zk.children(root));
}

void multi_fails(Session& zk) {
  const std::string root = zk.node(), a = root + "/a";
  std::array<zoo_op_t, 3> ops;
  std::array<zoo_op_result_t, 3> results;
  zoo_create_op_init(&ops[0], a.c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, nullptr, 0);
  zoo_check_op_init(&ops[1], root.c_str(), 9);
  zoo_delete_op_init(&ops[2], a.c_str(), -1);
  equal(ZBADVERSION, zoo_multi(zk, 3, ops.data(), results.data()));
  equal(ZOK, results[0].err);
  equal(ZBADVERSION, results[1].err);
  equal(ZRUNTIMEINCONSISTENCY, results[2].err);
  equal(std::vector<std::string>{}, zk.children(root));
}

std::string text(const ACL_vector& list) {
  std::string all;
  for (int i = 0; i < list.count; ++i) {
    const ACL& entry = list.data[i];
    all += std::to_string(entry.perms) + ":" + entry.id.scheme + ":" + entry.id.id + " ";
  }
  return all;
}

std::string acl_of(Session& zk, const std::string& path) {
  ACL_vector list{};
  Stat stat{};
  const int code = zoo_get_acl(zk, path.c_str(), &list, &stat);
  if (code != ZOK) return std::to_string(code);
  const std::string all = text(list);
  deallocate_ACL_vector(&list);
  return all;
}

int set_acl(Session& zk, const std::string& path, int perms, std::string scheme, std::string id, int version = -1) {
  ACL entry{perms, {scheme.data(), id.data()}};
  const ACL_vector list{1, &entry};
  return zoo_set_acl(zk, path.c_str(), version, &list);
}

void acl(Session& zk) {
  const std::string path = zk.node();
  equal("31:world:anyone ", acl_of(zk, path));
  equal(ZBADVERSION, set_acl(zk, path, 1, "world", "anyone", 7));
  equal(ZINVALIDACL, set_acl(zk, path, 1, "nosuch", "x"));
  equal(ZOK, set_acl(zk, path, 17, "ip", "127.0.0.1", 0));
  equal(1, zk.stat(path).aversion);
  equal("17:ip:127.0.0.1 ", acl_of(zk, path));
  equal(ZNOAUTH, zk.set(path));
  equal(ZOK, set_acl(zk, path, 31, "ip", "10.0.0.0/8"));
  equal("-102", zk.get(path));
}

void acl_digest(Session& zk, const std::string& address) {
  Session joe(address);
  equal(ZOK, joe.authenticate("digest", "joe:pw"));
  const std::string path = zk.node() + "/private";
  equal(ZOK, zoo_create(joe, path.c_str(), "joe's", 5, &ZOO_CREATOR_ALL_ACL, ZOO_PERSISTENT, nullptr, 0));
  equal("31:digest:joe:VAXy9ajBTglP5dEFbkRFkF33wJ4= ", acl_of(joe, path));
  equal("joe's", joe.get(path));
  zk.settle();
  equal("-102", zk.get(path));
  Session root(address);
  equal(ZOK, root.authenticate("digest", "super:secret"));
  root.settle();
  equal("joe's", root.get(path));
}

void auth_fails(const std::string& address) {
  Session zk(address);
  equal(ZAUTHFAILED, zk.authenticate("nosuch", "x"));
  zk.events().await("auth failed");
}

}  // namespace

void check_nodes(const std::string& address) {
  Session zk(address);
  check("node.create_and_delete", [&] { create_and_delete(zk); });
  check("node.create2", [&] { create2(zk); });
  check("node.sequential", [&] { sequential(zk); });
  check("node.ephemeral", [&] { ephemeral(zk, address); });
  check("node.container", [&] { container(zk); });
  check("node.ttl", [&] { ttl(zk); });
  check("node.get_and_set", [&] { get_and_set(zk); });
  check("node.children", [&] { children(zk); });
  check("node.sync", [&] { zk.settle(); });
  check("node.config_and_reconfig", [&] { config(zk, address); });
  check("multi.succeeds", [&] { multi_succeeds(zk); });
  check("multi.fails_as_a_whole", [&] { multi_fails(zk); });
  check("acl.get_and_set", [&] { acl(zk); });
  check("acl.digest_auth_and_super", [&] { acl_digest(zk, address); });
  check("acl.auth_of_an_unknown_scheme_fails", [&] { auth_fails(address); });
}
