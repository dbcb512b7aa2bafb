#pragma once

#include <zookeeper/zookeeper.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "checks.h"

// What watchers heard, in order: "changed /path", or of the session "connected". Filled by the client's thread.
class Events {
 public:
  // The next one within 20 s, or "nothing".
  std::string next();
  void expect(const std::vector<std::string>& events, int line = __builtin_LINE());
  void await(const std::string& event, int line = __builtin_LINE());
  void add(const std::string& event);
  std::vector<std::string> take_all();

  // A watcher_fn whose context is an Events: keeps what happened to nodes.
  static void of_nodes(zhandle_t*, int type, int state, const char* path, void* events);
  // As the watcher of a handle: keeps the session's states; nodes watched with a plain flag are reported to it too.
  static void of_session(zhandle_t*, int type, int state, const char* path, void* events);

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::string> heard_;
};

// A connected handle, closed (its session ended) with the object.
class Session {
 public:
  static constexpr int timeout_ms = 20000;

  explicit Session(const std::string& address, const clientid_t* again = nullptr, int flags = 0);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  zhandle_t* handle() const { return handle_; }
  operator zhandle_t*() const { return handle_; }
  Events& events() { return events_; }
  clientid_t id() const { return *zoo_client_id(handle_); }

  // What others have written is here, too: the server of another client may be ahead of ours. Gives the code.
  int sync();
  // And everything that the server sent so far was handed to the watchers.
  void settle();
  // Nothing but these, in this order, has been heard by `events`.
  void expect_only(Events& events, const std::vector<std::string>& expected, int line = __builtin_LINE());
  // The code of the reply to an auth packet.
  int authenticate(const std::string& scheme, const std::string& credentials);

  // A fresh open node.
  std::string node();
  int create(const std::string& path, const std::string& data = "", int mode = ZOO_PERSISTENT);
  // The full name of a node that was created, or the code of the error.
  std::string created(const std::string& path, int mode);
  std::string get(const std::string& path);
  int set(const std::string& path, const std::string& data = "data", int version = -1);
  int erase(const std::string& path, int version = -1);
  Stat stat(const std::string& path);
  bool exists(const std::string& path);
  std::vector<std::string> children(const std::string& path);

 private:
  Events events_;
  zhandle_t* handle_;
};

std::vector<std::string> sorted_and_freed(String_vector& names);
