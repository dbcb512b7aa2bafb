#include "session.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>

using namespace std::chrono_literals;

namespace {

std::string name_of_type(int type) {
  if (type == ZOO_CREATED_EVENT) return "created";
  if (type == ZOO_DELETED_EVENT) return "deleted";
  if (type == ZOO_CHANGED_EVENT) return "changed";
  if (type == ZOO_CHILD_EVENT) return "child";
  return "type " + std::to_string(type);
}

std::string name_of_state(int state) {
  if (state == ZOO_CONNECTED_STATE) return "connected";
  if (state == ZOO_CONNECTING_STATE) return "connecting";
  if (state == ZOO_EXPIRED_SESSION_STATE) return "expired";
  if (state == ZOO_AUTH_FAILED_STATE) return "auth failed";
  return "state " + std::to_string(state);
}

int waited_for(std::future<int> answer) {
  that(answer.wait_for(20s) == std::future_status::ready, "no answer within 20 s");
  return answer.get();
}

void done(int code, const void* promise) {
  static_cast<std::promise<int>*>(const_cast<void*>(promise))->set_value(code);
}

std::atomic<int> nodes{0};

}  // namespace

std::string Events::next() {
  std::unique_lock lock(mutex_);
  if (!added_.wait_for(lock, 20s, [this] { return !heard_.empty(); })) return "nothing";
  std::string event = heard_.front();
  heard_.pop_front();
  return event;
}

void Events::expect(const std::vector<std::string>& events, int line) {
  for (const std::string& event : events) expect_equal(event, next(), line);
}

void Events::await(const std::string& event, int line) {
  for (std::string heard = next(); heard != event; heard = next()) that(heard != "nothing", "no " + event, line);
}

void Events::add(const std::string& event) {
  std::lock_guard lock(mutex_);
  heard_.push_back(event);
  added_.notify_all();
}

std::vector<std::string> Events::take_all() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> all(heard_.begin(), heard_.end());
  heard_.clear();
  return all;
}

void Events::of_nodes(zhandle_t*, int type, int, const char* path, void* events) {
  if (type != ZOO_SESSION_EVENT) static_cast<Events*>(events)->add(name_of_type(type) + " " + path);
}

void Events::of_session(zhandle_t* handle, int type, int state, const char* path, void* events) {
  if (type == ZOO_SESSION_EVENT) {
    static_cast<Events*>(events)->add(name_of_state(state));
  } else {
    of_nodes(handle, type, state, path, events);
  }
}

Session::Session(const std::string& address, const clientid_t* again, int flags)
    : handle_(zookeeper_init(address.c_str(), Events::of_session, timeout_ms, again, &events_,
                             flags | ZOO_NO_LOG_CLIENTENV)) {
  that(handle_ != nullptr, "no handle");
  events_.expect({"connected"});
}

Session::~Session() {
  zookeeper_close(handle_);
}

int Session::sync() {
  std::promise<int> answer;
  equal(ZOK, zoo_async(
                 handle_, "/", [](int code, const char*, const void* promise) { done(code, promise); }, &answer));
  return waited_for(answer.get_future());
}

void Session::settle() {
  equal(ZOK, sync());
}

void Session::expect_only(Events& events, const std::vector<std::string>& expected, int line) {
  settle();
  expect_equal(expected, events.take_all(), line);
}

int Session::authenticate(const std::string& scheme, const std::string& credentials) {
  std::promise<int> answer;
  equal(ZOK,
        zoo_add_auth(handle_, scheme.c_str(), credentials.data(), static_cast<int>(credentials.size()), done, &answer));
  return waited_for(answer.get_future());
}

std::string Session::node() {
  const std::string path = "/c" + std::to_string(++nodes);
  equal(ZOK, create(path));
  return path;
}

int Session::create(const std::string& path, const std::string& data, int mode) {
  return zoo_create(handle_, path.c_str(), data.data(), static_cast<int>(data.size()), &ZOO_OPEN_ACL_UNSAFE, mode,
                    nullptr, 0);
}

std::string Session::created(const std::string& path, int mode) {
  char name[256];
  const int code = zoo_create(handle_, path.c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, mode, name, sizeof name);
  return code == ZOK ? name : std::to_string(code);
}

std::string Session::get(const std::string& path) {
  char data[256];
  int length = sizeof data;
  const int code = zoo_get(handle_, path.c_str(), 0, data, &length, nullptr);
  return code != ZOK ? std::to_string(code) : length < 0 ? "null" : std::string(data, static_cast<std::size_t>(length));
}

int Session::set(const std::string& path, const std::string& data, int version) {
  return zoo_set(handle_, path.c_str(), data.data(), static_cast<int>(data.size()), version);
}

int Session::erase(const std::string& path, int version) {
  return zoo_delete(handle_, path.c_str(), version);
}

Stat Session::stat(const std::string& path) {
  Stat stat{};
  equal(ZOK, zoo_exists(handle_, path.c_str(), 0, &stat));
  return stat;
}

bool Session::exists(const std::string& path) {
  return zoo_exists(handle_, path.c_str(), 0, nullptr) == ZOK;
}

std::vector<std::string> Session::children(const std::string& path) {
  String_vector names{};
  equal(ZOK, zoo_get_children(handle_, path.c_str(), 0, &names));
  return sorted_and_freed(names);
}

std::vector<std::string> sorted_and_freed(String_vector& names) {
  std::vector<std::string> sorted(names.data, names.data + names.count);
  std::sort(sorted.begin(), sorted.end());
  deallocate_String_vector(&names);
  return sorted;
}
