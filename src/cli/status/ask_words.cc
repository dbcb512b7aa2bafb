#include "cli/status/ask_words.h"

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <deque>

namespace zabra::cli::status {
namespace {

constexpr std::size_t reply_bytes_max = 1 << 20;

std::string reason_of(const asio::error_code& error) { return error.message(); }

// One question, from the look-up of the name to the end of the reply.
class Question {
 public:
  Question(asio::io_context& context, std::string_view word, const wire::HostPort& server)
      : word_(word), resolver_(context), socket_(context) {
    resolver_.async_resolve(server.host, std::to_string(server.port), [this](asio::error_code error, auto found) {
      if (error) return end(error);
      asio::async_connect(socket_, found, [this](asio::error_code failed, const auto&) { connected(failed); });
    });
  }
  WordReply take() {
    if (!is_over_) return {"", "no answer in time"};
    return std::move(reply_);
  }

 private:
  void connected(asio::error_code error) {
    if (error) return end(error);
    asio::async_write(socket_, asio::buffer(word_), [this](asio::error_code failed, std::size_t) {
      if (failed) return end(failed);
      asio::async_read(socket_, asio::dynamic_buffer(reply_.text, reply_bytes_max),
                       [this](asio::error_code ended, std::size_t) { end(ended); });
    });
  }

  // A server closes behind its reply; one that does not know the word may do it with a reset.
  void end(asio::error_code error) {
    is_over_ = true;
    const bool is_closed = error == asio::error::eof || (error == asio::error::connection_reset && socket_.is_open());
    if (error && !is_closed) reply_.fault = reason_of(error);
  }

  const std::string word_;
  asio::ip::tcp::resolver resolver_;
  asio::ip::tcp::socket socket_;
  WordReply reply_;
  bool is_over_ = false;
};

}  // namespace

std::vector<WordReply> ask_words(std::string_view word, const std::vector<wire::HostPort>& servers,
                                 std::chrono::milliseconds patience) {
  asio::io_context context;
  std::deque<Question> questions;  // each stays where it is: its handlers point at it
  for (const wire::HostPort& server : servers) questions.emplace_back(context, word, server);
  context.run_for(patience);
  std::vector<WordReply> replies;
  for (Question& question : questions) replies.push_back(question.take());
  return replies;
}

}  // namespace zabra::cli::status
