#include "net/write_queue.h"

#include "base/limits.h"
#include "wire/check.h"

namespace zabra::net {

void WriteQueue::add(std::string& bytes, std::size_t written) {
  CHECK(written <= bytes.size());
  if (bytes_.empty() && bytes.size() > limits::client_read_chunk) {
    bytes_ = std::move(bytes);
    front_ = written;
  } else {
    bytes_.append(bytes, written);
  }
  bytes.clear();
}

void WriteQueue::taken(std::size_t bytes) {
  CHECK(bytes <= size());
  front_ += bytes;
  if (empty()) {
    clear();
  } else if (front_ > limits::client_read_chunk && front_ > size()) {
    bytes_.erase(0, front_);  // moves fewer bytes than were taken since the last time
    front_ = 0;
  }
}

void WriteQueue::clear() {
  bytes_ = std::string();  // a link seldom waits twice: the memory is worth more elsewhere
  front_ = 0;
}

}  // namespace zabra::net
